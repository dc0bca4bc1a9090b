"""The same questions to every backend about every golden case."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.cases import CASES, GOLDEN, options, transpile
from wgtranspile.backends import TARGETS, KeyStorage
from wgtranspile.diagnostics.catalogue import backends as catalogue
from wgtranspile.model import Key
from wgtranspile.pipeline import Result, transpile_host
from wgtranspile.report import json, text
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.artefact import Artefact, Emission
    from wgtranspile.diagnostics import Diagnostic

Config: TypeAlias = tuple[Source, str]

OTHERS = 0o007
# What the header of a file says that was made with `--keys external`, before the colon.
WITHOUT_KEYS = " --keys external"
PUBLIC_KEY = re.compile(r"\s*public\s*key\s*=", re.IGNORECASE)
SECRET = re.compile(r"^\s*(?:private|preshared)\s*key\s*=\s*([^\s#]{16,})", re.IGNORECASE | re.MULTILINE)
HOOK = re.compile(rb"^[ \t]*(?:pre|post)(?:up|down)[ \t]*=[^\n\\\\#]*[^\s\\\\#]", re.IGNORECASE | re.MULTILINE)
# Backends that say that they express only a part of a tunnel.
PARTIAL = {catalogue.FIREWALL_ONLY}
# What is left out on purpose, by the finding that says so of all such entries.
LEFT_OUT = {catalogue.KEYS_ASKED_FOR: re.compile(r"(?:private|preshared)key\s*=", re.IGNORECASE)}
ENTRY = re.compile(r"\s*[^#=\s][^#=]*=")
# What these say is so without them.
DEFAULTS = re.compile(r"=\s*(off|auto|false|0|0x0)?\s*(#.*)?$", re.IGNORECASE)
EACH_CASE = pytest.mark.parametrize("case", CASES)
EACH_BACKEND = pytest.mark.parametrize("backend", TARGETS)


def outcome(case: str, backend: str) -> list[tuple[object, ...]]:
    """Give all that a user sees of a case."""
    return [
        (
            emission and (emission.artefacts, emission.activate, emission.deactivate, emission.update),
            json.render(diagnostics),
        )
        for emission, diagnostics in (
            (result.emission, result.diagnostics) for result in transpile(CASES[case], backend)
        )
    ]


@EACH_CASE
@EACH_BACKEND
def test_the_same_input_gives_the_same_output(case: str, backend: str) -> None:
    assert outcome(case, backend) == outcome(case, backend)


@EACH_BACKEND
def test_the_output_does_not_depend_on_the_order_of_sets(backend: str) -> None:
    script = "import sys; from tests.test_invariants import *; print([outcome(case, sys.argv[1]) for case in CASES])"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, backend],
            cwd=GOLDEN.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }

    assert len(outputs) == 1


@EACH_CASE
@EACH_BACKEND
def test_only_artefacts_marked_secret_hold_a_key_and_others_cannot_read_them(case: str, backend: str) -> None:
    for result in transpile(CASES[case], backend):
        keys = result.tunnel.secrets() if result.tunnel else ()
        for artefact in result.emission.artefacts if result.emission else ():
            if artefact.secret:
                assert not artefact.mode & OTHERS
            else:
                assert [] == [key for key in keys if key in artefact.content]


@EACH_CASE
@EACH_BACKEND
@pytest.mark.parametrize("keys", [None, KeyStorage.EXTERNAL])
def test_what_tells_anything_of_a_hook_is_secret(case: str, backend: str, keys: KeyStorage | None) -> None:
    """A digest of a password is enough to guess it."""
    texts = {path.stem: path.read_bytes() for path in CASES[case].configs}
    asked = options(CASES[case], backend)
    asked = asked if keys is None else asked._replace(keys=keys)
    artefacts: list[set[Artefact]] = []
    for word in (b"hunter2", b"letmein"):
        others = {name: HOOK.sub(rb"\g<0> -u admin:" + word, text) for name, text in texts.items()}
        results = transpile_host(
            [(Source.from_bytes(name, text), name) for name, text in others.items()], CASES[case].target(backend), asked
        )
        artefacts.append({file for result in results if result.emission for file in result.emission.artefacts})

    assert [] == [file for file in artefacts[0] ^ artefacts[1] if not file.secret or file.mode & OTHERS]


def kept(case: str, backend: str, keys: KeyStorage) -> list[Result]:
    """Give the results of a case with its keys kept in this way."""
    configs = [(Source.from_bytes(path.name, path.read_bytes()), path.stem) for path in CASES[case].configs]
    target = CASES[case].target(backend)
    return list(transpile_host(configs, target, options(CASES[case], backend)._replace(keys=keys)))


@EACH_CASE
@EACH_BACKEND
def test_keys_that_the_host_has_are_written_nowhere(case: str, backend: str) -> None:
    for result in kept(case, backend, KeyStorage.EXTERNAL):
        device = result.tunnel and result.tunnel.device
        keys = (device.private_key, *(peer.preshared_key for peer in device.peers)) if device else ()
        for artefact in result.emission.artefacts if result.emission else ():
            assert [] == [key for key in keys if isinstance(key, Key) and key in artefact.content]


@EACH_CASE
@pytest.mark.parametrize("backend", ["networkd", "shell"])
def test_the_host_has_its_keys_where_they_would_be_written(case: str, backend: str) -> None:
    for here, there in zip(kept(case, backend, KeyStorage.FILE), kept(case, backend, KeyStorage.EXTERNAL), strict=True):
        if not (here.emission and there.emission and here.tunnel and here.tunnel.device.private_key):
            continue  # a key that is nowhere here
        files = [file for file in here.emission.artefacts if any(".keys" in part for part in file.path.parts)]

        assert [(file.path, file.mode, file.owner, file.group) for file in files] == [
            (file.path, file.mode, file.owner, file.group) for file in there.emission.key_files
        ]
        made = [file._replace(content=file.content.replace(WITHOUT_KEYS, "", 1)) for file in there.emission.artefacts]
        assert made == [file for file in here.emission.artefacts if file not in files]
        assert there.emission[2:5] == here.emission[2:5]


@EACH_CASE
@EACH_BACKEND
def test_what_is_said_and_run_never_holds_a_secret(case: str, backend: str) -> None:
    secrets = {secret for path in CASES[case].configs for secret in SECRET.findall(path.read_bytes().decode("latin-1"))}
    for result in transpile(CASES[case], backend):
        said = [
            text.render(result.diagnostics, color=False),
            text.render_concise(result.diagnostics),
            json.render(result.diagnostics),
            *(result.emission.activate if result.emission else ()),
            *(result.emission.deactivate if result.emission else ()),
            *(result.emission.update if result.emission else ()),
        ]

        assert [] == [secret for secret in secrets for words in said if secret in words]


@EACH_CASE
@EACH_BACKEND
def test_a_refusal_says_why_and_gives_nothing(case: str, backend: str) -> None:
    for result in transpile(CASES[case], backend):
        assert (result.emission is None) == result.failed


@EACH_CASE
@EACH_BACKEND
def test_artefacts_lie_below_the_root_each_at_its_own_place(case: str, backend: str) -> None:
    results = transpile(CASES[case], backend)
    artefacts = {artefact for result in results if result.emission for artefact in result.emission.artefacts}
    paths = {artefact.path for artefact in artefacts}

    assert len(paths) == len(artefacts)  # one that tunnels share is the same for each
    for path in paths:
        assert not path.is_absolute()
        assert ".." not in path.parts


@EACH_CASE
@EACH_BACKEND
def test_no_entry_is_lost_without_a_word(case: str, backend: str) -> None:
    """Without it the emission would be another, or a diagnostic points at it, or it says what is so anyway."""
    sources = [(Source.from_bytes(path.name, path.read_bytes()), path.stem) for path in CASES[case].configs]
    target, asked = CASES[case].target(backend), options(CASES[case], backend)
    for at, (source, name) in enumerate(sources):
        whole = [*transpile_host(sources, target, asked)][at]
        if whole.emission is None or any(found.rule in PARTIAL for found in whole.diagnostics):
            continue
        lines = source.text.split("\n")
        named = _named(source, lines, whole.diagnostics)
        left_out = [LEFT_OUT[found.rule] for found in whole.diagnostics if found.rule in LEFT_OUT]
        lost = []
        for number, line in enumerate(lines):
            said = number in named or any(pattern.match(line) for pattern in left_out)
            if ENTRY.match(line) and not said and not DEFAULTS.search(line):
                less = _with(sources, at, (_without(source, lines, number), name))
                if _written(whole) == _written([*transpile_host(less, target, asked)][at]):
                    lost.append(line)
        assert [] == lost


def _written(result: Result) -> Emission | None:
    """Give what a result writes and runs, without what is only said."""
    return result.emission and result.emission._replace(gaps=())


def _with(configs: list[Config], at: int, config: Config) -> list[Config]:
    return [*configs[:at], config, *configs[at + 1 :]]


def _named(source: Source, lines: list[str], diagnostics: Iterable[Diagnostic]) -> set[int]:
    """Give the lines (from 0) that diagnostics point at; one that points at a public key speaks of the whole peer."""
    named: set[int] = set()
    for label in (label for found in diagnostics for label in found.labels):
        at = source.position(label.span.start).line - 1
        named.add(at)
        if PUBLIC_KEY.match(lines[at]):
            headers = [number for number, line in enumerate([*lines, "["]) if line.lstrip().startswith("[")]
            after = bisect_right(headers, at)
            named.update(range(headers[after - 1], headers[after]))
    return named


def _without(source: Source, lines: list[str], number: int) -> Source:
    """Give the source with an empty line in place of one, so that all others keep their numbers."""
    return Source(source.path, "\n".join([*lines[:number], "", *lines[number + 1 :]]))
