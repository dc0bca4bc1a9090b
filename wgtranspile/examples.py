"""Examples of findings: configs that cause one, and the same configs mended.

In: examples.toml, and the rule of a finding. Out: blocks of text for a page or a terminal, among them the finding as a
run prints it.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, BooleanOptionalAction
from functools import cache
from itertools import chain, groupby
from posixpath import dirname
from shlex import split
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import backends, pipeline
from wgtranspile._resources import read
from wgtranspile.channels import visible_lines
from wgtranspile.checks.fleet import Fleet
from wgtranspile.report.text import render
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.diagnostics import Diagnostic, Rule

_COMMAND = "wgtranspile --to networkd wg0.conf"
_FILE = "wg0.conf"


class Scene(NamedTuple):
    """What is run, and on which configs by their paths; without configs, a session with all that is printed."""

    command: str
    files: dict[str, str]


class Example(NamedTuple):
    """What causes a finding, and what does not cause it any more; the same twice where there is nothing to mend."""

    before: Scene
    after: Scene


class Block(NamedTuple):
    """A text, and its language by the name that Markdown pages use."""

    language: str
    text: str


def example(code: str) -> Example | None:
    """Return the example of a finding, or None if it has none."""
    sessions, configs = _tables()["sessions"], _tables()["configs"]
    if code in sessions:
        return Example(*(Scene(text.removeprefix("$ ").rstrip(), {}) for text in _versions(sessions[code])))
    return Example(*map(_scene, _versions(configs[code]))) if code in configs else None


def sections(rule: Rule) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """Yield what shows a finding: titles, each with the blocks below it; nothing if it has no example."""
    found = example(rule.code)
    if found is None:
        return
    before, after = found
    yield "Example", (*_configs(before), _run(before, _printed(rule, before)))
    if after != before:
        yield "Corrected", (*_configs(after, before), *([_run(after)] if after.command != before.command else ()))


def findings(scene: Scene) -> list[Diagnostic]:
    """Return what is found of the configs of a scene, as its command finds it."""
    asked = _parser().parse_args(split(scene.command)[1:])
    options = pipeline.Options(
        keys=asked.keys,
        fwmark=asked.fwmark,
        keep_foreign_rules=asked.keep_foreign_rules,
        fleet_checks=asked.fleet_checks,
    )
    sources = {path: Source(path, text) for path, text in scene.files.items()}
    found: list[Diagnostic] = []
    fleet = Fleet()
    for _, host in groupby(sources, key=dirname):
        configs = [(sources[path], path.rpartition("/")[2].removesuffix(".conf")) for path in host]
        for result in pipeline.transpile_host(configs, asked.to, options):
            found += result.diagnostics
            if result.member:
                fleet.add(result.member)
    return [*found, *chain.from_iterable(fleet.findings())]


def _configs(scene: Scene, known: Scene | None = None) -> Iterator[Block]:
    """Yield the configs of a scene that are not known as they are."""
    for path, text in scene.files.items():
        if known is None or known.files.get(path) != text:
            yield Block("ini", visible_lines(text))


def _run(scene: Scene, printed: str = "") -> Block:
    return Block("console", f"$ {scene.command}\n{printed}")


def _printed(rule: Rule, scene: Scene) -> str:
    """Return the finding as it is printed, the first of several; advice that is the same for any config is left out."""
    found = next((each for each in findings(scene) if each.rule is rule), None) if scene.files else None
    return render([found._replace(help="") if found.help == rule.help else found], color=False) if found else ""


@cache
def _tables() -> dict[str, dict[str, str]]:
    import tomllib

    return tomllib.loads(read("examples.toml"))


def _versions(text: str) -> tuple[str, str]:
    """Return both versions of a text: its lines without those that begin with `+`, and without those with `-`."""
    lines = text.splitlines()
    before, after = ("".join(f"{line[2:]}\n" for line in lines if line[:1] != left) for left in "+-")
    return before, after


def _scene(text: str) -> Scene:
    """Return the scene of a text: a command if it is not the usual one, then configs, each named by its first line."""
    command = _COMMAND
    if text.startswith("$ "):
        line, _, text = text.partition("\n")
        command = line.removeprefix("$ ")
    named = re.split(r"^(?=# (\S+\.conf)$)", text, flags=re.MULTILINE)
    files = dict(zip(named[1::2], named[2::2], strict=True)) if named[1:] else {_FILE: text}
    return Scene(command, {path: f"{content.rstrip()}\n" for path, content in files.items()})


@cache
def _parser() -> ArgumentParser:
    """Return what reads the commands of examples; a test compares them with the real command line."""
    parser = ArgumentParser()
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--to")
    parser.add_argument("--keys", type=backends.KeyStorage)
    parser.add_argument("--fwmark", type=int)
    parser.add_argument("--keep-foreign-rules", action=BooleanOptionalAction)
    parser.add_argument("--fleet-checks", action="store_true")
    parser.add_argument("-o")
    return parser
