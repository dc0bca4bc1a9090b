"""The grammar and the templates, read by whatever has loaded this package.

In a wheel and in the one file of tools/bundle.py, where nothing is on disk, they are inside the package; in a checkout,
so also in an editable install, beside it. importlib.resources would be among the slowest imports of a start.
"""

from __future__ import annotations

import os.path
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from importlib.abc import ResourceLoader

_PACKAGE = os.path.dirname(__file__)  # noqa: PTH120  a loader takes paths as text, as it has written them itself
_PLACES = (_PACKAGE, os.path.dirname(_PACKAGE))  # noqa: PTH120


@cache
def read(path: str) -> str:
    """Return a file such as `templates/nft/firewall.nft.j2`. Raise OSError if there is none."""
    inside, beside = (f"{place}/{path}" for place in _PLACES)
    loader = cast("ResourceLoader", __spec__.loader)
    try:
        content = loader.get_data(inside)
    except OSError:
        content = loader.get_data(beside)
    return content.decode()
