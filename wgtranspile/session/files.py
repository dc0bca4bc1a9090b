"""Artefacts to files below the output: those of one host, or a tree of hosts that is kept from run to run."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.files import CannotWriteError
from wgtranspile.files import write as write_files
from wgtranspile.session.closing import of_files, of_trees
from wgtranspile.session.hosts import cannot_write
from wgtranspile.session.outcomes import Collected
from wgtranspile.session.records import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path, PurePosixPath

    from wgtranspile.files import Existing
    from wgtranspile.files.inputs import Host
    from wgtranspile.files.tree import Staging
    from wgtranspile.session.outcomes import Session


class Writing(NamedTuple):
    """Where files are written, whose folders root trusts there, and what becomes of files of somebody else."""

    root: Path
    trust_owner: Sequence[str]
    existing: Existing


def write(session: Session, found: Iterable[Host], writing: Writing) -> list[str]:
    """Write the artefacts below the root, all of them or none, and return what to say of it."""
    collected = session.collected(found)
    try:
        write_files(collected.artefacts, writing.root, writing.trust_owner, existing=writing.existing)
    except CannotWriteError as error:
        session.messages.say([cannot_write(writing.root, error)])
        collected = Collected([], [])
    session.messages.report(*collected)
    return list(of_files(collected, writing.root, session.order.backend)) if collected.made else []


def keep(session: Session, found: Iterable[Host], staging: Staging) -> list[str]:
    """Write the artefacts as a tree that is kept: new files, and with `prune` none of the old; return what to say."""
    from wgtranspile.files.tree import Tree  # lazy: most runs are of one host

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
                tree.replace()
                said += of_trees(hosts, staging.root)
    except CannotWriteError as error:
        session.messages.say([cannot_write(staging.root, error)])
    session.messages.report(*collected)
    return said
