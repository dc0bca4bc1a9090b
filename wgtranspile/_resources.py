"""Where the grammar and the templates lie.

In a wheel they are inside the package, in a checkout (so also in an editable install) beside it. Looking costs nothing,
whereas importlib.resources would be among the slowest imports of a start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def folder(name: Literal["grammars", "templates"]) -> Path:
    """Give the folder of that name."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
