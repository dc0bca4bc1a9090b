"""What the laboratories ran and saw: the files in tests/results/, from which the docs have their tables.

In: results of a run of pytest with `--record`. Out: a file for each kind of result, in which each of them has replaced
what was known of the same test.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, TypeVar

from tests.lab import reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from tests.vm.lived import Seen

FOLDER = Path(__file__).parent / "results"
#: The files whose tests are recorded, and what they show.
LABORATORIES = {
    "tests/equivalence/test_wg_quick.py": "script, firewall and wg-quick",
    "tests/equivalence/test_failures.py": "failing steps",
    "tests/equivalence/test_generated.py": "generated configs",
    "tests/equivalence/test_external_keys.py": "keys in files",
    "tests/equivalence/test_reload.py": "later versions of a script",
    "tests/equivalence/test_plan.py": "`verify` and wg-quick",
    "tests/parser/test_verdicts.py": "parser and parser",
    "tests/vm/test_networkd.py": "states",
    "tests/vm/test_networkmanager.py": "states",
    "tests/vm/test_traffic.py": "traffic",
    "tests/vm/test_life.py": "life",
    "tests/vm/test_networkmanager_life.py": "life",
    "tests/vm/test_take_over.py": "taking over from wg-quick",
    "tests/vm/test_migration.py": "migration",
    "tests/vm/test_importer.py": "the importer",
}
#: The command that records what NetworkManager's own importer makes of a case: a suite and the name follow.
IMPORTER = "python -m tests.vm.importer "


class Run(NamedTuple):
    """One test with one case, as `pytest` is asked for it; or what another command saw of a case.

    `suite` is that of a booted system, with `target` as the manager of its network; or `namespace`. `verdict` is
    `equal` or `different`, or what the test itself says, as of a config that is refused on purpose. `seen` are figures.
    """

    test: str
    suite: str
    target: str
    verdict: str
    seconds: int
    versions: Mapping[str, str]
    seen: Mapping[str, float]

    @property
    def key(self) -> tuple[str, ...]:
        """Give what tells it from others."""
        return (self.test,)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Give it as it was written."""
        return cls(**told)


class Side(NamedTuple):
    """What was seen of one maker.

    Pings are those of both families: how many were sent, left by the uplink, and got no answer. `seconds` is how long
    the moment took, `first` how long after the boot the first packet came through the tunnel.
    """

    sent: int
    clear: int
    lost: int
    seconds: int
    first: int | None

    @classmethod
    def of(cls, seen: Seen) -> Side:
        """Give what counts of what was seen."""
        pings = seen.pings.values()
        return cls(
            sum(of_target.sent for of_target in pings),
            sum(of_target.clear for of_target in pings),
            sum(of_target.lost for of_target in pings),
            round(seen.seconds),
            None if seen.first is None else round(seen.first),
        )


class Lived(NamedTuple):
    """One moment of one tunnel by one maker, beside wg-quick in the same system.

    `verdict` is `equal`, `declared` where all that differs is declared by the findings of these `codes`, or
    `different`. `versions` are those of the programs.
    """

    subject: str
    maker: str
    suite: str
    moment: str
    verdict: str
    codes: tuple[str, ...]
    mine: Side
    wg_quick: Side
    versions: Mapping[str, str]

    @property
    def key(self) -> tuple[str, ...]:
        """Give what tells it from others."""
        return self.suite, self.maker, self.subject, self.moment

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Give it as it was written."""
        sides = {name: Side(**told[name]) for name in ("mine", "wg_quick")}
        return cls(**told | sides | {"codes": tuple(told["codes"])})


def of_test(item: pytest.Function, report: pytest.TestReport, *, failed: bool) -> Run:
    """Give the result of a test that has run. It may set its verdict and add figures as its properties."""
    seen: dict[str, Any] = dict(report.user_properties)
    verdict = "different" if failed else seen.pop("verdict", "equal")
    suite, target, versions = "namespace", "", {"wg-quick": reference.version()}
    if machine := item.funcargs.get("machine"):
        from tests.vm import lived  # lazy: it needs more than tests without machines have

        suite, target = (*str(item.callspec.params.get("machine", "trixie")).split(), "networkd")[:2]
        versions = lived.versions(machine)
    return Run(item.nodeid, suite, target, verdict, round(report.duration), versions, seen)


class _Result(Protocol):
    """What has a file of its own."""

    @property
    def key(self) -> tuple[str, ...]: ...

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self: ...

    def _asdict(self) -> dict[str, Any]: ...


ResultT = TypeVar("ResultT", bound=_Result)
_FILES: Mapping[type[_Result], str] = {Run: "runs.jsonl", Lived: "moments.jsonl"}


def load(kind: type[ResultT]) -> list[ResultT]:
    """Give what is known."""
    file = _file(kind)
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [kind.read(json.loads(line)) for line in lines]


def merge(kind: type[ResultT], results: Iterable[ResultT]) -> None:
    """Replace what is known by what was seen now; several workers of one run may do so at the same time."""
    FOLDER.mkdir(exist_ok=True)
    folder = os.open(FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = {result.key: result for result in (*load(kind), *results)}
        _file(kind).write_text("".join(_written(known[key]) for key in sorted(known)), "utf-8")
    finally:
        os.close(folder)


def _file(kind: type[_Result]) -> Path:
    return FOLDER / _FILES[kind]


def _written(result: _Result) -> str:
    told = {name: value._asdict() if isinstance(value, Side) else value for name, value in result._asdict().items()}
    return json.dumps(told, sort_keys=True) + "\n"
