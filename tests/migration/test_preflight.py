"""What is found before a migration, of hosts that are given as facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.compare.states import live
from wgtranspile.backends import KeyStorage
from wgtranspile.compare import Area, Difference, Unchecked, Verdict
from wgtranspile.migration import course, preflight
from wgtranspile.migration.facts import Facts
from wgtranspile.migration.model import Candidate, Migration, Status, Target, Unit
from wgtranspile.model import Family, PolicyRule
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

RUNNING, STOPPED = Unit(active=True, enabled="enabled"), Unit(active=False, enabled="disabled")
KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
CONFIG = f"""\
[Interface]
PrivateKey = {KEY}
Address = 10.8.0.2/24
[Peer]
PublicKey = {PEER}
Endpoint = 198.51.100.1:51820
AllowedIPs = 0.0.0.0/0
"""
NETWORK = Path("/etc/systemd/network/50-wg0.network")
# Of another program.
FOREIGN = PolicyRule(Family.IPV4, 9, 52)
SUPPRESSING = PolicyRule(Family.IPV4, 9, 254, suppress_prefixlength=0)


@dataclass
class Host:
    """A host on which a migration goes well, of which a test changes something."""

    versions: dict[Target, tuple[int, ...]] = field(
        default_factory=lambda: {Target.NETWORKD: (252,), Target.NETWORKMANAGER: (1, 42, 4)}
    )
    daemons: dict[Target, Unit] = field(default_factory=lambda: dict.fromkeys(Target, RUNNING))
    keeps_foreign_rules: bool = False
    rules_of_networkd: tuple[PolicyRule, ...] = ()
    configured: dict[Target, tuple[Path, ...]] = field(default_factory=dict)
    numbered: dict[int, tuple[Path, ...]] = field(default_factory=dict)
    mentioned: tuple[Path, ...] = ()
    drop_ins: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ("multi-user.target",)
    existing: frozenset[Path] = frozenset()
    session: str | None = "eth0"
    has_resolved: bool = True
    has_dispatcher: bool = True
    standing: Status | None = None

    def facts(self) -> Facts:
        return Facts(
            versions=self.versions,
            daemons=self.daemons,
            keeps_foreign_rules=self.keeps_foreign_rules,
            rules_of_networkd=self.rules_of_networkd,
            configured={"wg0": self.configured},
            numbered=self.numbered,
            mentioned={"wg0": self.mentioned},
            drop_ins={"wg0": self.drop_ins},
            dependents={"wg0": self.dependents},
            stopped_with={"wg0": ()},
            existing=self.existing,
            other_networks=(),
            endpoints=(),
            session=self.session,
            has_resolved=self.has_resolved,
            has_dispatcher=self.has_dispatcher,
            standings={"wg0": self.standing},
        )


def migration(
    target: Target = Target.NETWORKD,
    options: Options = Options(),  # noqa: B008  frozen
    seconds: int = 0,
    rules: tuple[PolicyRule, ...] = (),
    config: str = CONFIG,
) -> Migration:
    result = transpile(
        Source("/etc/wireguard/wg0.conf", config), "wg0", target, options._replace(fwmark=51820, mtu=1420)
    )
    assert result.tunnel
    assert result.emission
    host = live(config)
    local, default = PolicyRule(Family.IPV4, 0, 255), PolicyRule(Family.IPV4, 32767, 253)
    host = host._replace(rules=(local, *host.rules, *rules, default))
    tunnel = Candidate(result.tunnel, result.emission, host, (), by_unit=True, enabled=True)
    return Migration(target, (tunnel,), RUNNING, Path("/var/lib/wgtranspile/wg0"), seconds)


def codes(host: Host, asked: Migration | None = None) -> list[str]:
    asked = asked or migration()
    return [found.rule.code for found in preflight.findings(asked, host.facts())]


def test_nothing_stands_in_the_way_of_a_plain_host() -> None:
    assert [] == codes(Host())
    assert [] == codes(Host(), migration(Target.NETWORKMANAGER))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (Host(versions={Target.NETWORKD: ()}), "M804"),
        (Host(daemons={Target.NETWORKD: Unit(active=False, enabled="not-found")}), "M804"),
        (Host(versions={Target.NETWORKD: (247, 3)}), "M805"),
        (Host(daemons={Target.NETWORKD: Unit(active=False, enabled="masked")}), "M806"),
        (Host(daemons={Target.NETWORKD: STOPPED}), "M807"),
        (Host(configured={Target.NETWORKD: (Path("/etc/systemd/network/wg.network"),)}), "M810"),
        (Host(configured={Target.NETWORKMANAGER: (Path("/etc/NM/wg0"),)}), "M810"),
        (Host(mentioned=(Path("/etc/network/interfaces"),)), "M811"),
        (Host(existing=frozenset((NETWORK,))), "M812"),
        (Host(numbered={51820: (Path("/etc/systemd/network/wg7.netdev"),)}), "M822"),
        (Host(drop_ins=("/etc/systemd/system/wg-quick@wg0.service.d/a.conf",)), "M813"),
        (Host(dependents=("backup.service",)), "M814"),
        (Host(session="wg0"), "M815"),
        (Host(standing=Status.MIGRATED), "M817"),
        (Host(standing=Status.CHANGING), "M820"),
        (Host(standing=Status.UNCONFIRMED), "M820"),
    ],
)
def test_what_stands_in_the_way_is_found(host: Host, expected: str) -> None:
    assert [expected] == codes(host)


@pytest.mark.parametrize(
    "rule", [FOREIGN, SUPPRESSING, PolicyRule(Family.IPV6, 9, 254, other=(("from", "10.0.0.0/8"),))]
)
def test_rules_of_others_are_found(rule: PolicyRule) -> None:
    assert ["M809"] == codes(Host(), migration(options=Options(keep_foreign_rules=False), rules=(rule,)))


def test_rules_that_networkd_has_set_stay() -> None:
    asked = migration(options=Options(keep_foreign_rules=False), rules=(SUPPRESSING,))

    assert [] == codes(Host(rules_of_networkd=(SUPPRESSING,)), asked)


@pytest.mark.parametrize("standing", [Status.BACK, Status.FAILED])
def test_what_went_back_may_be_tried_again(standing: Status) -> None:
    assert [] == codes(Host(standing=standing))


def test_networkd_gives_name_servers_to_resolved_alone() -> None:
    config = CONFIG.replace("[Peer]", "DNS = 10.8.0.1\n[Peer]")

    assert ["M821"] == codes(Host(has_resolved=False), migration(config=config))
    assert [] == codes(Host(has_resolved=False))
    assert [] == codes(Host(has_resolved=False), migration(Target.NETWORKMANAGER, config=config))


def test_what_the_dispatcher_is_to_run_needs_it() -> None:
    host = Host(has_dispatcher=False)

    assert ["M823"] == codes(host, migration(Target.NETWORKMANAGER))
    assert [] == codes(host, migration(Target.NETWORKMANAGER, config=CONFIG.replace("0.0.0.0/0", "10.9.0.0/16")))
    assert [] == codes(host)


@pytest.mark.parametrize(("hook", "code"), [("", "M803"), ("PostUp = true\n", "M818"), ("PostDown = true\n", "M803")])
def test_a_tunnel_that_is_not_as_its_config_says_is_told_of(hook: str, code: str) -> None:
    (tunnel,) = migration(config=CONFIG.replace("[Peer]", f"{hook}[Peer]")).tunnels
    difference = Difference(Area.PEER, "x endpoint", "192.0.2.1:1", None, line=7)

    (found,) = preflight.of_live(tunnel.wanted, Verdict((difference,), ()))

    said = "the live tunnel differs from the config: peer x endpoint is nothing, not 192.0.2.1:1 (line 7)"
    assert (code, said) == (found.rule.code, found.message.partition(";")[0])


def test_what_cannot_be_compared_is_told_of() -> None:
    (tunnel,) = migration().tunnels

    (found,) = preflight.of_live(tunnel.wanted, Verdict((), (Unchecked(Area.DNS, "servers", "nobody knows them"),)))

    assert "M819" == found.rule.code
    assert found.message.endswith("DNS servers: nobody knows them")


@pytest.mark.parametrize(
    ("options", "oldest"),
    [
        (Options(), 249),
        (Options(keep_foreign_rules=False), 248),
        (Options(keys=KeyStorage.CREDENTIAL), 256),
        (Options(keys=KeyStorage.CREDENTIAL, keep_foreign_rules=False), 256),
    ],
)
def test_what_is_written_decides_how_old_the_target_may_be(options: Options, oldest: int) -> None:
    asked = migration(options=options)

    assert ["M805"] == codes(Host(versions={Target.NETWORKD: (oldest - 1,)}), asked)
    assert [] == codes(Host(versions={Target.NETWORKD: (oldest,)}), asked)


def test_networkmanager_must_run_already() -> None:
    host = Host(daemons=dict.fromkeys(Target, STOPPED))

    assert ["M808"] == codes(host, migration(Target.NETWORKMANAGER))


def test_a_file_of_ours_is_no_second_one() -> None:
    assert [] == codes(Host(configured={Target.NETWORKD: (NETWORK,)}, numbered={51820: (NETWORK,)}))


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("[Peer]", "FwMark = 51820\n[Peer]"),
        CONFIG.replace("[Peer]", "Table = 51820\n[Peer]"),
        CONFIG.replace("0.0.0.0/0", "10.0.0.0/8"),
    ],
    ids=["FwMark", "Table", "no default route"],
)
def test_a_number_that_wg_quick_did_not_choose_may_be_in_use(config: str) -> None:
    numbered: dict[int, tuple[Path, ...]] = {51820: (Path("/etc/systemd/network/wg7.netdev"),)}

    assert [] == codes(Host(numbered=numbered), migration(config=config))


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        (Host(), migration(rules=(FOREIGN,))),
        (Host(keeps_foreign_rules=True), migration(options=Options(keep_foreign_rules=False), rules=(FOREIGN,))),
        (Host(), migration(Target.NETWORKMANAGER, rules=(FOREIGN,))),
    ],
    ids=["by default", "so already", "NetworkManager"],
)
def test_rules_of_others_are_no_matter_where_they_are_left_alone(host: Host, asked: Migration) -> None:
    assert [] == codes(host, asked)


def test_a_session_in_the_tunnel_is_guarded_by_a_confirmation() -> None:
    assert ["M816"] == codes(Host(session="wg0"), migration(seconds=60))


def test_what_is_done_first_is_undone_last() -> None:
    (tunnel,) = migration().tunnels
    other = tunnel._replace(wanted=tunnel.wanted._replace(interface="wg1"))
    both = migration()._replace(tunnels=(tunnel, other))

    assert ["systemctl stop wg-quick@wg1.service", "systemctl stop wg-quick@wg0.service"] == list(course.stop(both))
