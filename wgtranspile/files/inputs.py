"""The configs that a command line names: paths, bare interface names, folders, standard input."""

from __future__ import annotations

import errno
import os
import re
import sys
from heapq import merge
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.channels import shell_path
from wgtranspile.diagnostics import Collector
from wgtranspile.diagnostics.catalogue.config import SHORTENED_NAME
from wgtranspile.diagnostics.catalogue.environment import CANNOT_READ
from wgtranspile.diagnostics.catalogue.security import INPUT_WORLD_READABLE
from wgtranspile.files.folders import Folder, OutsideError, Trust, open_below, open_path
from wgtranspile.redact import PLACEHOLDER
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics import Diagnostic

STANDARD_INPUT = "-"
#: The size of the largest config that is read, in bytes, and its lines: those of some 200,000 peers. Each line takes
#: memory of its own, however short it is.
LARGEST = 64 * 2**20
MOST_LINES = 1_000_000
_INTERFACE = r"[a-zA-Z0-9_=+.-]{1,15}"
_TOO_LONG = r"[a-zA-Z0-9_=+.-]{16,}"
# A short name: so much of the long one, a hyphen, and four digits of its digest.
_BEGINNING, _DIGITS = 10, 4
# Where wg-quick looks for the config of an interface.
_ETC = Path("/etc/wireguard")
_WORLD = 0o007
_MEANT = "name it as a separate argument if you want to convert it"
_KEY_SETTING = rf"(?im)(?:private|preshared)key\s*=\s*(?!{PLACEHOLDER}\s*(?:#.*)?$)\S"


class Named(NamedTuple):
    """A config that was named: its path, or what standard input gave, and the name of its interface.

    `below` is the folder that was named, where it was not the config itself. `long_name` is what `name` is short for.
    """

    path: Path
    name: str
    given: bytes | None = None
    below: Path | None = None
    long_name: str = ""


class Input(NamedTuple):
    """A config that was read: its source, the name of its interface, and what was found on the way.

    `long_name` is what `name` is short for, where it is.
    """

    source: Source
    name: str
    diagnostics: tuple[Diagnostic, ...] = ()
    long_name: str = ""


class Unreadable(NamedTuple):
    """A config, or a folder of them, that could not be read, and why."""

    diagnostics: tuple[Diagnostic, ...]


class Host(NamedTuple):
    """The configs of one host, and where its tree goes below that of the output."""

    path: PurePosixPath
    configs: tuple[Named | Unreadable, ...]


def hosts(
    arguments: Iterable[str], name: str | None, without: Path | None = None, *, shorten: bool = False
) -> Iterator[Host]:
    """Yield the configs for the arguments: those of one folder are those of one host, in the order of their paths.

    `name` is the interface for a config whose path does not tell; what lies below `without` is none. With `shorten`,
    names that are too long for an interface are replaced by short ones.
    """
    output = None if without is None else os.path.realpath(without)
    found = [_found(argument, name, output) for argument in dict.fromkeys(arguments)]
    for path, configs in groupby(merge(*found, key=lambda item: item[0].parts), key=lambda item: item[0]):
        yield Host(path, tuple(_shortened(config) if shorten else config for _, config in configs))


def by_folder(arguments: Iterable[str]) -> Iterator[list[str]]:
    """Yield the arguments by folder: without a common output, those in one folder belong to one host."""
    for _, together in groupby(sorted(arguments, key=os.path.dirname), key=os.path.dirname):
        yield list(together)


def read(config: Named | Unreadable) -> Input | Unreadable:
    """Return the text of a config."""
    if isinstance(config, Unreadable):
        return config
    path = config.path
    if config.given is not None:
        source = Source.from_bytes(str(path), config.given)
        return _too_large(path, config.given) or Input(source, config.name)
    try:
        content, mode = _content(path, config.below)
    except OSError as error:
        return _unreadable(path, error)
    if refused := _too_large(path, content):
        return refused
    collector = Collector(str(path))
    source = Source.from_bytes(str(path), content)
    if mode & _WORLD and re.search(_KEY_SETTING, source.text):
        collector.report(INPUT_WORLD_READABLE, file=path, path=shell_path(path))
    if config.long_name:
        collector.report(SHORTENED_NAME, name=config.long_name, interface=config.name)
    return Input(source, config.name, tuple(collector.diagnostics), config.long_name)


def short_name(name: str) -> str:
    """Return the interface name that stands for a longer one; it depends on nothing else."""
    from hashlib import sha256  # lazy: it loads OpenSSL, and few names are too long

    digest = sha256(name.encode("ascii")).hexdigest()
    return f"{name[:_BEGINNING].rstrip('_=+.-') or 'wg'}-{digest[:_DIGITS]}"


def _shortened(config: Named | Unreadable) -> Named | Unreadable:
    if isinstance(config, Named) and re.fullmatch(_TOO_LONG, config.name):
        return config._replace(name=short_name(config.name), long_name=config.name)
    return config


def _content(path: Path, below: Path | None) -> tuple[bytes, int]:
    """Return what a config holds, at most a byte more than may be, and what it and its folder let others do.

    What is found below a folder may be a link of whoever has made it, so that no such one is followed out of there.
    """
    if below is None:
        with path.open("rb") as file:
            return file.read(LARGEST + 1), os.fstat(file.fileno()).st_mode & path.parent.stat().st_mode
    descriptor, mode = open_below(below, PurePosixPath(path.relative_to(below)))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(LARGEST + 1), os.fstat(descriptor).st_mode & mode


def _found(argument: str, name: str | None, without: str | None) -> Iterator[tuple[PurePosixPath, Named | Unreadable]]:
    """Yield the configs of an argument, each with the path of its host, in the order of these."""
    if argument == STANDARD_INPUT:
        yield PurePosixPath(), _standard_input(name or "")
        return
    path = _path(argument)
    if os.path.realpath(path) == without:
        yield (
            PurePosixPath(),
            _refused(path, "it is also the output folder", "write to another folder, such as a subfolder"),
        )
    elif is_folder(path):
        configs = _named(path, without)
        first = next(configs, None)
        if first is None:
            yield (
                PurePosixPath(),
                _refused(path, "it contains no `*.conf` files", "name the folder that contains the configs"),
            )
        else:
            yield first
            yield from configs
    elif name is None and path.suffix != ".conf":
        advice = "rename it, or set the interface name with `--name IF`"
        yield PurePosixPath(), _refused(path, "its name does not end in `.conf`", advice)
    else:
        yield PurePosixPath(), Named(path, name or path.name.removesuffix(".conf"))


def _standard_input(name: str) -> Named | Unreadable:
    """Return the config that standard input gives for an interface."""
    path = Path("standard input")
    if sys.stdin is None:
        return _refused(path, "it is closed", "pipe a config to it, or name a file")
    try:
        return Named(path, name, sys.stdin.buffer.read(LARGEST + 1))
    except OSError as error:
        return _unreadable(path, error)


def _named(path: Path, without: str | None) -> Iterator[tuple[PurePosixPath, Named | Unreadable]]:
    """Yield the configs below a folder that was named."""
    try:
        with open_path(path, Trust(everyone=True)) as folder:
            yield from _below(folder, path, PurePosixPath(), without)
    except OSError as error:
        yield PurePosixPath(), _unreadable(path, error)


def _below(
    folder: Folder, top: Path, host: PurePosixPath, without: str | None
) -> Iterator[tuple[PurePosixPath, Named | Unreadable]]:
    """Yield the configs below a folder. Links to folders are not followed; what begins with a dot is left out."""
    try:
        entries = folder.entries()
    except OSError as error:
        yield host, _unreadable(top / host, error)
        return
    output_name = without and os.path.basename(without)
    seen = [entry for entry in entries if not entry.name.startswith(".")]
    for name, is_one in seen:
        if name.endswith(".conf") and not is_one:
            yield host, Named(top / host / name, name.removesuffix(".conf"), below=top)
    for name, is_one in seen:
        if is_one and (name != output_name or os.path.realpath(top / host / name) != without):
            try:
                inner = folder.folder(name)
            except OSError as error:
                yield host / name, _unreadable(top / host / name, error)
                continue
            with inner:
                yield from _below(inner, top, host / name, without)


def of_interface(name: str) -> Named:
    """Return the config that wg-quick takes for an interface."""
    return Named(_ETC / f"{name}.conf", name)


def _path(argument: str) -> Path:
    """Return the file of an argument: a bare interface name means the same as for wg-quick."""
    bare = "/" not in argument and not argument.endswith(".conf") and re.fullmatch(_INTERFACE, argument)
    return of_interface(argument).path if bare and not is_folder(Path(argument)) else Path(argument)


def is_folder(path: Path) -> bool:
    """Whether a path is that of a folder."""
    try:
        return path.is_dir()
    except OSError:  # a name that is too long for any file
        return False


def _too_large(path: Path, content: bytes) -> Unreadable | None:
    """Return the refusal of a file that is larger than any config, if it is."""
    if len(content) > LARGEST:
        why = f"it is larger than {LARGEST >> 20} MiB"
    elif content.count(b"\n") > MOST_LINES:
        why = f"it has more than {MOST_LINES:,} lines"
    else:
        return None
    return _refused(path, why, "no config is that large: is it the right file?")


def _unreadable(path: Path, error: OSError) -> Unreadable:
    advice = {
        FileNotFoundError: "name a config by its path, such as ./wg0.conf",
        PermissionError: "run wgtranspile as root, or as a user who can read it",
        OutsideError: _MEANT,
    }.get(type(error), _MEANT if error.errno == errno.EINVAL else "")
    return _refused(path, error.strerror or str(error), advice)


def _refused(path: Path, why: str, advice: str) -> Unreadable:
    collector = Collector(str(path))
    collector.report(CANNOT_READ, file=path, why=why, advice=advice)
    return Unreadable(tuple(collector.diagnostics))
