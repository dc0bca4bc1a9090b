"""Keyfiles as GLib reads them, whose parser is NetworkManager's.

In: the text of a keyfile. Out: its groups with their keys and values.
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from functools import cache

LIBRARY = "libglib-2.0.so.0"


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(LIBRARY)
    library.g_key_file_new.restype = c_void_p
    library.g_key_file_free.argtypes = [c_void_p]
    library.g_key_file_load_from_data.argtypes = [c_void_p, c_char_p, c_size_t, c_int, c_void_p]
    library.g_key_file_get_groups.argtypes = [c_void_p, c_void_p]
    library.g_key_file_get_groups.restype = POINTER(c_char_p)
    library.g_key_file_get_keys.argtypes = [c_void_p, c_char_p, c_void_p, c_void_p]
    library.g_key_file_get_keys.restype = POINTER(c_char_p)
    library.g_key_file_get_string_list.argtypes = [c_void_p, c_char_p, c_char_p, c_void_p, c_void_p]
    library.g_key_file_get_string_list.restype = POINTER(c_char_p)
    library.g_key_file_get_string.argtypes = [c_void_p, c_char_p, c_char_p, c_void_p]
    library.g_key_file_get_string.restype = c_char_p
    return library


class Keyfile:
    """A keyfile that GLib has read; raises ValueError where it refuses the text."""

    def __init__(self, text: str) -> None:
        self._file = c_void_p(_library().g_key_file_new())
        data = text.encode("utf-8", "surrogateescape")
        if not _library().g_key_file_load_from_data(self._file, data, len(data), 0, None):
            raise ValueError(text)

    def __del__(self) -> None:
        """Give GLib its memory back."""
        _library().g_key_file_free(self._file)

    def groups(self) -> list[str]:
        """Give the names of the groups."""
        length = c_size_t()
        found = _library().g_key_file_get_groups(self._file, byref(length))
        return [found[index].decode() for index in range(length.value)]

    def keys(self, group: str) -> list[str]:
        """Give the keys of a group."""
        length = c_size_t()
        found = _library().g_key_file_get_keys(self._file, group.encode(), byref(length), None)
        return [found[index].decode() for index in range(length.value)]

    def value(self, group: str, key: str) -> str:
        """Give a value."""
        return str(_library().g_key_file_get_string(self._file, group.encode(), key.encode(), None).decode())

    def items(self, group: str, key: str) -> list[str]:
        """Give a value that is a list."""
        length = c_size_t()
        found = _library().g_key_file_get_string_list(self._file, group.encode(), key.encode(), byref(length), None)
        return [found[index].decode() for index in range(length.value)]
