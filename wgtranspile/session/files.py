"""Artefacts to files below the output, written, kept from run to run as a tree of hosts, or only compared."""

from __future__ import annotations

import signal
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from wgtranspile.channels import is_colored, painted_diff
from wgtranspile.files import CannotWriteError
from wgtranspile.files import write as write_files
from wgtranspile.files.tree import Tree, opened, recorded
from wgtranspile.session.closing import of_files, of_trees
from wgtranspile.session.hosts import cannot_write
from wgtranspile.session.outcomes import Collected, joined
from wgtranspile.session.stdout import print_parts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

    from wgtranspile.files import Existing
    from wgtranspile.files.inputs import Host
    from wgtranspile.files.tree import Staging
    from wgtranspile.session.outcomes import Session


def write(
    session: Session, found: Iterable[Host], root: Path, trust_owner: Iterable[str], *, existing: Existing
) -> list[str]:
    """Write the artefacts below the root, all of them or none, and return what to say of it."""
    collected = session.collected(found)
    try:
        write_files(collected.artefacts, root, trust_owner, existing=existing)
    except CannotWriteError as error:
        session.messages.say([cannot_write(root, error)])
        collected = Collected([], [])
    session.messages.made(*collected)
    return list(of_files(collected, root, session.order.backend)) if collected.made else []


def keep(session: Session, found: Iterable[Host], staging: Staging) -> list[str]:
    """Write the artefacts as a tree that is kept: new files, and with `prune` none of the old; return what to say."""
    collected = Collected([], [])
    hosts: list[PurePosixPath] = []
    said: list[str] = []
    try:
        with (
            Tree(staging) as tree,
            # The processes end before what they make is removed.
            closing(session.outcomes(joined(found, tree.recorded()), tree.staging)) as outcomes,
        ):
            for outcome in outcomes:
                tree.record(outcome.host, outcome.files)
                if outcome.number:
                    hosts.append(outcome.host)
                if session.order.listed:
                    collected.made.extend(outcome.made)
                    collected.artefacts.extend(outcome.placed())
            if not session.is_refused:
                # All may be in place from here on, and this process ends soon: Ctrl-C must not say that nothing is.
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                tree.replace()
                said += of_trees(hosts, staging.root)
    except CannotWriteError as error:
        session.messages.say([cannot_write(staging.root, error)])
    session.messages.made(*collected)
    return said


def compare(session: Session, found: Iterable[Host], staging: Staging | None) -> None:
    """Show on stdout how the files below the output, if there is one, differ from what `keep` would write."""
    if staging is None:
        session.messages.made(*session.collected(found))
        return
    try:
        with opened(staging) as readable:
            for outcome in session.outcomes(joined(found, recorded(readable)), readable):
                if outcome.difference:
                    session.differs = True
                    shown = painted_diff(outcome.difference) if is_colored(sys.stdout) else outcome.difference
                    print_parts(session.messages, [shown.encode("utf-8", "surrogateescape")])
    except CannotWriteError as error:
        session.messages.say([cannot_write(staging.root, error)])
    session.messages.made()
