"""Two folders that change places."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # renameat2(2)
_CANNOT = {errno.EINVAL, errno.ENOSYS}


def exchange(first: Path, second: Path) -> None:
    """Let two folders change places: at once, or by renaming one after the other where a file system cannot do better.

    Raises OSError.
    """
    renameat2 = getattr(_libc(), "renameat2", None)
    if renameat2 and not renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE):
        return
    code = ctypes.get_errno() if renameat2 else errno.ENOSYS
    if code not in _CANNOT:
        raise OSError(code, os.strerror(code), str(second))
    spare = second.with_name(f".{second.name}.old")  # where nothing is cleaned, should this be the end
    second.rename(spare)
    first.rename(second)
    spare.rename(first)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
