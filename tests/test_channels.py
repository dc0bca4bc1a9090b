"""Names and texts of strangers in each channel: the structure stays, nothing drives a terminal, a pipe gets all."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from contextlib import chdir
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.report.samples import FORMATS
from wgtranspile import compare
from wgtranspile.artefact import Artefact
from wgtranspile.backends import TARGETS
from wgtranspile.channels import quoted_path, shell_path, visible, visible_lines
from wgtranspile.compare import Area, Difference, Verdict
from wgtranspile.files import inputs
from wgtranspile.files.difference import difference
from wgtranspile.pipeline import transpile
from wgtranspile.report.gathered import Gathered
from wgtranspile.source import Source

HOSTILE = (
    "a\ntouch PWNED\n#",
    "\x1b[2K\r harmless",
    "\x9b2J",
    "\u061c\u202e\u2066\u200f",
    "\u2028\u2029\x85\x0b\x0c",
    "\n::error::PWNED",
    "\n+++ b/PWNED\n@@ -1 +1 @@",
    '"\\\t',
    "\udc80\udcff",
    "\N{LATIN SMALL LETTER E WITH ACUTE}\N{GRINNING FACE}",
    " -- ",
    "}; flush ruleset; #",
    "##[stop-commands]x",
    "##vso[task.setvariable]",
    "::error title=x::PWNED",
    " \t::stop-commands::x",
    "\u3164\u115f\u1160\uffa0\u034f",
)
BLANKS = "\u034f\u115f\u1160\u3164\uffa0"
TEXTS = st.lists(
    st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
).map("".join)
NAMES = TEXTS.map(lambda text: text.replace("/", "")[:60]).filter(lambda name: name not in {"", ".", ".."})
KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="


def config(text: str) -> str:
    """Give a config with a text as its hook, as comments, as the name of a table and in a value that is none."""
    line = text.replace("\n", " ")
    return (
        f"[Interface]\nPrivateKey = {KEY}\nAddress = 10.0.0.1/24\nPostUp = : {line}\nTable = {line.replace('#', '')}\n"
        f"# {line}\n[Peer]\nPublicKey = {PEER} # {line}\nAllowedIPs = 10.20.0.0/16\n"
    )


def commands(said: str) -> set[str]:
    """Give the commands that a runner of GitHub finds in the lines of a log: `::NAME PROPERTIES::TEXT`."""
    found = (re.match(r"\s*::(?P<name>[^ :]*(?::[^ :]+)*)(?: .*?)?::", line) for line in said.split("\n"))
    return {match["name"] for match in found if match and not re.fullmatch(r"[0-9a-f:./,]*", match["name"])}


@given(TEXTS)
def test_a_line_of_a_message_stays_a_line_that_can_be_seen(text: str) -> None:
    assert visible(text).isprintable()
    assert visible_lines(text).replace("\n", "").replace("\t", "").isprintable()
    assert text.count("\n") == visible_lines(text).count("\n")
    assert set() == commands(visible(text)) | commands(visible_lines(text))
    for shown in (visible(text), visible_lines(text), quoted_path(text), shell_path(text)):
        assert not re.search(rf"##\w*\[|[{BLANKS}]", shown)


@pytest.mark.parametrize("text", ["::", "::/0", "::1", " ::1/128", "::ffff:192.0.2.1/96", "::/0, 10.0.0.0/8", "::a)"])
def test_an_address_that_begins_a_line_stays_as_it_is(text: str) -> None:
    assert text == visible(text) == visible_lines(text)


@pytest.mark.needs("bash")
@pytest.mark.parametrize("name", [*HOSTILE, "a b", "it's\n", "~"])
def test_a_path_within_a_command_is_one_word_that_bash_reads_back(name: str) -> None:
    word = shell_path(name)

    said = subprocess.run(["bash", "-c", f"printf %s {word}"], stdout=subprocess.PIPE, check=True).stdout

    assert word.isprintable()
    assert os.fsencode(name) == said


@given(NAMES)
def test_a_path_is_written_as_a_shell_and_git_read_it_back(name: str) -> None:
    quoted = quoted_path(name)

    assert quoted.isascii()
    assert quoted.isprintable()
    if quoted.startswith('"'):
        assert os.fsencode(name) == quoted[1:-1].encode().decode("unicode_escape").encode("latin-1")
    else:
        assert name == quoted


@pytest.mark.needs("git")
def test_a_path_is_quoted_as_git_quotes_it(tmp_path: Path) -> None:
    # Commands of log readers git leaves as they are.
    known = (text.replace("/", "|").strip(" ") for text in HOSTILE if not text.startswith("##"))
    names = [name for name in known if name and "\0" not in name]
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for name in names:
        (tmp_path / name).touch()

    done = subprocess.run([*git, "ls-files", "--others"], stdout=subprocess.PIPE, text=True, check=True)

    assert sorted(map(quoted_path, names)) == sorted(done.stdout.splitlines())


@given(names=st.lists(NAMES, min_size=1, max_size=3))
def test_no_format_for_people_is_driven_by_the_names_of_folders(names: list[str]) -> None:
    with TemporaryDirectory() as folder, chdir(folder):
        for name in names:
            Path(name).mkdir(exist_ok=True)
            Path(name, "wg0.conf").write_text(config("x"))
            Path(name, "wg0.conf").chmod(0o644)
        read = [inputs.read(inputs.Named(Path(name, "wg0.conf"), "wg0")) for name in names]
    diagnostics = [finding for item in read for finding in item.diagnostics]
    gathered = Gathered(color=False)
    gathered.add(diagnostics)

    assert ["K501"] * len(names) == [found.rule.code for found in diagnostics]
    assert len(names) == len(FORMATS["concise"](diagnostics).splitlines())
    assert 4 * len(names) == len(FORMATS["text"](diagnostics).splitlines()) + 1  # with a blank line between
    for said in (FORMATS["text"](diagnostics), FORMATS["concise"](diagnostics), gathered.render()):
        assert said.replace("\n", "").isprintable()
        assert set() == commands(said)


@given(text=TEXTS, name=NAMES)
def test_no_format_of_messages_is_driven_by_a_text_or_a_name(text: str, name: str) -> None:
    diagnostics = transpile(
        Source(f"{name}/wg0.conf", config(text) + f"{text} = x\nMTU = {text}\n"), "wg0", "networkd"
    ).diagnostics

    for said in (render(diagnostics) for render in FORMATS.values()):
        assert said.replace("\n", "").isprintable()
    assert set() == commands(FORMATS["text"](diagnostics)) | commands(FORMATS["concise"](diagnostics))
    assert all(
        line.startswith(("::error ", "::warning ", "::notice ")) for line in FORMATS["github"](diagnostics).splitlines()
    )
    assert len(diagnostics) == len(FORMATS["concise"](diagnostics).splitlines())
    for name_of_format in ("json", "sarif"):
        json.loads(FORMATS[name_of_format](diagnostics))


@pytest.mark.parametrize("backend", TARGETS)
@given(text=TEXTS)
def test_comments_of_artefacts_hold_nothing_that_hides_what_stands_there(backend: str, text: str) -> None:
    hooks_aside = config(text).replace("PostUp = : ", "# ").replace("Table = ", "# ")

    emission = transpile(Source(f"{text}.conf", hooks_aside), "wg0", backend).emission

    assert emission
    for artefact in emission.artefacts:
        shown = artefact.content.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        assert [] == [
            char
            for char in shown
            if char not in "\n\t" and (char < " " or char in "\x7f\x9b\u061c\u202e\u2066\u2028\u2029")
        ]


@given(name=NAMES, text=TEXTS)
def test_a_diff_has_the_lines_of_a_diff_and_no_others(name: str, text: str) -> None:
    artefact = Artefact(PurePosixPath("etc/x"), f"x{text}\n")

    shown = difference(lambda _: None, PurePosixPath(name), [artefact])

    head, after, *lines = shown.split("\n")[:-1]
    assert "--- /dev/null" == head
    assert after.startswith(("+++ b/", '+++ "b/'))
    assert text.count("\n") + 1 == sum(line.startswith("+") for line in lines)
    assert shown.replace("\n", "").replace("\t", "").isprintable()


@given(TEXTS)
def test_what_verify_says_is_a_line_for_each_difference(text: str) -> None:
    said = compare.render("wg0", Verdict((Difference(Area.ROUTE, f"10.0.0.0/8 table {text}", text, None, text, 1),)))

    assert said.replace("\n", "").isprintable()
    assert 2 == said.count("\n")


def test_shlex_reads_the_head_of_an_artefact_as_a_comment() -> None:
    assert [] == shlex.split(f"# {quoted_path(HOSTILE[0])}", comments=True)
