"""What is found before a migration, of hosts that are given as facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.compare.states import live
from wgtranspile.artefact import Command
from wgtranspile.backends.targets import NETWORKD, NETWORKMANAGER, KeyStorage, Target
from wgtranspile.compare import Area, Difference, Unchecked, Verdict
from wgtranspile.files import inputs
from wgtranspile.migration import before, course, facts, preflight, prepare
from wgtranspile.migration.facts import Facts
from wgtranspile.migration.model import Candidate, Migration, Status, Unit
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

    version: tuple[int, ...] | None = None
    daemon: Unit = RUNNING
    keeps_foreign_rules: bool = False
    rules_of_networkd: tuple[PolicyRule, ...] = ()
    configured: dict[str, tuple[Path, ...]] = field(default_factory=dict)
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
    target: Target = NETWORKD,
    options: Options = Options(),  # noqa: B008  frozen
    seconds: int = 0,
    rules: tuple[PolicyRule, ...] = (),
    config: str = CONFIG,
) -> Migration:
    result = transpile(
        Source("/etc/wireguard/wg0.conf", config), "wg0", target.name, options._replace(fwmark=51820, mtu=1420)
    )
    assert result.tunnel
    assert result.emission
    host = live(config)
    local, default = PolicyRule(Family.IPV4, 0, 255), PolicyRule(Family.IPV4, 32767, 253)
    host = host._replace(rules=(local, *host.rules, *rules, default))
    tunnel = Candidate(result.tunnel, result.emission, host, (), by_unit=True, enabled=True)
    return Migration(target, (tunnel,), RUNNING, target.tested[0], Path("/var/lib/wgtranspile/wg0"), seconds)


def codes(host: Host, asked: Migration | None = None) -> list[str]:
    asked = asked or migration()
    asked = asked._replace(version=asked.version if host.version is None else host.version, daemon=host.daemon)
    return [found.rule.code for found in preflight.findings(asked, host.facts())]


def test_nothing_stands_in_the_way_of_a_plain_host() -> None:
    assert [] == codes(Host())
    assert [] == codes(Host(), migration(NETWORKMANAGER))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (Host(version=()), "M804"),
        (Host(daemon=Unit(active=False, enabled="not-found")), "M804"),
        (Host(version=(248, 3)), "M805"),
        (Host(daemon=Unit(active=False, enabled="masked")), "M806"),
        (Host(daemon=STOPPED), "M807"),
        (Host(configured={NETWORKD.name: (Path("/etc/systemd/network/wg.network"),)}), "M810"),
        (Host(configured={NETWORKMANAGER.name: (Path("/etc/NM/wg0"),)}), "M810"),
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
    assert [] == codes(Host(has_resolved=False), migration(NETWORKMANAGER, config=config))


def test_what_the_dispatcher_is_to_run_needs_it() -> None:
    host = Host(has_dispatcher=False)

    assert ["M823"] == codes(host, migration(NETWORKMANAGER))
    assert [] == codes(host, migration(NETWORKMANAGER, config=CONFIG.replace("0.0.0.0/0", "10.9.0.0/16")))
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


@pytest.mark.parametrize(("target", "too_old"), [(NETWORKD, (248, 9)), (NETWORKMANAGER, (1, 41, 9))])
@pytest.mark.parametrize("keys", [KeyStorage.INLINE, KeyStorage.CREDENTIAL])
def test_a_target_may_be_as_old_as_the_oldest_that_is_supported(
    target: Target, too_old: tuple[int, ...], keys: KeyStorage
) -> None:
    asked = migration(target, Options(keys=keys if keys in target.keys else None))

    assert ["M805"] == codes(Host(version=too_old), asked)
    assert [] == codes(Host(version=target.oldest), asked)


def test_networkmanager_must_run_already() -> None:
    assert ["M808"] == codes(Host(daemon=STOPPED), migration(NETWORKMANAGER))


def test_a_file_of_ours_is_no_second_one() -> None:
    assert [] == codes(Host(configured={NETWORKD.name: (NETWORK,)}, numbered={51820: (NETWORK,)}))


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
        (Host(), migration(NETWORKMANAGER, rules=(FOREIGN,))),
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

    stops = [Command(("systemctl", "stop", f"wg-quick@{name}.service")) for name in ("wg1", "wg0")]
    assert stops == list(course.stop(both))


@pytest.mark.parametrize("version", [(250, 4), (252, 39), (), (247,)])
def test_the_files_are_for_the_version_on_the_host(
    version: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wg0.conf").write_text(CONFIG)
    (tunnel,) = migration().tunnels
    monkeypatch.setattr(inputs, "of_interface", lambda name: inputs.Named(tmp_path / "wg0.conf", name))
    monkeypatch.setattr("wgtranspile.migration.snapshot", lambda _: tunnel.live)
    monkeypatch.setattr(before, "verify", lambda _: Verdict((), ()))
    asked = {"is_root": True, "has_systemd": True, "version": version, "unit": RUNNING, "gather": Host().facts()}
    for question, answer in asked.items():
        monkeypatch.setattr(facts, question, lambda *_, answer=answer: answer)

    prepared = prepare(["wg0"], NETWORKD, Options())

    assert prepared.migration
    files = {artefact.path.suffix: artefact.content for artefact in prepared.migration.tunnels[0].emission.artefacts}
    assert (version == (250, 4)) == ("\nScope=link\n" in files[".network"])
    assert (version in ((), (247,))) == prepared.refused
