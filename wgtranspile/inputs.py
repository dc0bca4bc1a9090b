"""The configs that a command line names: paths, bare interface names, folders, standard input."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.diagnostics import Collector, catalogue
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics import Diagnostic

STANDARD_INPUT = "-"
_INTERFACE = r"[a-zA-Z0-9_=+.-]{1,15}"
_ETC = Path("/etc/wireguard")
_WORLD = 0o007
_KEY_SETTING = r"(?i)(?:private|preshared)key\s*=\s*\S"


class Input(NamedTuple):
    """A config to read: its source, the name of its interface, and where its tree goes below that of the output."""

    source: Source
    name: str
    prefix: PurePosixPath
    diagnostics: tuple[Diagnostic, ...] = ()


class Unreadable(NamedTuple):
    """A config that could not be read, and why."""

    diagnostics: tuple[Diagnostic, ...]


def find(arguments: Iterable[str], name: str | None) -> Iterator[Input | Unreadable]:
    """Give the configs for the arguments, in order; those of a folder are sorted by their paths.

    `name` is the interface for a config whose path does not tell.
    """
    for argument in dict.fromkeys(arguments):
        if argument == STANDARD_INPUT:
            source = Source.from_bytes("standard input", sys.stdin.buffer.read())
            yield Input(source, name or "", PurePosixPath())
            continue
        path = _path(argument)
        if _is_folder(path):
            configs = sorted(_configs_below(path))
            for found in configs:
                yield _read(found, found.stem, PurePosixPath(found.parent.relative_to(path)))
            if not configs:
                yield _unreadable(path, "there is no `*.conf` below it", "name the folder that holds the configs")
        elif name is None and path.suffix != ".conf":
            yield _unreadable(
                path, "its name does not end in `.conf`", "rename it, or give the interface with `--name IF`"
            )
        else:
            yield _read(path, name or path.name.removesuffix(".conf"), PurePosixPath())


def _path(argument: str) -> Path:
    """Give the file of an argument: a bare interface name means the same as for wg-quick."""
    bare = "/" not in argument and not argument.endswith(".conf") and re.fullmatch(_INTERFACE, argument)
    return _ETC / f"{argument}.conf" if bare and not _is_folder(Path(argument)) else Path(argument)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long for any file
        return False


def _configs_below(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(directory) / file for file in files if file.endswith(".conf") and not file.startswith("."))


def _read(path: Path, name: str, prefix: PurePosixPath) -> Input | Unreadable:
    try:
        with path.open("rb") as file:
            content = file.read()
            mode = os.fstat(file.fileno()).st_mode & path.parent.stat().st_mode
    except OSError as error:
        advice = {
            FileNotFoundError: "a config is given by its path, such as ./wg0.conf",
            PermissionError: "run as root, or as a user who may read it",
        }.get(type(error), "")
        return _unreadable(path, error.strerror or str(error), advice)
    collector = Collector(str(path))
    source = Source.from_bytes(str(path), content)
    if mode & _WORLD and re.search(_KEY_SETTING, source.text):
        collector.report(catalogue.INPUT_WORLD_READABLE, file=path)
    return Input(source, name, prefix, tuple(collector.diagnostics))


def _unreadable(path: Path, why: str, advice: str) -> Unreadable:
    collector = Collector(str(path))
    collector.report(catalogue.CANNOT_READ, file=path, why=why, advice=advice)
    return Unreadable(tuple(collector.diagnostics))
