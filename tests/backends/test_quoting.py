"""What the quoting functions give, read by the programs it is meant for."""

from __future__ import annotations

import subprocess
import tempfile
from functools import partial
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from tests.backends import systemd
from wgtranspile.backends.quoting import (
    comment,
    exec_command,
    line,
    nft_string,
    shell_word,
    shell_words,
    systemd_setting,
    unit_name,
)
from wgtranspile.templating import Raw

if TYPE_CHECKING:
    from collections.abc import Callable

SHELLS = [
    pytest.param(["dash"], marks=pytest.mark.needs("dash")),
    pytest.param(["bash"]),
    pytest.param(["bash", "--posix"]),
    pytest.param(["busybox", "sh"], marks=pytest.mark.needs("busybox")),
]
EACH_SHELL = pytest.mark.parametrize("shell", SHELLS, ids=" ".join)

# What a source may hold: all but NUL, with bytes that are no UTF-8 as surrogates.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from("\udc80\udcc3\udcff")
PIECES = st.sampled_from(
    [*"'\"\\`$#~*?!&|;<>=:-) \n\r\t\x1b", "\\'", "$(", "${", "%s", "~root", "[a]", "{a,b}", "a=~", "--"]
)
TEXTS = st.lists(PIECES | st.text(CHARACTERS, max_size=4), max_size=6).map("".join)
MANY = st.lists(TEXTS, min_size=1, max_size=60)
SERVICE = "[Service]\nType=oneshot\nExecStart=true\n"
UNKNOWN = "Unknown key 'Unknown' in section [Service], ignoring."
FAILED = "Failed to parse TimeoutSec= parameter, ignoring: "
ENDS_MANAGER = "DefaultDependencies=no\nSuccessAction=exit-force\nFailureAction=exit-force\n"
CONTROL = st.sampled_from([*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))])


def run(command: list[str], script: str) -> bytes:
    done = subprocess.run(command, input=encoded(script), capture_output=True, check=False)
    assert (b"", 0) == (done.stderr, done.returncode), script
    return done.stdout


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@EACH_SHELL
@given(texts=MANY)
@example(texts=["", "'", "\\", "-n", "a\nb\n", "$'\\n'", "x" * 100_000])
@settings(max_examples=30)
def test_a_shell_gives_a_quoted_word_back(shell: list[str], texts: list[str]) -> None:
    written = run(shell, "".join(f"printf '%s\\0' {shell_word(text)}\n" for text in texts))

    assert encoded("".join(f"{text}\0" for text in texts)) == written


@EACH_SHELL
@given(texts=MANY)
@settings(max_examples=10)
def test_a_shell_sees_as_many_words_as_were_given(shell: list[str], texts: list[str]) -> None:
    command = shell_words(["printf", "%s\\0", *texts, Raw('"$raw"')])

    written = run(shell, f"raw=1\n{command}\n")

    assert encoded("".join(f"{text}\0" for text in [*texts, "1"])) == written


def test_a_shell_word_cannot_hold_nul() -> None:
    with pytest.raises(ValueError, match="NUL"):
        shell_word("a\0b")


@EACH_SHELL
@given(texts=MANY)
@example(texts=["\\", "a\\", "\rexit", "\nexit", "\x85exit", "shellcheck disable=all"])
@settings(max_examples=15)
def test_a_comment_ends_with_its_line_in_a_shell(shell: list[str], texts: list[str]) -> None:
    written = run(shell, "".join(f"# {comment(text)}\necho x # {comment(text)}\n" for text in texts))

    assert b"x\n" * len(texts) == written


@pytest.mark.needs("root", "nft")
@given(texts=MANY)
@example(texts=["\\", "a\\", "\r}", "\n}", "\x85}", '"', "}"])
@settings(max_examples=15)
def test_a_comment_ends_with_its_line_in_nft(texts: list[str]) -> None:
    # What came after an end of the line would be an error, and so would be a table that is not closed.
    check_nft("".join(f"# {comment(text)}\ntable ip t {{\n# {comment(text)} }} }}\n}}\n" for text in texts))


@pytest.mark.needs("root", "nft")
@given(words=st.lists(TEXTS | st.from_regex(r"[a-zA-Z0-9_=+.-]{1,15}", fullmatch=True), min_size=1, max_size=60))
@settings(max_examples=15)
def test_nft_takes_a_word_as_the_name_of_a_link_or_it_is_refused(words: list[str]) -> None:
    check_nft(
        "".join(
            f'table ip t {{ chain c {{ type filter hook prerouting priority raw\niifname != "{word}" drop\n}}\n}}\n'
            for word in filter(None, map(expressed_for_nft, words))
            if len(word) <= 15  # the kernel's limit for the name of a link
        )
    )


@pytest.mark.needs("root", "nft")
@given(names=st.lists(st.from_regex(r"[a-zA-Z0-9_.-]{1,15}", fullmatch=True), min_size=1, max_size=60))
@example(names=["table", "drop", "inet", "ip", "1", "-", "...", "_", "-4", "0x1", "a" * 15])
@settings(max_examples=15)
def test_nft_takes_the_name_of_an_interface_in_that_of_a_table(names: list[str]) -> None:
    check_nft("".join(f"add table ip wg-quick-{nft_string(name)}\n" for name in names))


@pytest.mark.parametrize("text", ["", " ", "a b", '"', "a\n", "a;b", "$a", "é", "a\0", "}", "\\", "*"])
def test_what_nft_cannot_express_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nft cannot express"):
        nft_string(text)


@given(TEXTS, CONTROL, TEXTS)
def test_a_line_cannot_hold_a_control_character(before: str, control: str, after: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        line(before + control + after)


@given(st.text(st.characters(exclude_categories=["Cc"])))
def test_any_other_text_is_a_line_as_it_is(text: str) -> None:
    assert text == line(text)
    assert isinstance(line(text), Raw)


@given(CONTROL)
def test_a_control_character_is_seen_in_a_comment(control: str) -> None:
    assert "a\N{REPLACEMENT CHARACTER}b" == comment(f"a{control}b")


@pytest.mark.needs("root", "systemd")
@given(commands=st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=60))
@example(
    commands=[["", "a\\", ";", "-a", "%n%%", "$HOME${HOME}$$", "\\x41\\n", "#", "\udcff\x85\u2028\r", "x" * 100_000]]
)
@settings(max_examples=10)
def test_systemd_runs_a_command_with_exactly_these_words(commands: list[list[str]]) -> None:
    with tempfile.NamedTemporaryFile() as written:
        lines = "\n".join(str(exec_command("ExecStart", "printf", "%s\\0", *texts, "end\n")) for texts in commands)
        service = f"[Service]\nType=oneshot\nEnvironment=HOME=HIT\nStandardOutput=append:{written.name}\n{lines}\n"
        systemd.started({"it.service": f"[Unit]\n{ENDS_MANAGER}{service}"}, "it.service")

        assert encoded("".join(f"{text}\0" for texts in commands for text in [*texts, "end\n"])) == written.read()


@pytest.mark.needs("systemd")
@given(texts=MANY)
@example(texts=["\\", "a\\", "\rHIT=1", "\nHIT=1", "\u2028[HIT]", "\udcff", "\n[HIT]\n", "x" * 2**20])
@settings(max_examples=15)
def test_a_comment_ends_with_its_line_in_systemd(texts: list[str]) -> None:
    # Each setting is named by what systemd says of it, in its place, and no other.
    said = systemd.parsed("it.service", SERVICE + "".join(f"# {comment(text)}\nUnknown=\n" for text in texts))

    assert [f"it.service:{5 + 2 * number}: {UNKNOWN}" for number in range(len(texts))] == said.splitlines()


@pytest.mark.needs("systemd")
@given(texts=MANY)
@example(texts=["a\\b", '"', "'", "%n", "$a", "a ;b", "a #b", "a\\x41", "[HIT]", "é=\u2019"])
@settings(max_examples=15)
def test_systemd_takes_a_line_as_it_is_or_it_is_refused(texts: list[str]) -> None:
    kept = [text for text in texts if expressed(partial(systemd_setting, "TimeoutSec"), f"HIT{text}")]

    said = systemd.parsed("it.service", SERVICE + "".join(f"TimeoutSec=HIT{text}\n" for text in kept))

    assert [f"it.service:{4 + number}: {FAILED}HIT{text}" for number, text in enumerate(kept)] == said.splitlines()


@pytest.mark.parametrize("text", ["a\\", "a ", " a", "a\n", "a\r", "a\tb", "a\0", "a\udcff", "a\u2028b", "a\xa0"])
def test_what_is_no_line_of_systemd_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="systemd"):
        systemd_setting("TimeoutSec", text)


@pytest.mark.needs("systemd")
@given(names=st.lists(st.from_regex(r"[a-zA-Z0-9_=+.-]{1,15}", fullmatch=True), min_size=1, max_size=60))
def test_the_name_of_a_unit_is_that_of_systemd_escape(names: list[str]) -> None:
    wanted = run(["systemd-escape", "--mangle", *(f"wireguard-{name}.service" for name in names)], "")

    assert wanted.decode().split() == [f"{unit_name(f'wireguard-{name}')}.service" for name in names]


def expressed(quote: Callable[[object], object], text: str) -> bool:
    try:
        quote(text)
    except ValueError:
        return False
    return True


def expressed_for_nft(text: str) -> str | None:
    try:
        return nft_string(text)
    except ValueError:
        return None


def check_nft(script: str) -> None:
    """Have nft judge a script, which changes nothing."""
    run(["nft", "--check", "--file", "-"], script)
