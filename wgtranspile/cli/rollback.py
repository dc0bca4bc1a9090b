"""`wgtranspile rollback`: return to wg-quick."""

import os
import sys
from typing import NamedTuple

from wgtranspile.channels import visible
from wgtranspile.cli import command, options
from wgtranspile.cli.ending import refuse, refuse_record, say_last


class Rollback(NamedTuple):
    """Return a tunnel to wg-quick, together with all tunnels that were migrated with it."""

    interface: options.Migrated


app = command.app(
    Rollback, "Exit status: 0 under wg-quick; 1 refused, nothing changed; 2 incorrect usage; 4 the rollback failed."
)


def run(asked: Rollback) -> int:
    """Return an interface to wg-quick, and return the exit status."""
    from wgtranspile import migration  # lazy: --help needs none of it

    if os.geteuid() != 0:
        return refuse("rollback needs root privileges", "run it as root")
    name = visible(asked.interface)
    try:
        outcome = migration.rollback(asked.interface)
    except LookupError:
        return refuse(f"{name} has not been migrated on this host")
    except migration.BusyError:
        return refuse(f"a migration of {name} is running; stop it, or wait until it ends")
    except migration.CannotReturnError:
        return refuse(
            f"wg-quick could not bring {name} up",
            "check that wg-quick is installed and that the config in /etc/wireguard is valid",
        )
    except OSError as error:
        return refuse_record(error)
    said = "is back under wg-quick" if outcome is migration.Outcome.DONE else "is not in its earlier state; see the log"
    say_last(f"{name} {said}", sys.stderr)
    return outcome
