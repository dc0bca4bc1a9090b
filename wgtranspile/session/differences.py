"""Nothing is written: stdout shows how the files below the output differ from what a run would write."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wgtranspile.channels import is_colored, painted_diff
from wgtranspile.files import CannotWriteError
from wgtranspile.session.hosts import cannot_write
from wgtranspile.session.records import joined
from wgtranspile.session.stdout import print_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.files.inputs import Host
    from wgtranspile.files.tree import Staging
    from wgtranspile.session.outcomes import Session


def show(session: Session, found: Iterable[Host], staging: Staging | None) -> None:
    """Show how the files of all hosts differ, if there is an output; note in the session whether they do."""
    if staging is None:
        session.messages.report(*session.collected(found))
        return
    from wgtranspile.files.tree import opened, recorded

    try:
        with opened(staging) as readable:
            for outcome in session.outcomes(joined(found, recorded(readable)), readable):
                if outcome.difference:
                    session.differs = True
                    shown = painted_diff(outcome.difference) if is_colored(sys.stdout) else outcome.difference
                    print_parts(session.messages, [shown.encode("utf-8", "surrogateescape")])
    except CannotWriteError as error:
        session.messages.say([cannot_write(staging.root, error)])
    session.messages.report()
