"""The hosts of a run beside what earlier runs have recorded of each."""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from typing import TYPE_CHECKING

from wgtranspile.files.inputs import Host, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from wgtranspile.files.manifest import Recorded

_NOTHING: Recorded = {}


def joined(found: Iterable[Host], records: Iterable[tuple[PurePosixPath, Recorded]]) -> Iterator[tuple[Host, Recorded]]:
    """Yield hosts with what is recorded of each, in the order of their paths; one that is only recorded has no configs.

    Of what lies in a folder that cannot be read it is not known whether it has any.
    """
    unread: PurePosixPath | None = None
    hosts_found = ((host.path, host, None) for host in found)
    hosts_recorded = ((path, None, files) for path, files in records)
    together = merge(hosts_found, hosts_recorded, key=lambda entry: entry[0].parts)
    for path, entries in groupby(together, key=lambda entry: entry[0]):
        host, files = Host(path, ()), _NOTHING
        for _, one, record in entries:
            host, files = one or host, record or files
        if any(isinstance(config, Unreadable) for config in host.configs):
            unread = unread if unread and path.is_relative_to(unread) else path
        elif not host.configs and unread and path.is_relative_to(unread):
            host = Host(path, (Unreadable(()),))
        yield host, files
