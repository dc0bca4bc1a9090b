"""`python -m wgtranspile`."""

from wgtranspile.cli import run

if __name__ == "__main__":
    run()
