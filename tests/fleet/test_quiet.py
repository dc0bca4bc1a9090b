"""What people are told of many hosts: little where all is well, and what must be done on the last screen."""

from __future__ import annotations

import json
import os
import re
import signal
from shutil import rmtree
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import LIMIT, tree

if TYPE_CHECKING:
    from tests.fleet.fleet import Fleet

HOSTS = 40  # more than are made in one process
PLAIN = """\
[Interface]
PrivateKey = {key}
Address = 10.0.0.{number}/32
DNS = 10.64.0.1
[Peer]
PublicKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA8=
AllowedIPs = 0.0.0.0/0
Endpoint = 198.51.100.1:51820
"""
NOTES, WARNING, ERROR = {"B403", "B410", "B428"}, "P308", "C218"
SUMMARY = rf"{HOSTS} configs, \d+ artefacts, 1 error \({ERROR}\), 1 warning \({WARNING}\), \d+ notes \(.*\), [\d.]+ s"
BROKEN, WARNED = "fleet/h01/wg0.conf", "fleet/h02/wg0.conf"


@pytest.fixture
def hosts(fleet: Fleet) -> Fleet:
    """Give hosts of a provider, of which one of the first is broken and the next gives a warning."""
    for number in range(HOSTS):
        text = PLAIN.format(key=f"{number:042}8=", number=number + 1)
        fleet.write(f"fleet/h{number:02}/wg0.conf", text)
    edit(fleet, BROKEN, "DNS = 10.64.0.1", "MTU = x")
    edit(fleet, WARNED, "10.64.0.1", "corp.example")
    return fleet


def edit(fleet: Fleet, path: str, old: str, new: str) -> None:
    fleet.write(path, (fleet.folder / path).read_text().replace(old, new))


def mend(fleet: Fleet) -> None:
    edit(fleet, BROKEN, "MTU = x", "DNS = 10.64.0.1")


def codes(said: str) -> list[str]:
    return re.findall(r"^(?:error|warning|note)\[(\w+)\]", said, re.MULTILINE)


# --- text ---


@pytest.mark.parametrize("options", [[], ["-o", "out"], ["--check"], ["-o", "out", "--check"]], ids=" ".join)
def test_many_hosts_give_a_screen_that_ends_with_the_error_and_a_summary(hosts: Fleet, options: list[str]) -> None:
    said = hosts.run(*options, "fleet").stderr

    assert {*NOTES, WARNING, ERROR} == {*codes(said)}
    assert len(codes(said)) == len({*codes(said)})
    assert [WARNING, ERROR] == codes(said)[-2:]
    assert 60 > len(said.splitlines())
    assert f"--> {BROKEN}:4:7\n" in said
    assert re.fullmatch(SUMMARY, said.splitlines()[-1])


def test_the_number_of_lines_does_not_depend_on_that_of_hosts(hosts: Fleet) -> None:
    many = hosts.run("--check", "fleet")
    for number in range(10, HOSTS):
        rmtree(hosts.folder / f"fleet/h{number}")
    few = hosts.run("--check", "fleet")

    assert len(few.stderr.splitlines()) == len(many.stderr.splitlines())


def test_concise_has_a_line_for_each_finding(hosts: Fleet) -> None:
    said = hosts.run("--check", "--message-format", "concise", "fleet").stderr

    assert 2 + HOSTS * 2 < len(said.splitlines())
    assert all(re.match(r"fleet/h\d\d/wg0.conf(:\d+:\d+)?: (error|warning|note)\[", line) for line in said.splitlines())


def test_one_config_is_shown_as_it_is_found(hosts: Fleet) -> None:
    text = (hosts.folder / WARNED).read_text()
    hosts.write("one/wg0.conf", text.replace("DNS", "Nonsense = 1\nNonsense = 1\nDNS"))

    said = hosts.run("one").stderr

    assert ["C203", "C203"] == codes(said)
    assert "also at" not in said
    assert " configs, " not in said


def test_the_findings_of_fleet_checks_are_gathered_too(hosts: Fleet) -> None:
    mend(hosts)
    for number in range(HOSTS):
        edit(hosts, f"fleet/h{number:02}/wg0.conf", f"{number:042}8=", f"{7:042}8=")
    hosts.secrets.add(f"{7:042}8=")

    said = hosts.run("--check", "--fleet-checks", "fleet").stderr

    assert 1 == codes(said).count("F701")
    assert f"{HOSTS - 1} places in {HOSTS - 1} configs" in said


def test_what_was_found_until_an_interrupt_is_said(hosts: Fleet) -> None:
    waiting = hosts.write("later/wg0.conf", "")
    waiting.unlink()
    os.mkfifo(waiting)

    with hosts.start("--check", BROKEN, WARNED, "later/wg0.conf") as process, waiting.open("wb"):
        process.send_signal(signal.SIGINT)  # it has come to the point where it reads the last
        process.wait(LIMIT)

    said = (hosts.folder / "said").read_text()
    assert 130 == process.returncode
    assert [WARNING, ERROR] == codes(said)[-2:]
    assert said.endswith("\n\nstopped after 2 configs\n")


# --- --quiet ---


def test_quiet_says_nothing_where_nothing_is_refused(hosts: Fleet) -> None:
    mend(hosts)

    for options in (["-o", "out"], ["-o", "out"], ["--check", "-o", "out"], ["--message-format", "concise"]):
        ended = hosts.run("--quiet", *options, "fleet")

        assert (0, "") == (ended.status, ended.stderr)


@pytest.mark.parametrize("options", [["--check"], ["-o", "out"], ["--keep-going", "-o", "out"]], ids=" ".join)
def test_quiet_shows_errors_and_what_the_run_came_to(hosts: Fleet, options: list[str]) -> None:
    ended = hosts.run("--quiet", *options, "fleet")

    assert (1, [ERROR]) == (ended.status, codes(ended.stderr))
    assert re.fullmatch(SUMMARY, ended.stderr.splitlines()[-1])


def test_quiet_changes_no_file(hosts: Fleet) -> None:
    mend(hosts)
    for output in ("loud", "quiet"):
        hosts.share_key(output)

    hosts.run("-o", "loud", "fleet")
    hosts.run("--quiet", "-o", "quiet", "fleet")

    loud, quiet = (
        {path: entry.value() for path, entry in tree(hosts.folder / output).items()} for output in ("loud", "quiet")
    )
    assert loud == quiet


# --- --ignore ---


@pytest.mark.parametrize("message_format", ["text", "concise", "github"])
def test_what_is_ignored_is_not_shown_to_people(hosts: Fleet, message_format: str) -> None:
    run = ("--check", "--message-format", message_format, "fleet")

    shown, ignored = hosts.run(*run), hosts.run("--ignore", "B403", "--ignore", "dns-needs-resolved", *run)

    pattern = r"(?:error|warning|note)\[(\w+)\]|title=(\w+)"
    before, after = ({code or title for code, title in re.findall(pattern, ended.stderr)} for ended in (shown, ignored))
    assert {"B403", "B410"} == before - after
    assert not after - before


def test_what_is_ignored_is_counted(hosts: Fleet) -> None:
    mend(hosts)
    many = hosts.run("--check", "--ignore", WARNING, "--ignore", "B403", "fleet").stderr
    one = hosts.run("--check", "--ignore", WARNING, WARNED).stderr

    assert f"1 warning ({WARNING}; 1 ignored)" in many
    assert f"; {HOSTS} ignored), " in many
    assert f"1 config, 0 artefacts, 1 warning ({WARNING}; 1 ignored)" not in many
    assert f"1 warning ({WARNING}; 1 ignored)" in one.splitlines()[-1]


def test_programs_are_told_what_is_ignored(hosts: Fleet) -> None:
    options = ("--check", "--ignore", WARNING, "--quiet", "--message-format")

    report = json.loads(hosts.run(*options, "json", "fleet").stderr)
    *lines, summary = map(json.loads, hosts.run(*options, "json-lines", "fleet").stderr.splitlines())
    results = json.loads(hosts.run(*options, "sarif", "fleet").stderr)["runs"][0]["results"]

    for found in (report["diagnostics"], lines):
        assert {WARNING} == {each["code"] for each in found if each["ignored"]}
        assert {*NOTES, WARNING, ERROR} == {each["code"] for each in found}
    assert {WARNING} == {each["ruleId"] for each in results if each.get("suppressions") == [{"kind": "external"}]}
    assert len(lines) == len(results) == summary["errors"] + summary["warnings"] + summary["notes"]
    assert (1, 1, 1, len(lines)) == (
        summary["ignored"],
        summary["codes"][WARNING],
        summary["codes"][ERROR],
        sum(summary["codes"].values()),
    )


def test_strict_refuses_nothing_for_what_is_ignored(hosts: Fleet) -> None:
    mend(hosts)

    strict = hosts.run("--check", "--strict", "fleet")
    ignoring = hosts.run("--check", "--strict", "--ignore", WARNING, "fleet")

    assert (1, 0) == (strict.status, ignoring.status)
    assert [WARNING] == [code for code in codes(strict.stderr) if code not in NOTES]
    assert f"1 warning ({WARNING}; 1 ignored)" in ignoring.stderr


@pytest.mark.parametrize("name", [ERROR, "invalid-mtu"])
def test_an_error_cannot_be_ignored(hosts: Fleet, name: str) -> None:
    ended = hosts.run("--check", "--ignore", name, "fleet")

    assert (2, "") == (ended.status, ended.stdout)
    assert "--ignore: C218 (invalid-mtu) is an error, which cannot be ignored\n" in ended.stderr


def test_a_mistyped_finding_is_asked_back(hosts: Fleet) -> None:
    assert "--ignore: there is no finding 'mark-asumed'; did you mean `mark-assumed`?" in (
        hosts.run("--ignore", "mark-asumed", "fleet").stderr
    )


# --- --statistics ---


@pytest.mark.parametrize("message_format", ["text", "concise"])
def test_statistics_count_what_concise_lists(hosts: Fleet, message_format: str) -> None:
    listed = hosts.run("--check", "--message-format", "concise", "fleet").stderr

    said = hosts.run("--check", "--statistics", "--message-format", message_format, "fleet").stderr

    rows = re.findall(r"^ *(\d+)  (\w\d{3})  (\w+) +[\w-]+$", said, re.MULTILINE)
    assert {code: int(number) for number, code, _ in rows} == {
        code: listed.count(f"[{code}]") for code in {*NOTES, WARNING, ERROR}
    }
    assert [int(number) for number, _, _ in rows] == sorted((int(number) for number, _, _ in rows), reverse=True)


def test_quiet_statistics_stand_in_place_of_all_but_errors(hosts: Fleet) -> None:
    refused = hosts.run("--check", "--quiet", "--statistics", "fleet").stderr
    mend(hosts)
    fine = hosts.run("--check", "--quiet", "--statistics", "fleet").stderr

    assert [ERROR] == codes(refused)
    assert [] == codes(fine)
    assert len(NOTES) + 1 == len(fine.splitlines())


# --- what to do next ---


def test_a_folder_run_ends_with_what_to_do_next(hosts: Fleet) -> None:
    refused = hosts.run("-o", "out", "fleet").stderr
    partly = hosts.run("--keep-going", "-o", "out", "fleet").stderr
    mend(hosts)
    written, again = (hosts.run("-o", "out", "fleet").stderr for _ in range(2))

    assert "next: " not in refused
    assert f"the files of {HOSTS - 1} hosts are under out: h00/etc, ...\n" in partly
    for said in (written, again):
        *_, where, what, summary = said.splitlines()
        assert f"the files of {HOSTS} hosts are under out: h00/etc, ..." == where
        assert (
            'next: copy each etc folder to / on its host, and bring the tunnels up; see "Roll out" in docs/fleets.md'
            == what
        )
        assert summary.startswith(f"{HOSTS} configs, ")
    assert "next: " not in hosts.run("--message-format", "concise", "-o", "out", "fleet").stderr
    assert "next: " not in hosts.run("--check", "-o", "out", "fleet").stderr


def test_the_only_host_of_a_folder_is_named(hosts: Fleet) -> None:
    said = hosts.run("-o", "out", "fleet/h00").stderr

    assert "\nthe files of 1 host are under out: etc\nnext: " in said
