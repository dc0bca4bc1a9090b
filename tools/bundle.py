"""Builds `wgtranspile.pyz`: the program and the libraries that it needs in one file, for Python 3.11 or later.

In: this tree, the libraries of the Python that runs this tool, and the Pythons to compile for: that one, and those
named with `--python`. Out: a file whose bytes depend on nothing else. Other Pythons compile it again at each start.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parent.parent
NAME = "wgtranspile.pyz"
MAIN = ROOT / "tools" / "bundle_main.py"
LICENSE = ROOT / "LICENSE"
SHEBANG = b"#!/usr/bin/env python3\n"
# What rich needs to show Markdown and source code, which the program has none of: larger than all the rest.
LEFT_OUT = ("markdown-it-py", "pygments")
# rich shows the progress of long runs, which have the time to compile it.
NOT_COMPILED = "rich/"
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_WHEEL = _PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
_MAGIC_SIZE = 4


def contents(pythons: Iterable[str]) -> dict[str, bytes]:
    """Return the files of an archive that starts fast with some Pythons.

    Raise OSError if one cannot be started, and CalledProcessError if it cannot compile the program.
    """
    program = sources()
    files = {"__main__.py": MAIN.read_bytes(), "LICENSE": LICENSE.read_bytes(), **program}
    for path, place in _WHEEL["shared-data"].items():
        files[place] = (ROOT / path).read_bytes()
    for python in pythons:
        files |= _compiled(python, program)
    return files


def sources() -> dict[str, bytes]:
    """Return the program, its libraries and their licences: the files by their places below a folder of `sys.path`."""
    package = (path for kind in ("*.py", "*.toml") for path in (ROOT / "wgtranspile").rglob(kind))
    files = {str(path.relative_to(ROOT)): path for path in package}
    for folder, place in _WHEEL["sources"].items():
        resources = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        files |= {f"{place}/{path.relative_to(ROOT / folder)}": path for path in resources}
    for name in _with_requirements(_names(_PROJECT["project"]["dependencies"])):
        members = (file for file in distribution(name).files or () if _belongs(file))
        files |= {str(file): Path(str(file.locate())) for file in members}
    return {place: path.read_bytes() for place, path in files.items()}


def write(target: Path, files: dict[str, bytes]) -> None:
    """Write an archive that can be executed. Raise OSError if that fails.

    Nothing in it is compressed: other versions of zlib compress differently, and each start would take a tenth longer.
    """
    with target.open("wb") as file:
        file.write(SHEBANG)
        with ZipFile(file, "w") as archive:
            for place, content in sorted(files.items()):
                member = ZipInfo(place)  # with the first date that there is
                member.external_attr = 0o644 << 16
                archive.writestr(member, content)
    target.chmod(0o755)


def main(arguments: list[str]) -> int:
    """Make the file that the arguments ask for, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="tools/bundle.py", description="Build wgtranspile.pyz, the whole program in a single file."
    )
    parser.add_argument("-o", "--output", type=Path, default=Path(NAME), metavar="FILE", help=f"default: {NAME}")
    parser.add_argument(
        "--python", action="append", default=[], metavar="PYTHON", help="also compile for this Python; can be repeated"
    )
    options = parser.parse_args(arguments)
    try:
        files = contents((sys.executable, *options.python))
        write(options.output, files)
    except (OSError, subprocess.CalledProcessError) as error:
        parser.error(str(error))
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB")
    return 0


def _compiled(python: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the modules as a Python compiles them, and the resources, in a folder named by its magic number."""
    with tempfile.TemporaryDirectory() as scratch:
        for place, content in files.items():
            path = Path(scratch, place)
            if path.suffix == ".py" and not place.startswith(NOT_COMPILED):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        # Neither times nor paths of this machine get into them, and the order of sets is always the same.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        options = ("-b", "-q", "--invalidation-mode", "unchecked-hash", "-s", scratch, "-p", NAME)
        subprocess.run(
            [python, "-S", "-m", "compileall", *options, scratch],
            env={**environment, "PYTHONHASHSEED": "0"},
            check=True,
        )
        made = sorted(Path(scratch).rglob("*.pyc"))
        modules = {str(path.relative_to(scratch)): path.read_bytes() for path in made}
    magic = next(iter(modules.values()))[:_MAGIC_SIZE].hex()
    resources = {
        place: content
        for place, content in files.items()
        if place.startswith("wgtranspile/") and not place.endswith(".py")
    }
    return {f"{magic}/{place}": content for place, content in (modules | resources).items()}


def _belongs(file: PurePosixPath) -> bool:
    """Whether a file of a library is a module, or tells its version and its licence. What is compiled is left out."""
    if file.parts[0].endswith(".dist-info"):
        return file.name == "METADATA" or file.name.startswith("LICENSE")
    return file.suffix == ".py" and ".." not in file.parts


def _with_requirements(names: list[str]) -> set[str]:
    """Return the names of libraries and of all that they require here."""
    found: set[str] = set()
    missing = list(names)
    while missing:
        name = missing.pop()
        try:
            requirements = distribution(name).requires or ()
        except PackageNotFoundError:  # for another system
            continue
        found.add(name)
        wanted = _names([line for line in requirements if "extra ==" not in line])
        missing += [name for name in wanted if name not in found and name not in LEFT_OUT]
    return found


def _names(requirements: list[str]) -> list[str]:
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
