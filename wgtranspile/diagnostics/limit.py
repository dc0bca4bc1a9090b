"""How many findings of a file are shown: the gravest, and one that says how many more there are."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from wgtranspile.channels import counted
from wgtranspile.diagnostics.catalogue.environment import MORE_FINDINGS
from wgtranspile.diagnostics.model import Collector, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics.model import Diagnostic

#: So many findings of a file are shown.
LARGEST_NUMBER = 500
_GRAVITY = {severity: number for number, severity in enumerate(Severity)}


def limited(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return findings, in their order, without those that are too many for their file."""
    found = list(diagnostics)
    if len(found) <= LARGEST_NUMBER:
        return found
    return [each for path, of_file in groupby(found, attrgetter("path")) for each in _of_file(path, list(of_file))]


def _of_file(path: str, found: list[Diagnostic]) -> Iterator[Diagnostic]:
    if len(found) <= LARGEST_NUMBER:
        yield from found
        return
    by_gravity = sorted(range(len(found)), key=lambda at: _GRAVITY[found[at].severity])
    yield from (found[at] for at in sorted(by_gravity[:LARGEST_NUMBER]))
    left = Counter(found[at].severity for at in by_gravity[LARGEST_NUMBER:])
    said = ", ".join(counted(left[each], each) for each in Severity if left[each])
    collector = Collector(path)
    collector.report(MORE_FINDINGS, number=f"{left.total():,}", kinds=said)
    # It weighs what the gravest of them does: a config that is refused for these alone is refused.
    yield collector.diagnostics[0]._replace(severity=min(left, key=_GRAVITY.__getitem__))
