"""The project as a machine runs it: `verify` and `migrate` with all they import, for whatever Python the machine has.

Out: a tar archive to unpack in a folder of the machine.
"""

from __future__ import annotations

import io
import tarfile
from functools import cache

from tools import bundle

# For colours; a test shows that nothing imports them here, and they are larger than all the rest.
LEFT_OUT = "rich/"


@cache
def archive() -> bytes:
    """Give the archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for place, content in bundle.sources().items():
            if not place.startswith(LEFT_OUT):
                member = tarfile.TarInfo(place)
                member.size = len(content)
                made.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
