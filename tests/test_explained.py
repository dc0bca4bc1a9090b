"""The example of each finding: what it shows causes the finding, and what is mended does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from wgtranspile import examples
from wgtranspile.diagnostics import Rule, Severity, catalogue

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wgtranspile"
TABLES = tomllib.loads((PACKAGE / "examples.toml").read_text(encoding="utf-8"))
# Findings without an example, and why.
NONE = {
    "X990": "a config with more than 500 findings shows nothing that the text does not say",
    "X999": "a defect: no input is known to cause it",
}
# Findings whose example is not mended, and why.
UNMENDED = {
    "B410": "the host needs systemd-resolved; the config is fine",
    "B418": "what has to run at shutdown is no matter of the config",
    "B419": "every link with IPv6 has a link-local address there",
    "B425": "the host needs systemd-resolved; the config is fine",
    "B428": "a restart does this to every such tunnel",
    "B430": "every link with IPv6 has it enabled there",
    "B441": "a restart does this to every such tunnel",
    "B444": "an older systemd does this to every such tunnel",
    "M805": "the host needs a later version of its distribution",
    "M807": "what will happen, and is meant to",
    "M812": "what will happen, and is meant to",
    "M816": "what will happen, and is meant to",
    "M818": "where a hook is the cause, nothing is wrong",
    "M819": "what cannot be known",
}
# All keys of examples: those of the golden cases, their public keys, and one that lacks its end.
KEYS = {
    "6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=",
    "RsH0jTQYjlXhrucKrtTIEQLc1TgJywxphp+reU4i8D0=",
    "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=",
    "iOFKPPYNX9TMGOusj58VJVw7ii5QKxYKo5seewPD+WQ=",
    "m0wstRLsLu7cXR3KzKxGDX3N6OuLfKVhibXFQ5gC4DU=",
    "ClHg0vwa/lTm5Sob1pHcYjzQXdbOjSTKL2cpIuYYNC8=",
    "Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=",
    "Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M",
    "kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=",
    "dPJS+n72tOArEQN2zOeEeP0MqIq/VMILxJGprazExU8=",
    "tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0=",
}
COMMANDS = {
    (scene.command, tuple(scene.files)): scene
    for code in TABLES["configs"]
    if (example := examples.example(code))
    for scene in example
}
NETWORK = "build/etc/systemd/network"
# What a session meets: the usual files, and these.
LONG = "office-hamburg-vpn"
PREPARED = {
    "C235": f"mv wg0.conf {LONG}.conf",
    "C236": f"sed -i '/^Address/a PostUp = iptables -A FORWARD -i {LONG} -j ACCEPT' wg0.conf; mv wg0.conf {LONG}.conf",
    "K501": "chmod 644 wg0.conf",
    "X902": "touch build",
    "X905": f"mkdir -p {NETWORK}; echo '[Match]' > {NETWORK}/50-wg0.network",
}
# Sessions that are not run: they need a host with systemd, or the user `ci`.
NOT_RUN = {code for code in TABLES["sessions"] if code.startswith("M")} | {"X904"}
CONFIG = examples._tables()["configs"]["B428"].replace("\n  ", "\n").strip() + "\n"  # noqa: SLF001


def rule_of(code: str) -> Rule:
    rule = catalogue.rule(code)
    assert rule
    return rule


def example_of(code: str) -> examples.Example:
    example = examples.example(code)
    assert example
    return example


@pytest.mark.parametrize("rule", catalogue.rules(), ids=lambda rule: rule.code)
def test_a_finding_has_an_example_or_a_reason_why_it_has_none(rule: Rule) -> None:
    assert (rule.code in NONE) == (examples.example(rule.code) is None)


def test_there_are_examples_of_findings_only_in_their_order() -> None:
    for table in TABLES.values():
        assert {*table} <= {rule.code for rule in catalogue.rules()}
        assert sorted(table, key=lambda code: ("SCPBKHFMX".index(code[0]), code)) == [*table]


@pytest.mark.parametrize("code", UNMENDED)
def test_an_example_that_is_not_mended_is_of_what_does_not_stop_a_run_of_a_config(code: str) -> None:
    before, after = example_of(code)

    assert before == after
    assert rule_of(code).severity is not Severity.ERROR or code.startswith("M")


@pytest.mark.parametrize("code", TABLES["configs"])
def test_a_config_causes_the_finding_and_no_other_error(code: str) -> None:
    found = examples.findings(example_of(code).before)

    assert code in [each.rule.code for each in found]
    assert {each.rule.code for each in found if each.severity is Severity.ERROR} <= {code}


@pytest.mark.parametrize("code", [code for code in TABLES["configs"] if code not in UNMENDED])
def test_a_mended_config_does_not_cause_the_finding_nor_any_error_or_warning(code: str) -> None:
    found = examples.findings(example_of(code).after)

    assert code not in [each.rule.code for each in found]
    assert {each.severity for each in found} <= {Severity.NOTE}


@pytest.mark.parametrize("scene", COMMANDS.values(), ids=lambda scene: scene.command.removeprefix("wgtranspile "))
def test_what_is_shown_is_what_a_run_prints(scene: examples.Scene, tmp_path: Path) -> None:
    for path, text in scene.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        (tmp_path / path).chmod(0o600)

    printed = run(f"{scene.command} --message-format concise", tmp_path).stdout

    codes = re.findall(r"(?m): (?:error|warning|note)\[(\w+)\]", printed)
    assert sorted(codes) == sorted(each.rule.code for each in examples.findings(scene))


@pytest.mark.parametrize("code", TABLES["sessions"])
def test_a_session_prints_the_message_of_its_finding(code: str) -> None:
    rule = rule_of(code)
    message = re.sub(r"\\\{\w+\\\}", ".+", re.escape(rule.message))

    assert re.search(rf"^{rule.severity}\[{code}\]: {message}$", example_of(code).before.command, re.MULTILINE)


@pytest.mark.parametrize("code", [code for code in TABLES["sessions"] if code not in NOT_RUN])
def test_a_session_prints_what_it_shows(code: str, tmp_path: Path) -> None:
    if code == "X901" and Path("/etc/wireguard").exists():
        pytest.skip("this host may have a tunnel of its own")
    before, after = (prepare(tmp_path / name, code) for name in ("before", "after"))
    shown, mended = example_of(code)

    caused, gone = play(shown.command, before), play(mended.command, after)

    assert printed_in(shown.command) <= {*caused.stdout.splitlines()}
    assert printed_in(mended.command) <= {*gone.stdout.splitlines()}
    assert (0, False) == (gone.returncode, f"[{code}]" in gone.stdout)


@pytest.mark.parametrize("code", [*TABLES["configs"], *TABLES["sessions"]])
def test_an_example_is_short_and_its_keys_are_known(code: str) -> None:
    for scene in example_of(code):
        for text in scene.files.values():
            assert len(text.splitlines()) <= 16
            assert max(map(len, text.splitlines())) <= 80
            assert {*re.findall(r"[A-Za-z0-9+/]{42,}=?", text)} <= KEYS


@pytest.mark.parametrize("code", ["C212", "B404", "F703", "M806", "X990"])
def test_explain_shows_what_causes_a_finding_and_what_does_not(code: str, tmp_path: Path) -> None:
    said = run(f"wgtranspile explain {code}", tmp_path)

    assert 0 == said.returncode
    assert [] == [line for line in said.stdout.splitlines() if line != line.rstrip()]
    has_example = code not in NONE
    assert (has_example, has_example) == ("\nExample:\n" in said.stdout, "\nCorrected:\n" in said.stdout)
    assert has_example == bool(re.search(rf"^    \w+\[{code}\]: ", said.stdout, re.MULTILINE))


def test_examples_are_read_from_an_archive_of_the_package(tmp_path: Path) -> None:
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in [*PACKAGE.rglob("*.py"), PACKAGE / "examples.toml"]:
            packed.write(path, path.relative_to(ROOT))
    code = "from wgtranspile import examples; print(examples.__file__); print(examples.example('C203').after.files)"

    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": str(archive)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(archive) in done.stdout
    assert "Address = 10.10.0.2/24" in done.stdout


def prepare(folder: Path, code: str) -> Path:
    """Make a folder with the files that sessions use."""
    for name in ("wg0.conf", "fleet/berlin/wg0.conf", "fleet/hamburg/wg0.conf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(CONFIG)
        (folder / name).chmod(0o600)
    folder.chmod(0o755)
    run(PREPARED.get(code, ":"), folder)
    return folder


def play(session: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands of a session, each if the one before has succeeded."""
    lines = f"$ {session}".splitlines()
    return run(" && ".join(line.removeprefix("$ ") for line in lines if line.startswith("$ ")), folder)


def printed_in(session: str) -> set[str]:
    """Give the lines of a session that are printed."""
    return {line for line in session.splitlines()[1:] if not line.startswith("$ ")}


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of a shell that has `wgtranspile`; stdout and stderr are given as one."""
    script = f'wgtranspile() {{ "{sys.executable}" -B -m wgtranspile "$@"; }}; umask 022; {command}'
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
