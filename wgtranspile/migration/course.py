"""The commands of a migration, forth and back. Pure: a migration and facts in, commands and files out."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact, Command
from wgtranspile.backends import firewall
from wgtranspile.backends.quoting import line, nft_string, shell_word, shell_words, unit_name
from wgtranspile.backends.targets import NETWORKD
from wgtranspile.files import UNFINISHED
from wgtranspile.migration.model import Status
from wgtranspile.model import number
from wgtranspile.templating import Raw, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.backends.targets import Target
    from wgtranspile.migration.facts import Facts
    from wgtranspile.migration.model import Candidate, Migration

_SYSTEM = Path("/etc/systemd/system")
# What puts the unit back that guards a way back that is taken later.
_SPARE = "recover.service"
_FAMILIES = {4: "ip", 6: "ip6"}
_WAIT_ONLINE = "systemd-networkd-wait-online.service"
#: So long a migration may take before it counts as failed, without the time to confirm it: seconds.
LIMIT = 600


class _Rollback(NamedTuple):
    name: str
    folder: Raw
    markers: Raw
    target: Raw
    installed: tuple[Raw, ...]
    replaced: tuple[Raw, ...]
    unfinished: tuple[Raw, ...]
    folders: tuple[Raw, ...]
    enable: tuple[Raw, ...]
    disable: tuple[Raw, ...]
    stop: tuple[Raw, ...]
    down: tuple[Raw, ...]
    daemon: tuple[Raw, ...]
    daemon_off: tuple[Raw, ...]
    up: tuple[Raw, ...]
    endpoints: tuple[Raw, ...]
    dependents: tuple[Raw, ...]
    boot: tuple[Raw, ...]
    are_up: tuple[Raw, ...]
    spare: str
    guards: tuple[Raw, ...]
    unfinished_guards: tuple[Raw, ...]
    hold: bool
    limit: int
    seconds: int


class _Hold(NamedTuple):
    tunnels: tuple[str, ...]
    endpoints: tuple[Raw, ...]
    verdicts: tuple[Raw, ...]


class _Recover(NamedTuple):
    name: str
    script: str


def watch_unit(migration: Migration) -> str:
    """Return the name of the unit that guards a migration while it lasts."""
    return f"wgtranspile-watch-{unit_name(migration.name)}.service"


def recover_unit(migration: Migration) -> Path:
    """Return the file of the unit that guards a migration against a boot in its middle."""
    return _SYSTEM / f"wgtranspile-recover-{unit_name(migration.name)}.service"


def recover_link(migration: Migration) -> Path:
    """Return the link by which a boot starts it."""
    return _SYSTEM / "sysinit.target.wants" / recover_unit(migration).name


def files(migration: Migration) -> Iterator[Path]:
    """Yield the files that are installed, each once."""
    yield from dict.fromkeys(
        Path("/", artefact.path) for tunnel in migration.tunnels for artefact in tunnel.emission.artefacts
    )


def guards(migration: Migration, facts: Facts, new_folders: Iterable[Path]) -> tuple[Artefact, ...]:
    """Return the rollback script, the unit that runs it at a boot during the migration and a spare copy of it."""
    script = migration.folder / "rollback.sh"
    own = (recover_unit(migration), recover_link(migration))
    view = _Rollback(
        name=migration.name,
        folder=_word(migration.folder),
        markers=shell_words(Status),
        target=_word(f'"target": "{migration.target}"'),
        installed=tuple(_word(path) for path in files(migration) if path not in facts.existing),
        replaced=tuple(_word(path) for path in files(migration) if path in facts.existing),
        unfinished=tuple(map(_unfinished, files(migration))),
        folders=tuple(map(_word, new_folders)),
        enable=tuple(
            shell_words(("systemctl", "enable", tunnel.unit)) for tunnel in migration.tunnels if tunnel.enabled
        ),
        disable=() if migration.daemon.is_enabled else (shell_words(("systemctl", "disable", migration.target.unit)),),
        stop=tuple(command for tunnel in reversed(migration.tunnels) for command in _stop_again(tunnel)),
        down=tuple(_word(command) for command in _down(migration)),
        daemon=tuple(_daemon_back(migration, facts)),
        daemon_off=() if migration.daemon.active else (shell_words(("systemctl", "stop", *_units(migration.target))),),
        up=tuple(map(_up, migration.tunnels)),
        endpoints=tuple(shell_words(command.argv) for command in endpoints(migration)),
        dependents=tuple(
            shell_words(("systemctl", "start", unit))
            for tunnel in migration.tunnels
            for unit in facts.stopped_with[tunnel.name]
        ),
        boot=tuple(
            shell_words(("systemctl", "start", "--no-block", tunnel.unit))
            for tunnel in migration.tunnels
            if tunnel.enabled
        ),
        are_up=tuple(map(_is_up, migration.tunnels)),
        spare=_SPARE,
        guards=tuple(map(_word, own)),
        unfinished_guards=tuple(map(_unfinished, own)),
        hold=migration.hold,
        limit=LIMIT + migration.seconds_to_confirm,
        seconds=migration.seconds_to_confirm,
    )
    recover = render("migration/recover.service.j2", _Recover(migration.name, str(script)), quote=line)
    return (
        Artefact(_place(script), render("migration/rollback.sh.j2", view, quote=shell_word), 0o700),
        Artefact(_place(migration.folder / _SPARE), recover),
        Artefact(_place(recover_unit(migration)), recover),
        Artefact(_place(recover_link(migration)), "", link_to=str(recover_unit(migration))),
    )


def hold(migration: Migration, facts: Facts) -> Artefact:
    """Return the nft script that holds back what would go in clear while the tunnels are down.

    Of two networks the smaller decides, as with routes: one that a peer is allowed, or one that main leads elsewhere.
    """
    networks = dict.fromkeys(facts.other_networks, "accept")
    networks |= {
        network: "drop"
        for tunnel in migration.tunnels
        for peer in tunnel.wanted.device.peers
        for network in peer.allowed_ips
    }
    ordered = sorted(networks.items(), key=lambda item: (-item[0].prefixlen, item[0].version, str(item[0])))
    view = _Hold(
        tunnels=tuple(tunnel.name for tunnel in migration.tunnels),
        endpoints=tuple(
            Raw(f"{_FAMILIES[address.version]} daddr {address} udp dport {endpoint.port}")
            for endpoint in facts.endpoints
            for address in [ip_address(endpoint.host.partition("%")[0])]
        ),
        verdicts=tuple(Raw(f"{_FAMILIES[network.version]} daddr {network} {verdict}") for network, verdict in ordered),
    )
    return Artefact(
        _place(migration.folder / "hold.nft"), render("migration/hold.nft.j2", view, quote=nft_string), 0o600
    )


def stop(migration: Migration) -> Iterator[Command]:
    """Return the commands that end the tunnels under wg-quick, the last one first, as they may lean on each other."""
    return (tunnel.down for tunnel in reversed(migration.tunnels))


def switch(migration: Migration) -> Iterator[Command]:
    """Yield the commands by which the next boot starts the target in place of wg-quick.

    Before that it is asked whether a hook failed as a unit ended, which systemctl does not tell; not while it is down.
    """
    for tunnel in migration.tunnels:
        if tunnel.by_unit:
            yield Command(("systemctl", "--quiet", "is-failed", tunnel.unit), inverted=True)
    for tunnel in migration.tunnels:
        if tunnel.enabled:
            yield Command(("systemctl", "disable", tunnel.unit))
    if not migration.daemon.is_enabled:
        yield Command(("systemctl", "enable", migration.target.unit))
        if migration.target is NETWORKD:
            yield Command(("systemctl", "disable", _WAIT_ONLINE))  # it would wait for links that are not networkd's


def endpoints(migration: Migration) -> Iterator[Command]:
    """Yield the commands that tell a new device where peers without a configured endpoint were heard last.

    Such a peer cannot be reached before it speaks, which may take minutes: it does not know that its session is gone.
    """
    for tunnel in migration.tunnels:
        configured = {peer.public_key for peer in tunnel.wanted.device.peers if peer.endpoint}
        for peer in tunnel.live.tunnel.device.peers:
            if peer.endpoint and peer.public_key not in configured:
                yield Command(("wg", "set", tunnel.name, "peer", peer.public_key, "endpoint", str(peer.endpoint)))


def load(migration: Migration, facts: Facts) -> Iterator[Command]:
    """Yield the command that has systemd read new units while the tunnels are still up, so that they are down for less.

    Where files are replaced there is none: an earlier version has to end before systemd forgets how.
    """
    new = {Path("/", artefact.path) for tunnel in migration.tunnels for artefact in tunnel.emission.artefacts}
    if new.isdisjoint(facts.existing) and any(path.is_relative_to(_SYSTEM) for path in new):
        yield Command(("systemctl", "daemon-reload"))


def activate(migration: Migration) -> Iterator[Command]:
    """Return the commands that bring the tunnels up under the target."""
    return (command for tunnel in migration.tunnels for command in tunnel.emission.activate)


def _up(tunnel: Candidate) -> Raw:
    """Return the command for the script: what wg-quick says by itself is not for its log, as hooks may hold keys."""
    return shell_words(tunnel.up.argv if tunnel.by_unit else ("sh", "-c", f"{tunnel.up} >/dev/null 2>&1"))


def _stop_again(tunnel: Candidate) -> Iterator[Raw]:
    """Yield the commands for the script that end a tunnel under wg-quick, where that failed or was cut off."""
    if tunnel.by_unit:
        yield shell_words(tunnel.down.argv)
    yield shell_words(
        ("sh", "-c", f"[ ! -e /sys/class/net/{tunnel.name} ] || wg-quick down {tunnel.name} >/dev/null 2>&1")
    )


def _is_up(tunnel: Candidate) -> Raw:
    """Return the test for the script whether a tunnel is up under wg-quick."""
    link = f"[ -e /sys/class/net/{tunnel.name} ]"
    return Raw(f"{link} && systemctl --quiet is-active {tunnel.unit}" if tunnel.by_unit else link)


def _units(target: Target) -> tuple[str, ...]:
    """Return the units that keep the daemon of a target running."""
    return (target.unit, "systemd-networkd.socket") if target is NETWORKD else (target.unit,)


def _daemon_back(migration: Migration, facts: Facts) -> Iterator[Raw]:
    """Yield the commands that leave the target's daemon running, if it was, and without the tunnels.

    Files that were replaced were not in use, and are not to be now.
    """
    if migration.daemon.active:
        yield shell_words(("systemctl", "start", migration.target.unit))
        if not any(path in facts.existing for path in files(migration)):
            yield Raw("networkctl reload" if migration.target is NETWORKD else "nmcli connection reload")


def _down(migration: Migration) -> Iterator[str]:
    """Yield the lines of shell that end the tunnels under the target, also where its daemon has failed."""
    for tunnel in reversed(migration.tunnels):
        yield from map(str, tunnel.emission.deactivate)
        yield from _remains(tunnel)


def _remains(tunnel: Candidate) -> Iterator[str]:
    """Yield the lines of shell that remove what a daemon may leave; of rules only its own, which bear its mark."""
    yield f"[ ! -e /sys/class/net/{tunnel.name} ] || ip link delete dev {tunnel.name}"
    for rule in tunnel.wanted.mark_rules:
        delete, mark = f"ip -{rule.family} rule delete", number(rule.table)
        yield f"{delete} not fwmark {mark} table {mark} 2>/dev/null || :"
        main = f"priority {rule.priority - 1} table main suppress_prefixlength 0 protocol static"
        yield f"{delete} {main} 2>/dev/null || :"
    yield from (shell_words(("nft", removal)) for removal in firewall.removals(tunnel.wanted))


def _unfinished(path: Path) -> Raw:
    """Return the pattern of what the writer leaves when it is cut off while it makes a file."""
    return Raw(f"{shell_word(path.with_name(f'.{path.name}.'))}{UNFINISHED}")


def _place(path: Path) -> PurePosixPath:
    return PurePosixPath(path).relative_to("/")


def _word(value: object) -> Raw:
    return Raw(shell_word(value))
