"""Hostile text in every place that takes text: refused, or it stays the text it is, and nothing else happens.

The script runs for real, with recorders in place of the programs that it calls: what reaches them is the proof.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.backends.hostile import (
    BLANKS,
    COMMENTS,
    HOOKS,
    HOSTILE,
    KEY,
    ODD_DOMAINS,
    ODD_NAMES,
    ODD_TABLES,
    PEER,
    Texts,
    hostile,
)
from wgtranspile import pipeline
from wgtranspile.source import Source

if TYPE_CHECKING:
    from pathlib import Path

DEVICE = (
    f"PrivateKey = {KEY}".encode(),
    b"",
    b"[Peer]",
    f"PublicKey = {PEER}".encode(),
    b"Endpoint = vpn.example:51820",
    b"AllowedIPs = 10.20.0.0/16",
)

# The programs of the script. Each writes down its arguments and, where it reads one, its standard input.
RECORDED = ("bash", "ip", "nft", "resolvconf", "sysctl", "wg")
RECORDER = r"""#!/bin/sh
{
	printf '%s\0' "${0##*/}" "$@"
	case "${0##*/} $*" in
	"wg addconf "* | "resolvconf -a "* | "nft -f "*) printf 'stdin:'; cat; printf '\0' ;;
	"bash "*) printf 'hook:%s\0' "$(cat <&3)" ;;
	esac
	printf '\0'
} >>"$RECORD"
case "${0##*/} $*" in
"ip link show "*) exit 1 ;;
"wg show "*" fwmark") echo off ;;
esac
"""
# A hook is no argument, which everyone could read: it may hold a key.
EVALUATED = """
\t\texport -n INTERFACE
\t\tIFS= read -r hook <&3
\t\texec 3<&-
\t\texecute_hook() { (eval "$hook"); }
\t\texecute_hook"""


@pytest.fixture(scope="module")
def recorders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the recorders, for a `PATH`."""
    folder = tmp_path_factory.mktemp("recorders")
    recorder = folder / "recorder"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    for name in RECORDED:
        (folder / name).symlink_to(recorder)
    (folder / "id").write_text("#!/bin/sh\necho 0\n")  # the script wants to be run by root
    (folder / "id").chmod(0o755)
    return folder


def recorded(script: str, verb: str, recorders: Path) -> list[list[bytes]]:
    """Run the script in an empty folder, which stays empty; give the commands it ran."""
    folder = recorders / "scratch"
    folder.mkdir(exist_ok=True)
    record = recorders / "record"
    record.write_bytes(b"")
    # Root's script remembers in /run what it has done; here, in one of its own.
    alone = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec sh -s "$0"')
    done = subprocess.run(
        [*(("sh", "-s") if os.geteuid() else alone), verb],
        cwd=folder,
        input=encoded(script),
        env={"PATH": f"{recorders}:{os.environ['PATH']}", "RECORD": str(record)},
        capture_output=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert [] == [*folder.iterdir()]
    return [command.split(b"\0") for command in record.read_bytes().removesuffix(b"\0\0").split(b"\0\0")]


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def output(result: pipeline.Result) -> str:
    assert result.emission, result.diagnostics
    return result.emission.artefacts[0].content


@given(texts=hostile(*Texts._fields))
def test_what_is_refused_has_an_error_and_no_output(texts: Texts) -> None:
    result = texts.transpiled("shell")

    assert result.failed == (result.emission is None)


@given(texts=hostile(*HOOKS, *COMMENTS, "file", name=ODD_NAMES, search=ODD_DOMAINS, table=ODD_TABLES))
@settings(max_examples=40)
def test_exactly_these_commands_run(recorders: Path, texts: Texts) -> None:
    result = texts.transpiled("shell")

    commands = recorded(output(result), "up", recorders)

    config = commands.pop(3 if hooks(texts.pre_up, texts.name) else 2)
    expected = [
        ["ip", "link", "show", "dev", texts.name],
        ["ip", "link", "add", "dev", texts.name, "type", "wireguard"],
        *hooks(texts.pre_up, texts.name),
        ["ip", "-4", "address", "add", "10.0.0.1/24", "dev", texts.name],
        ["ip", "link", "set", "mtu", "1420", "up", "dev", texts.name],
        ["resolvconf", "-a", texts.name, "-m", "0", "-x", f"stdin:nameserver 10.0.0.53\nsearch {texts.search}\n"],
        ["ip", "-4", "route", "add", "10.20.0.0/16", "dev", texts.name, "table", texts.table],
        *hooks(texts.post_up, texts.name),
    ]
    assert [[encoded(word) for word in command] for command in expected] == commands
    assert [b"wg", b"addconf", encoded(texts.name), b"/dev/stdin"] == config[:-1]
    assert [b"stdin:[Interface]", *DEVICE] == [line for line in config[-1].splitlines() if not line.startswith(b"# ")]


def hooks(command: str, name: str) -> list[list[str]]:
    command = command.strip(BLANKS).replace("%i", name)
    return [["bash", "-e", "-o", "pipefail", "-O", "extglob", "-c", EVALUATED, f"hook:{command}"]] if command else []


@given(texts=hostile(*HOOKS, *COMMENTS))
def test_the_plan_holds_the_text_as_it_is(texts: Texts) -> None:
    plan = json.loads(output(texts.transpiled("json")))

    [device] = [step for step in plan["up"] if step["step"] == "ConfigureDevice"]
    commands = [step["command"] for step in plan["up"] if step["step"] == "RunHook"]
    comments = [text.strip(BLANKS) for text in (texts.comment_above, texts.comment_behind)]
    assert [
        hook[-1].removeprefix("hook:") for text in (texts.pre_up, texts.post_up) for hook in hooks(text, "wg0")
    ] == commands
    written, shown = [text for text in comments if text], device["peers"][0]["comments"]
    # What may be a part of a key is hidden in comments, also where it goes on in the next.
    may_be_hidden = len(re.sub(r"[^\w+/=-]", "", "".join(written))) >= 8
    assert all(
        now == before or (may_be_hidden and "(hidden)" in now) for before, now in zip(written, shown, strict=True)
    )


@pytest.mark.needs("root", "nft")
@given(many=st.lists(hostile("file", name=ODD_NAMES), min_size=1, max_size=20))
def test_nft_takes_the_firewall_under_any_name_that_is_not_refused(many: list[Texts]) -> None:
    config = "[Interface]\nAddress = 10.0.0.1/24, fd00::1/64\n[Peer]\nPublicKey = {}\nAllowedIPs = 0.0.0.0/0, ::/0\n"
    results = [pipeline.transpile(Source(texts.file, config.format(PEER)), texts.name, "nft") for texts in many]

    firewalls = "".join(output(result) for result in results if not result.failed)

    subprocess.run(["nft", "--check", "--file", "-"], input=encoded(firewalls), capture_output=True, check=True)


@pytest.mark.needs("shellcheck")
def test_shellcheck_finds_nothing_in_scripts_with_hostile_text(tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        result = Texts(text, text, text, text, file=f"{text}.conf").transpiled("shell")
        (tmp_path / f"{number}.sh").write_bytes(encoded(output(result)))

    done = subprocess.run(["shellcheck", *tmp_path.iterdir()], stdout=subprocess.PIPE, text=True, check=False)

    assert "" == done.stdout
