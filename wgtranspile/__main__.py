"""The program: `wgtranspile`, or `python -m wgtranspile`."""

from __future__ import annotations

import gc
import os
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line with the process's arguments, and end the process."""
    # A short life needs no garbage collector: it would take a tenth of the time of a small run, most of it for imports.
    gc.disable()
    try:
        from wgtranspile.cli import main  # lazy: after the above

        main()
    except KeyboardInterrupt:  # of Ctrl-C before the program is ready for it
        os._exit(130)


if __name__ == "__main__":
    run()
