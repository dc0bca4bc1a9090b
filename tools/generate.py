"""Generates documents from the catalogue, the command line, the API and test results; `--check` compares them.

In: wgtranspile/diagnostics/catalogue/, wgtranspile/backends/targets.py, wgtranspile/cli/, wgtranspile/api.py,
golden/ and tests/results/. Out: docs/diagnostics.md, the manual page, the completions, and the text between the
markers in README.md and in the other pages of docs/.
"""

from __future__ import annotations

import re
import sys
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from tools import completions, laboratories, life, manual
from wgtranspile import api, examples
from wgtranspile.backends.targets import TARGETS, dotted
from wgtranspile.diagnostics.catalogue import STAGES, rules
from wgtranspile.report.address import anchor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.diagnostics import Rule

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BACKENDS = ROOT / "docs/backends.md"
PAGE = ROOT / "docs/diagnostics.md"
DIFFERENCES = ROOT / "docs/differences.md"
API = ROOT / "docs/api.md"
# Pages with tables of recorded results: the names of the markers, and what makes the text between them.
RESULTS = {
    ROOT / "docs/life.md": {"moments": life.moments, "boots": life.boots, "versions": life.versions},
    ROOT / "docs/equivalence.md": {
        "namespaces": laboratories.namespaces,
        "networkd": laboratories.networkd,
        "networkmanager": laboratories.networkmanager,
        "importer": laboratories.importer,
        "versions": laboratories.versions,
    },
    ROOT / "docs/networkmanager.md": {"importer": laboratories.importer},
    ROOT / "docs/migrate.md": {"clear": laboratories.clear, "outages": laboratories.outages},
}
# What the README shows: a config, and one of the files made from it.
EXAMPLE = (
    ROOT / "golden/full-tunnel-ipv4/input/wg0.conf",
    ROOT / "golden/full-tunnel-ipv4/networkd/etc/systemd/network/50-wg0.network",
)
_RULES = sorted(rules(), key=lambda rule: (list(STAGES).index(rule.code[0]), rule.code))


def main(arguments: list[str]) -> int:
    """Write or check the documents and give the exit status."""
    stale = outdated()
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is outdated: run python -m tools.generate")
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    return 0


def outdated() -> dict[Path, str]:
    """Return what the documents should contain that do not."""
    documents = {
        PAGE: page(),
        README: readme(README.read_text(encoding="utf-8")),
        BACKENDS: _between(BACKENDS.read_text(encoding="utf-8"), "features", _features()),
        DIFFERENCES: differences(DIFFERENCES.read_text(encoding="utf-8")),
        API: _between(API.read_text(encoding="utf-8"), "names", _names()),
        **{path: with_results(path) for path in RESULTS},
        ROOT / "man/wgtranspile.1": manual.page(),
        ROOT / "completions/wgtranspile": completions.bash(),
        ROOT / "completions/_wgtranspile": completions.zsh(),
        ROOT / "completions/wgtranspile.fish": completions.fish(),
    }
    return {
        path: text for path, text in documents.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def readme(text: str) -> str:
    """Return the README with its example and its table of targets made anew."""
    text = _between(text, "example", _side_by_side(*EXAMPLE))
    return _between(
        text, "targets", "\n".join(("| `--to` | output | versions | options |", "|---|---|---|---|", *_targets()))
    )


def page() -> str:
    """Return the page that explains every diagnostic, grouped by the stage that speaks."""
    introduction = (
        "# Diagnostics\n\n"
        "Every finding that wgtranspile can report, as printed by `wgtranspile explain CODE`.\n"
        "An error means that nothing is written. A warning means that the result differs from wg-quick's or is risky, "
        "and that you should act on it. A note is for information only.\n"
        "`--strict` turns warnings into errors, and `--allow CODE` exempts one finding from that. "
        "The name of a finding can be used instead of its code.\n"
        "\n"
        "An example shows a config that causes the finding, the output of wgtranspile, and the corrected config. "
        "Other findings of the same run are omitted, and all keys are made up.\n"
    )
    contents = ["## Contents\n\n"]
    chapters = []
    for letter, (title, _) in STAGES.items():
        rules = [rule for rule in _RULES if rule.code.startswith(letter)]
        contents.append(f"- [{title}](#{title.lower().replace(' ', '-')})\n")
        contents.extend(f"  - [{rule.code}](#{rule.code.lower()}) {rule.name}\n" for rule in rules)
        chapters += [f"## {title}\n", *map(_entry, rules)]
    return "\n".join((introduction, "".join(contents), *chapters))


def differences(text: str) -> str:
    """Return the page of differences with its tables made anew."""
    text = _between(text, "stricter", _table(rule for rule in _RULES if rule.is_stricter))
    return _between(text, "gaps", _table(rule for rule in _RULES if rule.fidelity))


def with_results(path: Path) -> str:
    """Return a page with its tables of recorded results made anew."""
    text = path.read_text(encoding="utf-8")
    for name, made in RESULTS[path].items():
        text = _between(text, name, made())
    return text


def _entry(rule: Rule) -> str:
    kind = f"{rule.severity}, {rule.fidelity}" if rule.fidelity else str(rule.severity)
    # An anchor for the code alone: it stays when the name changes.
    lines = [
        f'<a id="{rule.code.lower()}"></a>',
        "",
        f"### {rule.code} {rule.name}",
        "",
        f"*{kind}*: {rule.headline}",
        "",
        rule.explanation,
    ]
    if rule.is_stricter:
        lines += ["", "wg-quick may accept this; wgtranspile is deliberately stricter."]
    if rule.advice:
        lines += ["", f"Help: {rule.advice}."]
    for title, blocks in examples.sections(rule):
        lines += ["", f"{title}:", *(line for block in blocks for line in ("", *_fenced(block)))]
    return "".join(f"{line}\n" for line in lines)


def _fenced(block: examples.Block) -> Iterable[str]:
    return f"```{block.language}", *block.text.rstrip().split("\n"), "```"


def _table(rules: Iterable[Rule]) -> str:
    rows = [
        f"| [{rule.code}](diagnostics.md#{anchor(rule)}) | {rule.name} | {_cell(rule.explanation)} |" for rule in rules
    ]
    return "\n".join(["| code | name | what and why |", "|---|---|---|", *rows])


def _targets() -> Iterable[str]:
    for target in TARGETS.values():
        names = ", ".join(f"`{name}`" for name in (target.name, target.short) if name)
        summary = f"{target.summary} ([{target.page}]({target.page}))" if target.page else target.summary
        tested = ", ".join(map(dotted, target.tested))
        versions = f"{dotted(target.oldest)} or later; tested: {tested}" if target.oldest else ""
        keys = [f"`--keys` {', '.join(target.keys)}"] if target.keys else []
        options = [*keys, *(f"`--{option.replace('_', '-')}`" for option in target.options)]
        yield f"| {names} | {summary} | {versions} | {'; '.join(options)} |"


def _features() -> str:
    rows = [
        f"| `{target}` | {_cell(feature)} | {dotted(since)} |"
        for target in TARGETS.values()
        for feature, since in target.features.items()
    ]
    return "\n".join(["| target | feature | since |", "|---|---|---|", *rows])


def _side_by_side(*files: Path) -> str:
    """Return two files as the columns of a block of text, each below its name."""
    left, right = ((file.name, "", *file.read_text(encoding="utf-8").splitlines()) for file in files)
    width = max(map(len, left)) + 3
    rows = (f"    {one:{width}}{other}".rstrip() for one, other in zip_longest(left, right, fillvalue=""))
    return "\n".join(("", *rows, ""))


def _names() -> str:
    """Return the table of what `wgtranspile.api` has, with the first sentence of each."""
    found = {name: getattr(api, name) for name in api.__all__}
    rows = [f"| `{name}` | {_cell(_first_sentence(thing))} |" for name, thing in found.items() if callable(thing)]
    return "\n".join(["| name | description |", "|---|---|", *rows])


def _first_sentence(thing: object) -> str:
    text = " ".join((thing.__doc__ or "").split())
    return re.split(r"(?<=[.;])\s", text)[0].rstrip(".;")


def _between(text: str, name: str, table: str) -> str:
    begin, end = f"<!-- {name}: made by tools/generate.py -->", f"<!-- {name}: end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        message = f"a page lacks the markers {begin} and {end}"
        raise SystemExit(message)
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
