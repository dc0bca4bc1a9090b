"""The program as a user meets it: arguments and files in; exit status, stdout, stderr and files out."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cases import CASES, DIAGNOSTICS, GOLDEN, MANIFEST, written
from wgtranspile import __version__
from wgtranspile.diagnostics.catalogue import rules
from wgtranspile.report import FORMATS

ROOT = Path(__file__).parent.parent
PROGRAM = [sys.executable, "-B", "-m", "wgtranspile"]
PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
PRESHARED = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
GOOD = f"[Interface]\nPrivateKey = {PRIVATE}\nAddress = 10.0.0.1/24\n"
FULL_TUNNEL = f"{GOOD}[Peer]\nPublicKey = {PEER}\nPresharedKey = {PRESHARED}\nAllowedIPs = 0.0.0.0/0\n"
BAD = f"{GOOD}MTU = x\n"
WARNED = f"{GOOD}DNS = corp.example\n"

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, in which the program is run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def wgtranspile(
    *arguments: str | Path, stdin: str | bytes = b"", timeout: float | None = None, **environment: str
) -> Run:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        timeout=timeout,
        env={**os.environ, **environment},
    )
    assert b"Traceback" not in done.stderr
    assert b"[X999]" not in done.stderr
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode()
    )


def write(path: Path | str, text: str, mode: int = 0o600) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def codes(stderr: str) -> list[str]:
    return re.findall(r"^(?:error|warning|note)\[(\w+)\]", stderr, re.MULTILINE)


# --- exit status ---


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("config", "options", "status", "found"),
    [
        (GOOD, [], 0, []),
        (WARNED, [], 0, ["P308"]),
        (WARNED, ["--strict"], 1, ["P308"]),
        (WARNED, ["--strict", "--allow", "P308"], 0, ["P308"]),
        (WARNED, ["--strict", "--allow", "search-domain-without-server"], 0, ["P308"]),
        (WARNED, ["--strict", "--ignore", "P308"], 0, []),
        (WARNED, ["--strict", "--ignore", "search-domain-without-server"], 0, []),
        (WARNED, ["--strict", "--ignore", "C212"], 1, ["P308"]),
        (WARNED, ["--quiet"], 0, []),
        (WARNED, ["--quiet", "--strict"], 1, ["P308"]),
        (BAD, [], 1, ["C218"]),
        (BAD, ["--allow", "C218"], 1, ["C218"]),
        (GOOD, ["--keys", "file"], 1, ["B404"]),
    ],
)
def test_the_exit_status_tells_what_became_of_a_config(
    config: str, options: list[str], status: int, found: list[str]
) -> None:
    write("wg0.conf", config)

    run = wgtranspile("--to", "json", *options, "wg0.conf")

    assert status == run.returncode
    assert found == codes(run.stderr)
    assert (status == 0) == bool(run.stdout)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--to", "nonsense", "wg0.conf"],
        ["--to", "", "wg0.conf"],
        ["--to", "shell"],
        ["wg0.conf"],
        [],
        ["--to", "shell", "--no-such-option", "wg0.conf"],
        ["--to", "shell", "--keys", "nowhere", "wg0.conf"],
        ["--to", "shell", "--message-format", "xml", "wg0.conf"],
        ["--to", "shell", "--allow", "C999", "wg0.conf"],
        ["--to", "shell", "--ignore", "C999", "wg0.conf"],
        ["--to", "shell", "--ignore", "C218", "wg0.conf"],
        ["--to", "shell", "--ignore", "more-findings", "wg0.conf"],
        ["--to", "shell", "--statistics", "--message-format", "json", "wg0.conf"],
        ["--to", "shell", "--fwmark", "0", "wg0.conf"],
        ["--to", "shell", "--fwmark", "4294967296", "wg0.conf"],
        ["--to", "shell", "--fwmark", "x", "wg0.conf"],
        ["--to", "shell", "--mtu", "1279", "wg0.conf"],
        ["--to", "shell", "--mtu", "65536", "wg0.conf"],
        ["--to", "shell", "-"],
        ["--to", "shell", "--fwmark", "5", "wg0.conf", "wg1.conf"],
        ["--to", "shell", "--name", "a", "wg0.conf", "wg1.conf"],
        ["explain"],
        ["explain", "C999"],
        ["verify"],
        ["verify", "-"],
        ["verify", "--no-such-option"],
    ],
    ids=" ".join,
)
def test_wrong_usage_gives_status_2_and_nothing_on_stdout(arguments: list[str]) -> None:
    write("wg0.conf", GOOD)

    run = wgtranspile(*arguments)

    assert (2, "") == (run.returncode, run.stdout)
    assert run.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "argument",
    ["\x1b[2J", "a\nb", "é", "\udcff", "%s", "{x}", "a/b/c.conf", "x" * 5000, ".conf", "\\", "a b.conf"],
)
def test_an_odd_argument_gives_a_finding_and_no_traceback(argument: str) -> None:
    run = wgtranspile("--to", "json", argument)

    assert run.returncode in {0, 1}
    assert "" == run.stdout
    assert "\x1b" not in run.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "option", ["--to", "--keys", "--allow", "--ignore", "--message-format", "--name", "--fwmark", "-o"]
)
@pytest.mark.parametrize("value", ["", "\x1b[2J", "\udcff", "%s{x}"])
def test_an_odd_value_of_an_option_gives_no_traceback(option: str, value: str) -> None:
    write("wg0.conf", GOOD)

    run = wgtranspile("--to", "shell", option, value, "wg0.conf")

    assert run.returncode in {0, 1, 2}
    assert "\x1b" not in run.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--to", "json", ""], "CONFIG..."),
        (["--to", "json", "wg0.conf", ""], "CONFIG..."),
        *(
            (["--to", "json", option, "", "wg0.conf"], option)
            for option in ("--to", "--keys", "--activation", "--message-format", "--name", "--allow", "--ignore")
        ),
        (["--to", "json", "--allow", "P308", "--allow", "", "wg0.conf"], "--allow"),
        (["--to", "json", "--trust-owner", "", "-o", "out", "wg0.conf"], "--trust-owner"),
        (["verify", ""], "CONFIG"),
        (["verify", "--name", "", "wg0.conf"], "--name"),
        (["explain", ""], "CODE"),
        (["migrate", "--to", "networkd", ""], "IF..."),
        (["migrate", "--to", "networkd", "--allow", "", "wg0"], "--allow"),
        (["confirm", ""], "IF"),
        (["rollback", ""], "IF"),
    ],
    ids=lambda value: " ".join(map(repr, value)) if isinstance(value, list) else "",
)
def test_an_empty_argument_is_wrong_usage_and_stands_for_nothing(arguments: list[str], named: str) -> None:
    write("wg0.conf", GOOD)

    run = wgtranspile(*arguments)

    assert (2, "") == (run.returncode, run.stdout)
    assert run.stderr.startswith(f"wgtranspile: invalid value for '{named}': it is empty\n")


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("verify", []),
        ("verify", ["-"]),
        ("verify", ["a", "b"]),
        ("verify", ["--no-such-option"]),
        ("explain", []),
        ("explain", ["C999"]),
        ("migrate", ["wg0"]),
        ("migrate", ["--to", "x", "wg0"]),
        ("migrate", ["--to", "networkd", "--allow", "C999", "wg0"]),
        ("confirm", []),
        ("rollback", []),
    ],
)
def test_wrong_usage_of_a_command_leads_to_its_own_help(verb: str, arguments: list[str]) -> None:
    assert wgtranspile(verb, *arguments).stderr.endswith(f"\nTry `wgtranspile {verb} --help`.\n")


def test_version_and_help_say_what_it_is() -> None:
    assert f"wgtranspile {__version__}\n" == wgtranspile("--version").stdout
    assert "--to" in wgtranspile("--help").stdout
    assert "CODE" in wgtranspile("explain", "-h").stdout
    assert "CONFIG" in wgtranspile("verify", "--help").stdout


@pytest.mark.parametrize("word", ["B401", "b401", "save-config-not-expressible"])
def test_explain_tells_all_about_a_finding(word: str) -> None:
    run = wgtranspile("explain", word)

    assert 0 == run.returncode
    assert run.stdout.startswith("B401 save-config-not-expressible (warning, dropped)\n\nWith `SaveConfig = true`")
    assert "\nWhat to do: edit the config" in run.stdout


def test_explain_names_the_findings_that_there_are() -> None:
    said = wgtranspile("explain", "nonsense").stderr

    assert [] == [rule.code for rule in rules() if rule.code not in said]


@pytest.mark.usefixtures("folder")
def test_a_terminal_shows_a_diff_and_an_explanation_in_colour_unless_nobody_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("wg0.conf", GOOD)
    check, explain = ("--to", "json", "--check", "-o", "out", "wg0.conf"), ("explain", "B401")
    monkeypatch.delenv("NO_COLOR", raising=False)

    diff, explanation = on_terminal(*check, status=1), on_terminal(*explain)

    assert "\x1b[1m--- /dev/null\x1b[0m" in diff
    assert "\x1b[32m+{\x1b[0m" in diff
    assert explanation.startswith("\x1b[1mB401 save-config-not-expressible\x1b[0m (warning, dropped)")
    assert "\x1b" not in wgtranspile(*check).stdout + wgtranspile(*explain).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal(*check, status=1) + on_terminal(*explain)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "networkdd", "x"], "not 'networkdd'; did you mean `networkd`?"),
        (["--to", "networkd@247", "x"], "249 and later are supported; 252, 257 and 262 are tested"),
        (["--to", "nft@1", "x"], "--to names version '1' of nft; it has no versions"),
        (["migrate", "--to", "networkd@252", "wg0"], "not 'networkd@252'; did you mean `networkd`?"),
        (["--to", "nft", "--keys", "flie", "x"], "not 'flie'; did you mean `file`?"),
        (["--to", "nft", "--activation", "bot", "x"], "not 'bot'; did you mean `boot`?"),
        (["--to", "shell", "--activation", "manual", "x"], "--activation has no effect with --to shell; leave it out"),
        (["--to", "nm", "--no-keep-foreign-rules", "x"], "--keep-foreign-rules has no effect with --to networkmanager"),
        (["migrate", "--to", "nm", "--keep-foreign-rules", "x"], "--keep-foreign-rules has no effect with --to"),
        (["--to", "nft", "--message-format", "jsn", "x"], "not 'jsn'; did you mean `json`?"),
        (["migrate", "--to", "networkmanger", "wg0"], "not 'networkmanger'; did you mean `networkmanager`?"),
        (["--to", "nft", "--stirct", "x"], "there is no option '--stirct'; did you mean `--strict`?"),
        (["verify", "--josn"], "there is no option '--josn'; did you mean `--json`?"),
        (["verifi"], "there is no command 'verifi'; did you mean `verify`?"),
        (["explain", "B4011"], "there is no finding 'B4011'; did you mean `B411`?"),
        (["--to", "nft", "--\x1b[31mx", "x"], "there is no option '--\\x1b[31mx'"),
        (["verify", "a", "SECRET\x1b[2J", "OTHER"], "unexpected argument 'SECRET\\x1b[2J'"),
        (["--to", "nft", "--mtu", "\x1b", "--name", "OTHER", "x"], "invalid value for '--mtu': '\\x1b' is not"),
    ],
    ids=lambda value: " ".join(value).encode("unicode_escape").decode() if isinstance(value, list) else "",
)
def test_wrong_usage_names_one_word_and_what_may_be_meant(arguments: list[str], said: str) -> None:
    stderr = wgtranspile(*arguments).stderr

    assert re.fullmatch(rf"wgtranspile: .*{re.escape(said)}.*\nTry `wgtranspile( \w+)? --help`\.\n", stderr)
    assert "OTHER" not in stderr


@pytest.mark.parametrize("verb", ["", "verify", "explain", "migrate", "confirm", "rollback"])
def test_the_usage_line_of_help_is_that_of_the_manual_page(verb: str) -> None:
    name = f"wgtranspile {verb}".rstrip()

    [usage] = re.findall(rf"^Usage: {name} (.+)$", wgtranspile(*verb.split(), "--help").stdout, re.MULTILINE)

    assert re.fullmatch(r"\[OPTIONS\] (\[CONFIG\]|[A-Z]+(\.\.\.)?)", usage)
    assert f".B {name}\n{usage}\n" in (ROOT / "man/wgtranspile.1").read_text()


# --- what is read ---


def test_a_config_on_standard_input_needs_a_name(folder: Path) -> None:
    run = wgtranspile("--to", "json", "--name", "up0", "-", stdin=GOOD)

    assert 0 == run.returncode
    assert "up0" == json.loads(run.stdout)["interface"]
    assert set() == files(folder)


@pytest.mark.usefixtures("folder")
def test_a_name_counts_where_the_file_has_another() -> None:
    write("a name too long for a link.txt", GOOD)

    run = wgtranspile("--to", "json", "--name", "up0", "a name too long for a link.txt")

    assert ("up0", "a name too long for a link.txt") == tuple(map(json.loads(run.stdout).get, ("interface", "source")))


@pytest.mark.usefixtures("folder")
def test_a_bare_name_is_looked_up_as_by_wg_quick() -> None:
    run = wgtranspile("--to", "json", "no-such-link")

    assert (1, "") == (run.returncode, run.stdout)
    assert ["X901"] == codes(run.stderr)
    # On many hosts only root may look into that folder.
    why = "(No such file or directory|Permission denied)"
    assert re.search(f"cannot read `/etc/wireguard/no-such-link.conf`: {why}", run.stderr)


@pytest.mark.usefixtures("folder")
def test_a_file_needs_its_ending_or_a_name() -> None:
    write("wg0", GOOD)

    assert "/etc/wireguard/wg0.conf" in wgtranspile("--to", "json", "wg0").stderr
    assert "does not end in `.conf`" in wgtranspile("--to", "json", "./wg0").stderr
    assert 0 == wgtranspile("--to", "json", "--name", "wg0", "./wg0").returncode


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_read_is_said() -> None:
    Path("loop.conf").symlink_to("loop.conf")

    run = wgtranspile("--to", "json", "loop.conf", "missing.conf")

    assert (1, "") == (run.returncode, run.stdout)
    assert ["X901", "X901"] == codes(run.stderr)


def test_all_configs_below_a_folder_are_read_each_with_its_place(folder: Path) -> None:
    for path in ("fleet/a/wg0.conf", "fleet/b/wg0.conf", "fleet/b/deep/wg1.conf"):
        write(path, GOOD)
    write("fleet/b/.hidden.conf", BAD)
    write("fleet/b/notes.txt", BAD)

    run = wgtranspile("--to", "json", "-o", "out", "fleet")

    assert 0 == run.returncode
    expected = {"a/etc/wireguard/wg0.plan.json", "b/etc/wireguard/wg0.plan.json", "b/deep/etc/wireguard/wg1.plan.json"}
    assert expected == {path for path in files(folder / "out") if not path.startswith(".wgtranspile/")}


@pytest.mark.usefixtures("folder")
def test_default_routes_of_one_host_get_different_marks() -> None:
    write("fleet/a/wg0.conf", FULL_TUNNEL)
    write("fleet/a/wg1.conf", FULL_TUNNEL)
    write("fleet/b/wg0.conf", FULL_TUNNEL)

    wgtranspile("--to", "nft", "-o", "out", "fleet")

    assert ["51820", "51821", "51820"] == [
        re.findall(r"meta mark (\d+)", path.read_text())[0] for path in sorted(Path("out").rglob("*.nft"))
    ]


@pytest.mark.usefixtures("folder")
def test_each_config_of_a_fleet_is_read_once_and_its_lines_are_shown_all_the_same() -> None:
    paths = [Path("a/wg0.conf"), Path("b/wg0.conf")]
    for path in paths:
        path.parent.mkdir()
        os.mkfifo(path)
    with ThreadPoolExecutor() as writers:
        writing = [writers.submit(path.write_text, GOOD) for path in paths]
        said = wgtranspile("--to", "json", "--check", "--fleet-checks", *map(str, paths), timeout=60).stderr
        assert [len(GOOD)] * 2 == [each.result() for each in writing]

    masked = f"PrivateKey = {'*' * len(PRIVATE)}\n   |              {{}}{{}}\n"
    assert masked.format("^" * len(PRIVATE), "") in said
    assert masked.format("-" * len(PRIVATE), " first here") in said


@pytest.mark.usefixtures("folder")
def test_hosts_are_compared_when_asked_and_the_configs_of_one_host_always() -> None:
    for path in ("fleet/a/wg0.conf", "fleet/b/wg0.conf", "fleet/b/wg1.conf"):
        write(path, GOOD)

    assert ["H601", "H603"] == codes(wgtranspile("--to", "json", "-o", "out", "fleet").stderr)
    checked = wgtranspile("--to", "json", "-o", "out", "--fleet-checks", "--message-format", "concise", "fleet")
    assert 0 == checked.returncode
    line = GOOD.splitlines().index(f"PrivateKey = {PRIVATE}") + 1
    assert [
        f"fleet/b/{name}.conf:{line}:14: warning[F701] this `PrivateKey` is also used in fleet/a/wg0.conf:{line}"
        for name in ("wg0", "wg1")
    ] == re.findall(r"^.*F701.*$", checked.stderr, re.MULTILINE)
    strict = ("--to", "json", "-o", "none", "--strict", "--allow", "H601", "--allow", "H603", "fleet")
    assert (1, False) == (wgtranspile("--fleet-checks", *strict).returncode, Path("none").exists())
    assert (0, True) == (wgtranspile(*strict).returncode, Path("none").exists())


@pytest.mark.usefixtures("folder")
def test_a_folder_without_configs_gives_nothing() -> None:
    Path("empty").mkdir()

    run = wgtranspile("--to", "json", "empty")

    assert "" == run.stdout
    assert 0 != run.returncode


# --- keys ---


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("config", "mode", "found"),
    [
        (GOOD, 0o644, ["K501"]),
        (GOOD, 0o640, []),
        ("[Interface]\n", 0o644, ["C227"]),
        ("[Interface]\nPrivateKey = {{ vault_key }} # of this host\r\n", 0o644, ["C233"]),
        ("[Interface]\nPrivateKey = {{ vault_key }}\nPrivateKey = {{ vault_key }}x\n", 0o644, ["K501", "C233", "C207"]),
    ],
)
def test_keys_that_everyone_may_read_are_warned_of(config: str, mode: int, found: list[str]) -> None:
    Path().chmod(0o755)
    write("wg0.conf", config, mode)

    assert found == codes(wgtranspile("--to", "json", "wg0.conf").stderr)


KEYS = f"""\
[Interface]
PrivateKey = {{{{ vault_wg0 }}}}
[Peer]
PublicKey = {PEER}
PresharedKey = {PRESHARED}
Endpoint = 198.51.100.1:51820
"""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("config", [KEYS, KEYS.replace("PrivateKey = {{ vault_wg0 }}\n", "")])
@pytest.mark.parametrize("backend", ["networkd", "shell", "json", "nft"])
def test_a_config_without_keys_passes_strictly_where_the_host_has_them(backend: str, config: str) -> None:
    write("wg0.conf", config.replace(PRESHARED, "{{ vault_psk }}"), 0o644)

    run = wgtranspile("--to", backend, "--strict", "--keys", "external", "-o", "out", "wg0.conf")

    assert 0 == run.returncode, run.stderr


@pytest.mark.usefixtures("folder")
def test_the_files_that_hold_the_keys_on_the_host_are_told() -> None:
    write("fleet/alpha/wg0.conf", KEYS)
    folder, psk = "etc/wireguard/wg0.keys", f"{PEER.rstrip('=')}.psk"
    external = ("--to", "shell", "--keys", "external")

    note = wgtranspile(*external, "-o", "out", "fleet/alpha/wg0.conf").stderr
    report = json.loads(wgtranspile(*external, "-o", "tree", "--message-format", "json", "fleet").stderr)

    assert (
        f"  /{folder}/private (0600 root:root): `PrivateKey` of fleet/alpha/wg0.conf, `{{{{ vault_wg0 }}}}`\n"
        f"  /{folder}/{psk} (0600 root:root): `PresharedKey` of the peer at fleet/alpha/wg0.conf:4\n"
    ) in note
    assert f"  wg genkey | install -D -m 0600 -o root -g root /dev/stdin /{folder}/private\n" in note
    common = {"mode": "0600", "owner": "root", "group": "root", "interface": "wg0", "file": "fleet/alpha/wg0.conf"}
    assert [
        {"path": f"alpha/{folder}/private", "setting": "PrivateKey", "peer": None, "line": None}
        | {"placeholder": "vault_wg0", **common},
        {"path": f"alpha/{folder}/{psk}", "setting": "PresharedKey", "peer": PEER, "line": 4}
        | {"placeholder": None, **common},
    ] == report["keys"]
    assert PRESHARED not in note + json.dumps(report) + Path("out/etc/wireguard/wg0.sh").read_text()
    assert {"etc/wireguard/wg0.sh"} == files(Path("out"))


@pytest.mark.usefixtures("folder")
def test_keys_that_are_written_need_no_other_file() -> None:
    write("wg0.conf", FULL_TUNNEL)

    run = wgtranspile("--to", "shell", "--keys", "file", "-o", "out", "--message-format", "json", "wg0.conf")

    assert [] == json.loads(run.stderr)["keys"]


@pytest.mark.usefixtures("folder")
def test_a_command_in_a_message_may_be_pasted_whatever_a_file_is_called() -> None:
    Path("$(touch PWNED)").mkdir(mode=0o755)
    Path().chmod(0o755)
    write("$(touch PWNED)/wg0.conf", GOOD, 0o644)

    [command] = re.findall("`(chmod 600 .*?)`", wgtranspile("--to", "json", "$(touch PWNED)/wg0.conf").stderr)
    subprocess.run(["sh", "-c", command], check=True)

    assert not Path("PWNED").exists()
    assert 0o600 == Path("$(touch PWNED)/wg0.conf").stat().st_mode & 0o777


@pytest.mark.usefixtures("folder")
def test_an_empty_folder_is_not_the_current_one() -> None:
    write("wg0.conf", GOOD)

    run = wgtranspile("--to", "shell", "-o", "", "wg0.conf")

    assert (2, [Path("wg0.conf")]) == (run.returncode, [*Path().iterdir()])
    assert "it is empty; use . for the current folder" in run.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("config", "backend", "mode", "options", "found"),
    [
        (FULL_TUNNEL, "shell", 0o644, [], ["K502"]),
        (FULL_TUNNEL, "shell", 0o640, [], ["K502"]),
        (FULL_TUNNEL, "shell", 0o600, [], []),
        (FULL_TUNNEL, "nft", 0o644, [], []),
        (FULL_TUNNEL, "shell", 0o644, ["--strict"], ["K502"]),
        (FULL_TUNNEL, "shell", 0o644, ["--strict", "--keep-going"], ["K502"]),
    ],
)
def test_a_file_that_others_may_read_is_no_place_for_keys(
    config: str, backend: str, mode: int, options: list[str], found: list[str]
) -> None:
    write("wg0.conf", config)
    place = Path("output")
    place.touch()
    place.chmod(mode)

    with place.open("w") as output:
        command = [*PROGRAM, "--to", backend, *options, "wg0.conf"]
        run = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)

    assert found == [code for code in codes(run.stderr) if code == "K502"]
    assert ("--strict" in options) == (place.read_bytes() == b"") == (1 == run.returncode)


def on_terminal(*arguments: str, status: int = 0) -> str:
    """Run the program with a terminal for its stdout, to this end; give what it shows there."""
    here, there = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(here, 65536):
                shown.append(part)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read)
    reader.start()
    run = subprocess.run([*PROGRAM, *arguments], stdout=there, stderr=subprocess.PIPE, check=False)
    os.close(there)
    reader.join()
    os.close(here)
    assert status == run.returncode, run.stderr
    return b"".join(shown).decode()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("backend", ["shell", "json"])
def test_keys_are_hidden_on_a_terminal_unless_they_are_asked_for(backend: str) -> None:
    write("wg0.conf", FULL_TUNNEL)

    shown = on_terminal("--to", backend, "wg0.conf")

    assert PRIVATE not in shown
    assert PRESHARED not in shown
    # A script also holds a digest, and a key of zeros, which stands for none.
    assert {"json": 2, "shell": 4}[backend] == shown.count("(hidden)")
    assert PEER in shown
    assert PRIVATE in on_terminal("--to", backend, "--show-keys", "wg0.conf")


@pytest.mark.usefixtures("folder")
def test_in_a_pipe_the_output_is_complete() -> None:
    write("wg0.conf", FULL_TUNNEL)

    plan = json.loads(wgtranspile("--to", "json", "wg0.conf").stdout)

    [device] = [step for step in plan["up"] if step["step"] == "ConfigureDevice"]
    assert (PRIVATE, PRESHARED) == (device["private_key"], device["peers"][0]["preshared_key"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("message_format", FORMATS)
def test_no_key_is_said_in_a_finding(message_format: str) -> None:
    mistyped = f"PrivatKey = {PRESHARED}\nPrivateKey = {PRESHARED[:-2]}\n[Peer]\nPresharedKey = '{PRESHARED}'\n"
    write("wg0.conf", GOOD + mistyped)

    run = wgtranspile("--to", "shell", "--message-format", message_format, "wg0.conf")

    assert (1, "") == (run.returncode, run.stdout)
    assert {"C203", "C207"} == set(re.findall("C20[37]", run.stderr))
    assert [] == [part for key in (PRIVATE, PRESHARED) for part in (key[2:18], key[22:40]) if part in run.stderr]


# --- what is written ---


def test_what_is_refused_touches_no_file_and_says_nothing_on_stdout(folder: Path) -> None:
    write("good.conf", GOOD)
    write("bad.conf", BAD)
    write("out/etc/wireguard/good.sh", "old\n")

    for output in ([], ["-o", "out"]):
        run = wgtranspile("--to", "shell", *output, "good.conf", "bad.conf")

        assert (1, "") == (run.returncode, run.stdout)
        assert "wrote" not in run.stderr
    assert {"good.conf", "bad.conf", "out/etc/wireguard/good.sh"} == files(folder)
    assert "old\n" == Path("out/etc/wireguard/good.sh").read_text()


def test_what_is_fine_is_written_when_asked_to_keep_going(folder: Path) -> None:
    write("good.conf", GOOD)
    write("bad.conf", BAD)

    run = wgtranspile("--to", "shell", "--keep-going", "-o", "out", "good.conf", "bad.conf")

    assert 1 == run.returncode
    assert ["C218"] == codes(run.stderr)
    assert {"etc/wireguard/good.sh"} == files(folder / "out")


def test_a_tree_is_written_with_modes_and_a_word_on_how_it_comes_to_life(folder: Path) -> None:
    write("wg0.conf", FULL_TUNNEL)

    run = wgtranspile("--to", "shell", "-o", "build/deep", "--keys", "file", "wg0.conf")

    assert (0, "") == (run.returncode, run.stdout)
    assert {
        "etc/wireguard/wg0.sh": 0o700,
        "etc/wireguard/wg0.keys/private": 0o600,
        f"etc/wireguard/wg0.keys/{PEER.rstrip('=')}.psk": 0o600,
    } == {path: (folder / "build/deep" / path).stat().st_mode & 0o7777 for path in files(folder / "build/deep")}
    assert "wrote build/deep/etc/wireguard/wg0.sh (0700)\n" in run.stderr
    assert "\n  /etc/wireguard/wg0.sh up\n" in run.stderr


@pytest.mark.usefixtures("folder")
def test_one_artefact_is_printed_bare_and_several_below_their_places() -> None:
    write("wg0.conf", GOOD)

    assert wgtranspile("--to", "shell", "wg0.conf").stdout.startswith("#!/bin/sh\n")
    printed = wgtranspile("--to", "shell", "--keys", "file", "wg0.conf").stdout
    assert [
        "# etc/wireguard/wg0.sh (0700 root:root)",
        "# etc/wireguard/wg0.keys/private (0600 root:root)",
    ] == re.findall(r"^# etc/.*$", printed, re.MULTILINE)
    assert printed.endswith(f"private (0600 root:root)\n{PRIVATE}\n")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("options", [[], ["--check"]], ids=str)
@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("file", "`file`: it is a file"),
        ("file/below/it", "`file`: it is a file"),
        ("/dev/null", "`/dev/null`: it is a device"),
        ("pipe", "`pipe`: it is a named pipe"),
        ("socket", "`socket`: it is a socket"),
    ],
)
def test_an_output_that_is_no_folder_is_named_with_what_to_do(output: str, said: str, options: list[str]) -> None:
    write("wg0.conf", GOOD)
    write("file", "")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as found:
        found.bind("socket")

    run = wgtranspile("--to", "shell", "-o", output, *options, "wg0.conf")

    assert (1, "") == (run.returncode, run.stdout)
    assert ["X902"] == codes(run.stderr)
    assert f"cannot write {said}, not a folder\n" in run.stderr
    assert "omit it to write to stdout, or use `--check` to only check" in run.stderr
    assert "wrote" not in run.stderr


def test_two_configs_for_one_file_are_refused(folder: Path) -> None:
    write("a/wg0.conf", GOOD)
    write("b/wg0.conf", GOOD)

    for output in ([], ["-o", "out"]):
        run = wgtranspile("--to", "shell", *output, "a/wg0.conf", "b/wg0.conf")

        assert (1, "") == (run.returncode, run.stdout)
        assert ["X903"] == codes(run.stderr)
    assert {"a/wg0.conf", "b/wg0.conf"} == files(folder)


def test_a_file_that_tunnels_share_is_written_once(folder: Path) -> None:
    write("wg0.conf", GOOD)
    write("wg1.conf", GOOD)

    run = wgtranspile("--to", "networkd", "--keep-foreign-rules", "-o", "out", "wg0.conf", "wg1.conf")

    assert 0 == run.returncode
    shared = "out/etc/systemd/networkd.conf.d/50-keep-foreign-rules.conf"
    assert 1 == run.stderr.count(f"wrote {shared} ")
    assert shared in files(folder)


@pytest.mark.usefixtures("folder")
def test_two_configs_for_one_file_are_refused_also_when_asked_to_keep_going() -> None:
    write("a/wg0.conf", GOOD)
    write("b/wg0.conf", GOOD)

    run = wgtranspile("--to", "shell", "--keep-going", "-o", "out", "a/wg0.conf", "b/wg0.conf")

    assert 1 == run.returncode
    assert not Path("out").exists()


@pytest.mark.usefixtures("folder")
def test_check_without_output_only_says_what_is_found() -> None:
    configs = [write("a/wg0.conf", FULL_TUNNEL), write("b/wg0.conf", FULL_TUNNEL)]
    bad = write("b/wg1.conf", BAD)

    fine = wgtranspile("--to", "networkd", "--check", "--message-format", "json", *configs)
    refused = wgtranspile("--to", "networkd", "--check", "--message-format", "concise", *configs, bad)

    assert (0, "") == (fine.returncode, fine.stdout)
    report = json.loads(fine.stderr)
    assert 2 == [artefact["path"] for artefact in report["artefacts"]].count("etc/systemd/network/50-wg0.network")
    assert "/etc/systemd/system/wireguard-wg0.service" in [artefact["link_to"] for artefact in report["artefacts"]]
    assert ["/etc/wireguard/wg0.tunnel activate"] * 2 == report["activate"]
    assert "networkd" == report["target"]
    assert (1, "") == (refused.returncode, refused.stdout)
    assert "b/wg1.conf:4:7: error[C218] `x` is not a valid MTU\n" in refused.stderr
    assert {"a", "b"} == {path.name for path in Path().iterdir()}


@pytest.mark.usefixtures("folder")
def test_the_report_names_the_version_that_the_files_are_for() -> None:
    config = write("wg0.conf", FULL_TUNNEL)

    run = wgtranspile("--to", "nm@1.42", "-o", "out", "--message-format", "json", config)

    report = json.loads(run.stderr)
    assert (0, "networkmanager@1.42") == (run.returncode, report["target"])
    assert {"networkmanager"} == {found["backend"] for found in report["diagnostics"]} - {None}


@pytest.mark.usefixtures("folder")
def test_check_without_output_judges_the_configs_of_a_folder_together() -> None:
    marks = [
        re.findall("assumes mark (\\d+)", wgtranspile("--to", "networkd", "--check", *paths).stderr)
        for paths in (
            [write("a/wg0.conf", FULL_TUNNEL), write("a/wg1.conf", FULL_TUNNEL)],
            [Path("a/wg0.conf"), write("b/wg0.conf", FULL_TUNNEL)],
        )
    ]

    assert [2, 1] == [len(set(found)) for found in marks]


# --- how findings are shown ---


@pytest.mark.usefixtures("folder")
def test_findings_are_shown_in_each_format() -> None:
    write("wg0.conf", BAD)

    text, concise, document, lines, annotations, log = (
        wgtranspile("--to", "shell", "--message-format", wanted, "wg0.conf").stderr for wanted in FORMATS
    )

    assert text.startswith("error[C218]: `x` is not a valid MTU\n  --> wg0.conf:4:7\n")
    assert "wg0.conf:4:7: error[C218] `x` is not a valid MTU\n" == concise
    assert ["C218"] == [found["code"] for found in json.loads(document)["diagnostics"]]
    finding, summary = map(json.loads, lines.splitlines())
    assert ("C218", 1, 0, 1) == (finding["code"], summary["configs"], summary["artefacts"], summary["errors"])
    assert annotations.startswith(
        "::error file=wg0.conf,line=4,endLine=4,col=7,endColumn=8,title=C218 invalid-mtu::`x`"
    )
    assert ["C218"] == [found["ruleId"] for found in json.loads(log)["runs"][0]["results"]]


@pytest.mark.usefixtures("folder")
def test_a_run_over_several_configs_ends_with_their_number() -> None:
    write("fleet/a/wg0.conf", WARNED)
    write("fleet/b/wg0.conf", GOOD)
    write("fleet/c/wg0.conf", BAD)

    written = wgtranspile("--to", "shell", "--keep-going", "-o", "out", "fleet").stderr
    refused = wgtranspile("--to", "shell", "fleet").stderr
    unreadable = wgtranspile("--to", "shell", "--keep-going", "fleet/b/wg0.conf", "absent.conf").stderr

    found = r"1 error \(C218\), 1 warning \(P308\)"
    assert re.search(rf"\n3 configs, 2 artefacts, {found}, \d+\.\d s\n\Z", written)
    assert re.search(rf"\n3 configs, 0 artefacts, {found}, \d+\.\d s\n\Z", refused)
    assert re.search(r"\n2 configs, 1 artefact, 1 error \(X901\), 0 warnings, \d+\.\d s\n\Z", unreadable)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("message_format", ["text", "concise", "github"])
def test_a_run_over_one_config_without_findings_says_nothing(message_format: str) -> None:
    write("wg0.conf", GOOD)

    assert "" == wgtranspile("--to", "shell", "--message-format", message_format, "wg0.conf").stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("output", [[], ["-o", "out"]])
def test_json_says_what_is_made_and_holds_no_key(output: list[str]) -> None:
    write("wg0.conf", FULL_TUNNEL)

    run = wgtranspile("--to", "shell", "--message-format", "json", *output, "wg0.conf")

    report = json.loads(run.stderr)
    assert [("etc/wireguard/wg0.sh", "0700", True)] == [
        (artefact["path"], artefact["mode"], artefact["secret"]) for artefact in report["artefacts"]
    ]
    assert (["/etc/wireguard/wg0.sh up"], ["/etc/wireguard/wg0.sh down"]) == (report["activate"], report["deactivate"])
    assert PRIVATE not in run.stderr


@pytest.mark.usefixtures("folder")
def test_json_lists_nothing_that_is_not_written() -> None:
    write("good.conf", GOOD)
    write("bad.conf", BAD)
    write("file", "")

    for arguments in (["good.conf", "bad.conf"], ["-o", "file", "good.conf"]):
        report = json.loads(wgtranspile("--to", "shell", "--message-format", "json", *arguments).stderr)

        assert [[], [], []] == [report["artefacts"], report["activate"], report["deactivate"]]


# --- the end of a process ---


@pytest.mark.usefixtures("folder")
def test_a_reader_that_goes_away_is_no_one_s_business() -> None:
    write("wg0.conf", GOOD + "".join(f"PostUp = : {'x' * 1000}\n" for _ in range(500)))  # more than a pipe holds

    run = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$@" | head -1', "-", *PROGRAM, "--to", "shell", "wg0.conf"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("#!/bin/sh\n", "", 0) == (run.stdout, run.stderr, run.returncode)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["explain", "B403"],
        ["--to", "json", "wg0.conf"],
        *([verb, "--help"] for verb in ("verify", "explain", "migrate", "confirm", "rollback")),
    ],
    ids=" ".join,
)
def test_so_is_one_that_has_gone_before_anything_is_said(arguments: list[str]) -> None:
    write("wg0.conf", GOOD)
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "wb") as pipe:
        run = subprocess.run([*PROGRAM, *arguments], stdout=pipe, stderr=subprocess.PIPE, text=True, check=False)

    assert ("", 0) == (run.stderr, run.returncode)


@pytest.mark.parametrize("command", [["--to", "json"], ["verify"]], ids=" ".join)
@pytest.mark.parametrize(("stdin", "why"), [("<&-", "it is closed"), ("0>/dev/null", "Bad file descriptor")])
def test_a_standard_input_that_gives_nothing_is_not_readable(command: list[str], stdin: str, why: str) -> None:
    shell = ["sh", "-c", f'"$@" {stdin}', "-"]

    run = subprocess.run(
        [*shell, *PROGRAM, *command, "--name", "wg0", "-"], capture_output=True, text=True, check=False
    )

    assert (1, "") == (run.returncode, run.stdout)
    assert f"error[X901]: cannot read `standard input`: {why}\n" in run.stderr


@pytest.mark.usefixtures("folder")
def test_a_full_disk_is_no_success() -> None:
    write("wg0.conf", GOOD)

    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [*PROGRAM, "--to", "shell", "wg0.conf"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert 1 == run.returncode
    assert "Traceback" not in run.stderr
    assert "[X999]" not in run.stderr


@pytest.mark.usefixtures("folder")
def test_a_closed_stdout_is_no_success() -> None:
    write("wg0.conf", GOOD)

    run = subprocess.run(
        ["sh", "-c", '"$@" >&-', "-", *PROGRAM, "--to", "shell", "wg0.conf"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert 1 == run.returncode
    assert ["X902"] == codes(run.stderr)


@pytest.mark.usefixtures("folder")
def test_an_interrupt_ends_it_without_a_word() -> None:
    os.mkfifo("wg0.conf")

    process = subprocess.Popen(  # what runs in the background may have been told to ignore interrupts
        ["env", "--default-signal=INT", *PROGRAM, "--to", "shell", "./wg0.conf"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with Path("wg0.conf").open("wb"):  # it has come to the point where it reads
        process.send_signal(signal.SIGINT)
    said = process.communicate()

    assert (b"", b"") == said
    assert 130 == process.returncode


def test_a_defect_is_reported_with_its_place_and_without_what_it_met(folder: Path) -> None:
    """A backend of others that fails, registered as such are."""
    write("wg0.conf", GOOD)
    write("plugin/broken.py", "def emit(plan, options):\n    raise RuntimeError(list(plan.secrets())[0][:])\n")
    write("plugin/broken-1.dist-info/METADATA", "Name: broken\nVersion: 1\n")
    write("plugin/broken-1.dist-info/entry_points.txt", "[wgtranspile.backends]\nbroken = broken\n")

    run = subprocess.run(
        [*PROGRAM, "--to", "broken", "-o", "out", "wg0.conf"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{folder}/plugin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (1, "") == (run.returncode, run.stdout)
    assert run.stderr.startswith("error[X999]: wgtranspile failed: RuntimeError in broken.py:2\n")
    assert PRIVATE not in run.stderr
    assert not Path("out").exists()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("backend", ["shell", "nft", "json"])
def test_the_program_writes_what_the_golden_files_show(backend: str) -> None:
    case = CASES["hooks"]

    wgtranspile("--to", backend, "-o", "out", GOLDEN / case.name / "input/wg0.conf")

    found = {path: (Path("out") / path).read_bytes() for path in files(Path("out"))}
    expected = written(case, backend)
    assert {path: expected[path] for path in expected.keys() - {MANIFEST, DIAGNOSTICS}} == found


# --- what strangers write ---


@pytest.mark.parametrize("backend", ["shell", "networkd", "nm", "nft", "json"])
@pytest.mark.usefixtures("folder")
def test_the_name_of_a_folder_stays_in_the_line_above_an_artefact(backend: str) -> None:
    write("fleet/a\ntouch PWNED\n#/wg0.conf", FULL_TUNNEL)
    write("fleet/b/wg0.conf", FULL_TUNNEL)

    run = wgtranspile("--to", backend, "--keys", "inline" if backend != "nft" else "external", "fleet")

    assert 0 == run.returncode, run.stderr
    assert "touch PWNED" not in [line.strip() for line in run.stdout.split("\n")]
    assert '# "a\\ntouch PWNED\\n#/' in run.stdout


@pytest.mark.usefixtures("folder")
def test_the_name_of_a_folder_stays_in_the_head_of_a_diff() -> None:
    write("fleet/a\n::error::PWNED\n#/wg0.conf", GOOD)

    run = wgtranspile("--to", "shell", "--check", "-o", "out", "fleet")

    assert '+++ "b/a\\n::error::PWNED\\n#/etc/wireguard/wg0.sh"' in run.stdout.splitlines()
    assert not any(line.startswith("::") for line in run.stdout.splitlines())


@pytest.mark.usefixtures("folder")
def test_a_pipe_gets_a_hook_as_it_is_and_a_terminal_what_can_be_seen() -> None:
    hook = ": evil #\x1b[2K\r\x9b1m\u202e harmless"
    write("wg0.conf", f"{GOOD}PostUp = {hook}\n")
    command = ("--to", "shell", "wg0.conf")

    piped = wgtranspile(*command).stdout
    shown = on_terminal(*command)

    assert hook in piped
    assert ": evil #\\x1b[2K\\r\\x9b1m\\u202e harmless" in shown
    assert [] == [char for char in shown if not char.isprintable() and char not in "\r\n\t"]
    assert "\r" not in shown.replace("\r\n", "")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("mangled", [b64decode(PRESHARED).hex(), PRESHARED.rstrip("="), PRESHARED * 2])
def test_a_terminal_does_not_show_a_key_in_a_hook_however_it_is_written(mangled: str) -> None:
    write("wg0.conf", f"{GOOD}PostUp = echo {mangled} | wg set %i private-key /dev/stdin\n")

    shown = on_terminal("--to", "shell", "wg0.conf")

    assert "(hidden)" in shown
    assert mangled[:20] not in shown


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("message_format", FORMATS)
def test_a_config_of_a_kind_that_was_a_defect_stops_no_other(message_format: str) -> None:
    write("fleet/a/wg0.conf", GOOD)
    write("fleet/b/wg0.conf", f"{GOOD}[Peer]\nPublicKey = {PEER}\nPersistentKeepalive = {'9' * 5000}\n")
    write("fleet/c/wg0.conf", GOOD)

    run = wgtranspile("--to", "shell", "--keep-going", "-o", "out", "--message-format", message_format, "fleet")

    assert 1 == run.returncode
    assert {"a/etc/wireguard/wg0.sh", "c/etc/wireguard/wg0.sh"} == {
        name for name in files(Path("out")) if name[0] in "abc"
    }
    assert "fleet/b/wg0.conf" in run.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_verify_of_hostile_text_can_be_written_to_any_stdout(encoding: str) -> None:
    path = Path("wg-none0.conf")
    path.write_bytes(
        f"{GOOD}Table = \udcff\u00e9\n[Peer]\nPublicKey = {PEER}\nAllowedIPs = 10.0.0.0/8\n".encode(
            "utf-8", "surrogateescape"
        )
    )

    run = wgtranspile("verify", path, PYTHONIOENCODING=encoding)

    assert 1 == run.returncode
    assert not run.stdout or "wg-none0" in run.stdout
