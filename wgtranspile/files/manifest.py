"""What is on record of the files of hosts: a line for each host, which names the files and their digests.

Of a file with secrets the digest is keyed: without the key, which lies beside the manifest for this user alone, it
tells nothing by which a secret could be guessed. What is read back is believed only where it is just as a run leaves
it: it decides which files are removed.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from contextlib import suppress
from hashlib import blake2b, sha256
from heapq import merge
from itertools import groupby
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from wgtranspile.files.artefacts import LARGEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from wgtranspile.files.folders import Folder

    #: The files of a host that are ours, by their paths below its folder, with the digests that they may have.
    Recorded = Mapping[str, Sequence[str]]

#: The folder of all that is kept, and that in which all files of a host lie.
STORE, UNIT = ".wgtranspile", "etc"
KEY_SIZE = 32
_KEYED = "keyed:"
_DIGEST = f"(?:{_KEYED})?[0-9a-f]{{64}}"
# Folders above a file; those of configs are looked for in no more.
_DEEPEST = 256
#: More than that no host has: bytes of a line.
_LONGEST = 2**24


def digest(content: bytes, key: bytes | None, *, secret: bool) -> str:
    """Return the digest of a content, of a secret one with the key; without a key that is of no use."""
    return _keyed(content, key or b"") if secret else sha256(content).hexdigest()


def found(folder: Folder, name: str, digests: Collection[str], key: bytes | None) -> str | None:
    """Return the digest of a file, or of what a link points to, if it is one of these; None where it is not."""
    try:
        status = folder.status(name)
        if stat.S_ISLNK(status.st_mode):
            content = os.fsencode(folder.target(name))
        elif stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
            content = folder.read(name, LARGEST)
        else:
            return None
    except FileNotFoundError:
        return None
    plain = sha256(content).hexdigest()
    keyed = _keyed(content, key) if key else None
    if plain not in digests and keyed not in digests:
        return None
    # A manifest of an earlier version may have the plain digest of a secret.
    is_secret = stat.S_ISREG(status.st_mode) and not status.st_mode & stat.S_IROTH
    return keyed if keyed and (is_secret or plain not in digests) else plain


def line(host: PurePosixPath, files: Recorded) -> bytes:
    """Return the line of a host."""
    return f"{json.dumps({'host': str(host), 'files': files})}\n".encode()


def read(store: Folder | None) -> Iterator[tuple[PurePosixPath, Recorded]]:
    """Yield what earlier runs have recorded, host by host, in the order of their paths. Raises OSError."""
    if store is None:
        return
    manifests = [_lines(store, name) for name in ("manifest", "manifest.new")]
    for host, entries in groupby(merge(*manifests, key=lambda entry: entry[0].parts), key=lambda entry: entry[0]):
        digests: dict[str, set[str]] = {}
        for _, files in entries:
            for path, some in files.items():
                digests.setdefault(path, set()).update(some)
        yield host, {path: sorted(some) for path, some in digests.items()}


def read_key(store: Folder | None) -> bytes | None:
    """Return the key of the digests, None where there is none. Raises OSError."""
    if store is None:
        return None
    try:
        with os.fdopen(store.own_file("key"), "rb") as file:
            key = file.read(KEY_SIZE + 1)
    except FileNotFoundError:
        return None
    if len(key) != KEY_SIZE:
        raise _not_ours(store, "key")
    return key


def _keyed(content: bytes, key: bytes) -> str:
    return _KEYED + blake2b(content, key=key, digest_size=32).hexdigest()


def _lines(store: Folder, name: str) -> Iterator[tuple[PurePosixPath, Recorded]]:
    with suppress(FileNotFoundError), os.fdopen(store.own_file(name), "rb") as lines:
        last: tuple[str, ...] | None = None
        for text in _short(lines, store, name):
            entry = _entry(text)
            if entry is None or (last is not None and entry[0].parts <= last):
                raise _not_ours(store, name)
            last = entry[0].parts
            yield entry


def _short(lines: IO[bytes], store: Folder, name: str) -> Iterator[bytes]:
    while text := lines.readline(_LONGEST):
        if len(text) == _LONGEST:
            raise _not_ours(store, name)
        yield text


def _entry(text: bytes) -> tuple[PurePosixPath, Recorded] | None:
    """Return what a line says, None where it is not as a run writes it."""
    try:
        entry = json.loads(text.decode("ascii"))
    except (ValueError, RecursionError):
        return None
    match entry:
        case {"host": str(host), "files": dict(files)} if len(entry) == 2 and _is_host(host):  # noqa: PLR2004
            fine = bool(files) and all(_is_file(path) and _are_digests(digests) for path, digests in files.items())
            return (PurePosixPath(host), files) if fine else None
    return None


def _is_host(text: str) -> bool:
    return text == "." or _is_path(text)


def _is_file(path: str) -> bool:
    return path.startswith(f"{UNIT}/") and _is_path(path)


def _is_path(text: str) -> bool:
    """Whether a text is a path that stays below the folder in which it begins, and out of ours."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    parts = text.split("/")
    return "\0" not in text and len(parts) <= _DEEPEST and {"", ".", "..", STORE}.isdisjoint(parts)


def _are_digests(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, str) and re.fullmatch(_DIGEST, item) for item in value)
    )


def _not_ours(store: Folder, name: str) -> OSError:
    return OSError(errno.EINVAL, "it is not what a run writes", f"{store.path}/{name}")
