"""What was run of moments and seen there: `results/moments.jsonl`, from which docs/life.md has its tables.

In: results of a run. Out: the file, in which each of them has replaced what was known of the same subject, maker, suite
and moment.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.vm.lived import Seen

FILE = Path(__file__).parent / "results" / "moments.jsonl"


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


class Result(NamedTuple):
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


def load() -> list[Result]:
    """Give what is known."""
    lines = FILE.read_text("utf-8").splitlines() if FILE.exists() else []
    return [_read(line) for line in lines]


def merge(results: Iterable[Result]) -> None:
    """Replace what is known by what was seen now; several workers of one run may do so at the same time."""
    FILE.parent.mkdir(exist_ok=True)
    folder = os.open(FILE.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        known = {result.key: result for result in (*load(), *results)}
        FILE.write_text("".join(_written(known[key]) for key in sorted(known)), "utf-8")
    finally:
        os.close(folder)


def _written(result: Result) -> str:
    told = result._asdict() | {"mine": result.mine._asdict(), "wg_quick": result.wg_quick._asdict()}
    return json.dumps(told, sort_keys=True) + "\n"


def _read(line: str) -> Result:
    told = json.loads(line)
    sides = {name: Side(**told[name]) for name in ("mine", "wg_quick")}
    return Result(**told | sides | {"codes": tuple(told["codes"])})
