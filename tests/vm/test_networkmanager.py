"""What `--to networkmanager` makes of configs, against wg-quick on the same machine.

NetworkManager gives its routes and rules the protocol `static`; at `PreUp` the tunnel is configured already (B417). A
link that has IPv6, or hooks, gets a link-local address (B419), one that has none is without IPv6 (B420).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.lab.snapshot import Snapshot
from tests.vm.cases import ONLY_ON_THE_HOST, Case, corpus, golden, named, showing_new
from tests.vm.course import CommandError, compared, succeed
from tests.vm.life import emitted, lay
from wgtranspile.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _pytest.mark.structures import ParameterSet

    from tests.vm.machine import Machine
    from wgtranspile.diagnostics import Diagnostic

BACKEND = "networkmanager"
CASES = [*golden(BACKEND), *corpus()]
RUN = [case for case in CASES if not case.refusals(BACKEND)]
# On the other suites: each golden case, and of the corpus what shows something new.
FIRST = [case for case in RUN if case.golden or case in showing_new(RUN, together=1)]
# Those that show most: the part is short, as networkd's shows what a case is made of.
PART = showing_new(sorted((case for case in RUN if case.golden), key=lambda case: -len(case.features())), together=1)[
    :8
]
# Where a case has nothing to be compared with, or is no case for the suite.
LEFT_OUT = {
    # Its wg does not know the `+` of allowed IPs.
    ("bookworm", "golden/incremental-allowed-ips"),
    ("trixie", "golden/incremental-allowed-ips"),
    # Its NetworkManager does not take the profile, which has a test of its own below.
    ("bookworm", "golden/dns-without-address"),
    ("bookworm", "golden/networkmanager-1.46-dns"),
    # Its keys are asked for: test_networkmanager_life.py gives them.
    *((suite, "golden/keys-external") for suite in ("bookworm", "forky", "trixie")),
    # wg-quick has no keys for these.
    *((suite, name) for suite in ("bookworm", "forky", "trixie") for name in ONLY_ON_THE_HOST),
}
# What is declared, by its code: the parts of either state, and what is dropped from their lines, with the address that
# the finding names; and what `verify` says of it.
DECLARED = {
    "B419": ("links|routes of IPv6", r'.*"fe80::(?!ff:fe00:2\b).*|.*"fe80::/64", "dev": "(?!up0\b).*'),
    "B420": ("sysctl|routes of IPv6", r".*/(?!up0/|all/|default/|lo/)[^/]*/disable_ipv6:.*|.*ff00::/8.*"),
    "B421": ("resolver", r"(?<=[: ]){address} ?| {address}$"),
    "B427": ("resolver", r".*DNS Servers: .*"),  # `verify` looks at them, in any order
    "B424": ("routes of IPv4", r'.*"protocol": "kernel", "scope": "link", "prefsrc": "{address}".*'),
}
SEEN_BY_VERIFY = {
    "B421": r"\S+: DNS servers: wanted .*, found .*",
    "B424": r"\w+: route \S+: unexpected \(scope link src \S+\)",
}
ADDRESS = re.compile(r"[0-9a-f]*[.:][0-9a-f.:]*[0-9a-f]")
# What `verify` says beside the differences.
VERDICT = (
    r"\w+: \d+ differences? between the plan and the live state"
    r"|\w+: cause: .*|consequences:|\S+: note: this \w+ hook .*"
)


def cases_on(suite: str) -> list[Case]:
    """Give the cases that run on a suite."""
    return [case for case in (RUN if suite == "trixie" else FIRST) if (suite, case.name) not in LEFT_OUT]


def _runs() -> Iterator[ParameterSet]:
    """Give each case with each suite that it runs on; what is not in the part is marked."""
    for suite in ("trixie", "bookworm", "forky"):
        for case in cases_on(suite):
            marks = () if suite == "trixie" and case in PART else pytest.mark.thorough
            yield pytest.param(f"{suite} NetworkManager", case, marks=marks, id=f"{suite}-{case.name}")


@pytest.mark.parametrize(("machine", "case"), [*_runs()], indirect=["machine"])
def test_the_state_is_that_of_wg_quick(machine: Machine, case: Case) -> None:
    findings = case.findings(BACKEND)

    theirs, mine = compared(machine, case, BACKEND)

    assert less(theirs.tunnel, findings).difference(less(mine.tunnel, findings)) == ""
    assert list(as_seen(theirs.hooks)) == list(as_seen(mine.hooks))
    codes = {found.rule.code for found in findings} & SEEN_BY_VERIFY.keys()
    seen = "|".join((VERDICT, *(SEEN_BY_VERIFY[code] for code in codes)))
    assert [line for text in mine.verdicts for line in text.splitlines() if not re.fullmatch(seen, line.strip())] == []
    assert mine.left == ""
    assert mine.remembered == ()
    assert mine.warnings == ()


@pytest.mark.thorough
@pytest.mark.parametrize("machine", ["bookworm NetworkManager"], indirect=True)
def test_an_older_version_does_not_take_dns_without_an_address(machine: Machine) -> None:
    case = named("golden/dns-without-address")
    (emission,) = emitted(case.configs, BACKEND)
    machine.reset()
    lay(machine, [emission])

    with pytest.raises(CommandError):
        succeed(machine, emission.activate)
    assert "B423" in {found.rule.code for found in case.findings(BACKEND) if found.severity is Severity.WARNING}
    assert machine.run("[ -e /sys/class/net/wg0 ]").status


def less(state: Snapshot, findings: Iterable[Diagnostic]) -> Snapshot:
    """Give a state without what is declared."""
    parts = dict(state.parts)
    for found in findings:
        if found.rule.code in DECLARED:
            names, dropped = DECLARED[found.rule.code]
            address = ADDRESS.search(found.message)
            pattern = dropped.replace("{address}", re.escape(address[0])) if address else dropped
            for name in filter(re.compile(names).fullmatch, parts):
                parts[name] = tuple(filter(None, (re.sub(pattern, "", line) for line in parts[name])))
    return Snapshot(parts)


def as_seen(notes: Iterable[str]) -> Iterator[str]:
    """Give what hooks noted after `PreUp`, less what comes with a link-local address, or goes with IPv6."""
    phase = ""
    for note in notes:
        if note[:1] not in " \t":
            phase = note.split()[0]
        if phase != "PreUp" and not re.match(r"  (multicast ff00::/8|(local )?fe80::)", note):
            yield re.sub(r" proto static|fe80::\S+ ", "", note)
