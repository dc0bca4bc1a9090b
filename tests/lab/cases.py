"""Configs to try: those of golden/ and of the corpus, where that lies beside the project; how to make them harmless."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest.mark.structures import ParameterSet

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
_HOOKS = (b"preup", b"postup", b"predown", b"postdown")


@dataclass(frozen=True, slots=True)
class Case:
    """A config file; its name is the interface's."""

    name: str
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The config as `Source` reads it."""
        return self.content.decode("utf-8", "surrogateescape")


def golden() -> list[ParameterSet]:
    """Give the inputs of all golden cases, as parameters of a test."""
    return _cases(ROOT.glob("golden/*/input/*.conf"), "golden", 3)


def corpus(kind: str) -> list[ParameterSet]:
    """Give the configs of one kind in the corpus (valid, valid-extended, invalid); it is no part of the project."""
    return _cases(CORPUS.glob(f"{kind}/*/*.conf"), kind, 2)


def _cases(paths: Iterable[Path], kind: str, depth: int) -> list[ParameterSet]:
    return [
        pytest.param(Case(path.stem, path.read_bytes()), id=f"{kind}/{path.parts[-depth]}/{path.name}")
        for path in sorted(paths)
    ]


def harmless(config: bytes) -> bytes:
    """Give a config whose hooks do nothing, though every character of them is still read, expanded and printed."""
    return _with_hooks(config, b" : # %b")


def hookless(config: bytes) -> bytes:
    """Give a config whose hooks are empty commands, for a verdict on all the rest."""
    return _with_hooks(config, b" :")


def _with_hooks(config: bytes, command: bytes) -> bytes:
    lines = config.split(b"\n")
    for number, line in enumerate(lines):
        key, equals, value = line.partition(b"=")
        if equals and key.replace(b"\0", b"").partition(b"#")[0].strip().lower() in _HOOKS:
            lines[number] = key + equals + command.replace(b"%b", value)
    return b"\n".join(lines)
