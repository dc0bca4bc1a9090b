"""`wgtranspile confirm`: keep a migration."""

import os
from typing import NamedTuple

from wgtranspile.channels import visible
from wgtranspile.cli import command, options
from wgtranspile.cli.ending import DONE, refuse, refuse_record


class Confirm(NamedTuple):
    """Confirm a migration, so that it is not rolled back."""

    interface: options.Migrating


app = command.app(Confirm, "Exit status: 0 confirmed; 1 nothing to confirm; 2 incorrect usage.")


def run(asked: Confirm) -> int:
    """Confirm the migration of an interface, and return the exit status."""
    from wgtranspile import migration  # lazy: --help needs none of it

    if os.geteuid() != 0:
        return refuse("confirm needs root privileges", "run it as root")
    try:
        confirmed = migration.confirm(asked.interface)
    except LookupError:
        confirmed = False
    except OSError as error:
        return refuse_record(error)
    return DONE if confirmed else refuse(f"no migration of {visible(asked.interface)} is waiting for confirmation")
