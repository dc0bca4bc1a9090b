"""What the quoting functions give, read by the programs it is meant for."""

from __future__ import annotations

import subprocess

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from wgtranspile.backends.quoting import comment, line, nft_string, shell_word, shell_words
from wgtranspile.templating import Raw

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


def expressed_for_nft(text: str) -> str | None:
    try:
        return nft_string(text)
    except ValueError:
        return None


def check_nft(script: str) -> None:
    """Have nft judge a script, which changes nothing."""
    run(["nft", "--check", "--file", "-"], script)
