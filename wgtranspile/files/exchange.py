"""Two folders that change places."""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wgtranspile.files.folders import Folder

_RENAME_EXCHANGE = 2  # renameat2(2)
_CANNOT = {errno.EINVAL, errno.ENOSYS}


def exchange(first: Folder, first_name: str, second: Folder, second_name: str) -> None:
    """Let two folders change places: at once, or by renaming one after the other where a file system cannot do better.

    Raises OSError.
    """
    code = renameat2(first.descriptor, first_name, second.descriptor, second_name)
    if not code:
        return
    if code not in _CANNOT:
        raise OSError(code, os.strerror(code), f"{second.path}/{second_name}")
    spare = f".{second_name}.old"  # where nothing is cleaned, should this be the end
    second.rename(second_name, spare)
    first.rename(first_name, second_name, second)
    second.rename(spare, first_name, first)


def renameat2(first: int, first_name: str, second: int, second_name: str) -> int:
    """Let names in two open folders change places, and give the error, 0 for none."""
    call = getattr(_libc(), "renameat2", None)
    if call is None:
        return errno.ENOSYS
    failed = call(first, os.fsencode(first_name), second, os.fsencode(second_name), _RENAME_EXCHANGE)
    return ctypes.get_errno() if failed else 0


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
