"""Names and texts of strangers in each channel: the structure stays, nothing drives a terminal, a pipe gets all."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path, PurePosixPath

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.diagnostics.samples import FORMATS
from wgtranspile import state
from wgtranspile.artefact import Artefact
from wgtranspile.backends import BACKENDS
from wgtranspile.channels import quoted_path, visible, visible_lines
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source
from wgtranspile.state.model import Area, Difference, Verdict
from wgtranspile.writer.difference import difference

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


@given(TEXTS)
def test_a_line_of_a_message_stays_a_line_that_can_be_seen(text: str) -> None:
    assert visible(text).isprintable()
    assert visible_lines(text).replace("\n", "").replace("\t", "").isprintable()
    assert text.count("\n") == visible_lines(text).count("\n")
    for shown in (visible(text), visible_lines(text), quoted_path(text)):
        assert not re.search(rf"##\w*\[|[{BLANKS}]", shown)


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


@given(text=TEXTS, name=NAMES)
def test_no_format_of_messages_is_driven_by_a_text_or_a_name(text: str, name: str) -> None:
    diagnostics = transpile(
        Source(f"{name}/wg0.conf", config(text) + f"{text} = x\nMTU = {text}\n"), "wg0", "networkd"
    ).diagnostics

    for said in (render(diagnostics) for render in FORMATS.values()):
        assert said.replace("\n", "").isprintable()
    assert all(
        line.startswith(("::error ", "::warning ", "::notice ")) for line in FORMATS["github"](diagnostics).splitlines()
    )
    assert len(diagnostics) == len(FORMATS["concise"](diagnostics).splitlines())
    for name_of_format in ("json", "sarif"):
        json.loads(FORMATS[name_of_format](diagnostics))


@pytest.mark.parametrize("backend", BACKENDS)
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
    said = state.render("wg0", Verdict((Difference(Area.ROUTE, f"10.0.0.0/8 table {text}", text, None, text, 1),)))

    assert said.replace("\n", "").isprintable()
    assert 2 == said.count("\n")


def test_shlex_reads_the_head_of_an_artefact_as_a_comment() -> None:
    assert [] == shlex.split(f"# {quoted_path(HOSTILE[0])}", comments=True)
