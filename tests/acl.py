"""Access control lists as the kernel stores them, for tests: no program that sets them need be there."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NO_ID = 2**32 - 1


def let_write(folder: Path, user: int, kind: str = "access", mask: int = 0o7) -> None:
    """Let a user do all in a folder, or in what is made there, as far as the mask lets it; see posix_acl_xattr.h."""
    # The owner, the user, the group, the mask, others.
    entries = [(1, 7, NO_ID), (2, 7, user), (4, 5, NO_ID), (0x10, mask, NO_ID), (0x20, 5, NO_ID)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(folder, f"system.posix_acl_{kind}", acl)
