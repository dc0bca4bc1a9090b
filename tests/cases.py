"""The golden cases: folders below golden/ that a reader understands without any code.

A case holds `case.toml` (`why` it exists; in the table `options` what else a backend is asked, as on a command line, or
`all` of them are; in the table `versions` the version of a target, for a case that is only about the targets named
there) and `input/` with its configs. What each backend makes of them lies in a folder of its name: the artefacts as
below `/`, `manifest.txt` with their modes and owners and the commands that bring them to life and to an end, and
`diagnostics.txt` with what is said, if anything. A case that every backend must refuse says `refused = true` and has in
their place one folder `refused` with its `diagnostics.txt`.

Nothing is there twice:

- A file that several backends make of a case lies in its folder `shared`.
- A case that names another as the one that it is `like` has only the files that differ. One that is empty there
  stands for one that is not made.
- The parts of scripts lie below golden/parts; a line such as `. parts/shell/tools.sh` stands for the text of one.

`written` puts them together again.
"""

from __future__ import annotations

import re
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
#: The files of a backend that are no artefacts.
MANIFEST, DIAGNOSTICS = "manifest.txt", "diagnostics.txt"
_PART = re.compile(rb"^\. (parts/\S+)\n", re.MULTILINE)
_ARTEFACT = re.compile(r"^\d{4} \S+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """A folder below golden/."""

    name: str
    why: str
    refused: bool = False
    like: str = ""
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
    chosen = parser.parse_args([*case.options.get("all", ()), *case.options.get(backend, ())])
    return Options(**{**vars(chosen), "allow": frozenset(chosen.allow)})


def written(case: Case, backend: str) -> dict[str, bytes]:
    """Give what a backend makes of a case by its golden files alone, by their paths."""
    held = _held(case, backend)
    artefacts = _ARTEFACT.findall(held.get(MANIFEST, b"").decode())
    said = [path for path in (MANIFEST, DIAGNOSTICS) if held.get(path)]
    return {
        path: _PART.sub(lambda line: (GOLDEN / line[1].decode()).read_bytes(), held[path]) for path in artefacts + said
    }


def _held(case: Case, backend: str) -> dict[str, bytes]:
    """Give the golden files that may tell of a backend, each from the nearest folder that has it."""
    files = _held(CASES[case.like], backend) if case.like else {}
    for folder in (GOLDEN / case.name / "shared", GOLDEN / case.name / backend):
        files |= {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return files


def _read(file: Path) -> Case:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Case(file.parent.name, **table)


CASES = {file.parent.name: _read(file) for file in sorted(GOLDEN.glob("*/case.toml"))}
