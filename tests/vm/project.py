"""The project as a machine runs it: `verify` and `migrate` with all they import, for whatever Python the machine has.

Out: a tar archive to unpack in a folder of the machine.
"""

from __future__ import annotations

import io
import re
import tarfile
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("grammars", "templates", "wgtranspile")
PACKAGES = ("jinja2", "lark", "typer")
# For colours; a test shows that nothing imports them here, and they are larger than all the rest.
LEFT_OUT = ("rich",)
# For one Python alone; what comes so comes as Python, too.
COMPILED = (".pyc", ".so")


@cache
def archive() -> bytes:
    """Give the archive."""
    files = {path.relative_to(ROOT): path for folder in FOLDERS for path in (ROOT / folder).rglob("*")}
    for name in _with_requirements(PACKAGES):
        files |= {Path(str(file)): Path(str(file.locate())) for file in distribution(name).files or ()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for place, path in files.items():
            if path.is_file() and ".." not in place.parts and path.suffix not in COMPILED:
                made.add(path, place)
    return buffer.getvalue()


def _with_requirements(names: tuple[str, ...]) -> set[str]:
    """Give the names of packages and of all they require here."""
    found: set[str] = set()
    missing = list(names)
    while missing:
        name = missing.pop()
        try:
            requirements = distribution(name).requires or ()
        except PackageNotFoundError:  # for another system
            continue
        found.add(name)
        wanted = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements if "extra ==" not in line]
        missing += [name for name in wanted if name not in found and name not in LEFT_OUT]
    return found
