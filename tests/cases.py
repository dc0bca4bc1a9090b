"""The golden cases: folders below golden/ that a reader understands without any code.

A case holds `case.toml` (`why` it exists; in the table `options` what else a backend is asked, as on a command line;
in the table `versions` the version of a target, for a case that is only about the targets named there) and `input/`
with its configs. What each backend makes of them lies in a folder of its name: the artefacts as below `/`,
`manifest.txt` with their modes and owners and the commands that bring them to life and to an end, and `diagnostics.txt`
with what is said, if anything. A case that every backend must refuse says `refused = true` and has in their place one
folder `refused` with its `diagnostics.txt`.
"""

from __future__ import annotations

import tomllib
from argparse import ArgumentParser, BooleanOptionalAction
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile.backends import TARGETS, Activation, KeyStorage
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wgtranspile.pipeline import Result

GOLDEN = Path(__file__).parent.parent / "golden"


@dataclass(frozen=True, slots=True)
class Case:
    """A folder below golden/."""

    name: str
    why: str
    refused: bool = False
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def backends(self) -> list[str]:
        """Give the names of the backends that it is about."""
        return [*(self.versions or TARGETS)]

    def target(self, backend: str) -> str:
        """Give what `--to` names for a backend."""
        return f"{backend}@{self.versions[backend]}" if backend in self.versions else backend

    @property
    def configs(self) -> list[Path]:
        """Give the paths of its configs."""
        return sorted((GOLDEN / self.name / "input").glob("*.conf"))


def transpile(case: Case, backend: str) -> list[Result]:
    """Give what a backend makes of each config of a case, as for the configs of one host."""
    configs = [(Source.from_bytes(path.name, path.read_bytes()), path.stem) for path in case.configs]
    return list(transpile_host(configs, case.target(backend), options(case, backend)))


def options(case: Case, backend: str) -> Options:
    """Give what a case asks of a backend."""
    parser = ArgumentParser()
    parser.add_argument("--fwmark", type=int)
    parser.add_argument("--mtu", type=int)
    parser.add_argument("--keys", type=KeyStorage)
    parser.add_argument("--activation", type=Activation, default=Activation.BOOT)
    parser.add_argument("--keep-foreign-rules", action=BooleanOptionalAction)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--allow", action="append", default=[])
    chosen = parser.parse_args(case.options.get(backend, ()))
    return Options(**{**vars(chosen), "allow": frozenset(chosen.allow)})


def _read(file: Path) -> Case:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Case(file.parent.name, **table)


CASES = {file.parent.name: _read(file) for file in sorted(GOLDEN.glob("*/case.toml"))}
