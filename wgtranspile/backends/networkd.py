"""systemd-networkd: a .network file, a .netdev where networkd can keep the device, and a service for what it lacks.

A default route (its firewall), hooks, and a device that networkd cannot keep as wg-quick does need the service; it then
brings the link up, so that the tunnel is never up without them.

networkd sends a device of a .netdev whole at each of its starts: sessions end, and endpoints that were learned and what
hooks have set are forgotten. It resolves names when the routes are there already, through a tunnel that is not. So the
service makes the device with wg(8), as wg-quick does, where a peer has no endpoint or one that is a name, where there
are hooks, and for what a .netdev cannot say.
"""

from __future__ import annotations

import re
from itertools import starmap
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Artefact, Emission, Gap, KeyFile
from wgtranspile.backends import activation, device, firewall, hooks
from wgtranspile.backends.activation import Verb
from wgtranspile.backends.base import header, mark_gaps, place, save_config_gaps, source_name, table_gaps
from wgtranspile.backends.hooks import Kind, kinds
from wgtranspile.backends.quoting import (
    comment,
    exec_command,
    remark,
    shell_word,
    shell_words,
    systemd_setting,
    unit_name,
)
from wgtranspile.backends.targets import Activation, Chosen, Feature, KeyStorage, Options
from wgtranspile.diagnostics.catalogue import backends as catalogue
from wgtranspile.formats.sections import Document, Line, Remark, Section, Setting, write
from wgtranspile.model import (
    MEANING,
    ExternalKey,
    Family,
    Key,
    Peer,
    Phase,
    PolicyRule,
    Resolver,
    Route,
    Tunnel,
    is_automatic,
    known,
    number,
)
from wgtranspile.model.linux import MAIN
from wgtranspile.procedure import table_word
from wgtranspile.templating import Raw, render, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NETWORK = PurePosixPath("etc/systemd/network")
_SYSTEM = PurePosixPath("etc/systemd/system")
_SETTINGS = PurePosixPath("etc/systemd/networkd.conf.d")
_CREDENTIALS = PurePosixPath("etc/credstore")
_GROUP = "systemd-network"
_NETWORKD = "systemd-networkd.service"
# What systemd takes for the number of a link, and its programs for an option.
_NO_NAME_OF_A_LINK = r"\+?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)|-.*"
_FAMILY = {frozenset({Family.IPV4}): "ipv4", frozenset({Family.IPV6}): "ipv6", frozenset(Family): "both"}
_COMING_UP = (Phase.PRE_UP, Phase.POST_UP)
# What networkd undoes when it starts anew or configures the link anew, in the words of a finding.
_UNDONE = {
    Kind.LINK: "the addresses and routes that this hook adds to the link",
    Kind.RESOLVER: "the DNS servers and domains that this hook sets for the link",
    Kind.RULES: "the policy rules that this hook adds",
}


class _Script(NamedTuple):
    interface: str
    source: str
    external_keys: bool
    unit: Raw
    version: Raw
    settings: tuple[Raw, ...]
    parts: tuple[Raw, ...]
    config: tuple[Raw, ...]
    verbs: tuple[Verb, ...]


class _Build(NamedTuple):
    """A tunnel with what this backend derives from it."""

    tunnel: Tunnel
    chosen: Chosen
    keys: KeyStorage
    activation: Activation
    made_by_wg: bool
    keeps_rules: bool

    @property
    def name(self) -> str:
        return self.tunnel.interface

    @property
    def stem(self) -> str:
        return f"50-{self.name}"

    @property
    def unit(self) -> str:
        return f"{unit_name(f'wireguard-{self.name}')}.service"

    @property
    def script(self) -> PurePosixPath:
        return _NETWORK / f"{self.stem}.sh"

    @property
    def served(self) -> bool:
        """Whether a service brings the tunnel up."""
        return self.made_by_wg or bool(self.tunnel.rules)

    def has_hooks(self, phase: Phase) -> bool:
        return any(hook.phase is phase for hook in self.tunnel.hooks)


def emit(tunnel: Tunnel, options: Options) -> Emission:
    """Return the files of a tunnel, its service where it needs one, and its keys."""
    keep = options.keep_foreign_rules
    build = _Build(
        tunnel=tunnel,
        chosen=options.chosen,
        keys=options.keys,
        activation=options.activation,
        made_by_wg=_networkd_cannot_keep(tunnel) or _networkd_cannot_get_keys(options),
        keeps_rules=bool(tunnel.rules or tunnel.hooks) if keep is None else keep,
    )
    verbs = {name: tuple(commands) for name, commands in _verbs(build) if commands}
    run = {name: (activation.command(tunnel, name),) for name in verbs}
    return Emission(
        artefacts=(*_artefacts(build), _activation(build, verbs)),
        gaps=tuple(_gaps(build)),
        activate=run["activate"],
        deactivate=run["deactivate"],
        update=run.get("update", ()),
        key_files=tuple(_external_keys(build)),
    )


def _networkd_cannot_keep(tunnel: Tunnel) -> bool:
    """Whether networkd could not make the device, or not keep it as it is with wg-quick."""
    if tunnel.hooks or tunnel.device.private_key is None:
        return True
    endpoints = [peer.endpoint for peer in tunnel.device.peers]
    return not all(
        endpoint and endpoint.is_numeric and endpoint.port and "%" not in endpoint.host for endpoint in endpoints
    )


def _networkd_cannot_get_keys(options: Options) -> bool:
    """Whether networkd could not read the keys from where they are; a service gets credentials in any version."""
    return options.keys is KeyStorage.CREDENTIAL and options.chosen.lacks(Feature.NETDEV_CREDENTIALS)


def _artefacts(build: _Build) -> Iterator[Artefact]:
    tunnel = build.tunnel
    if not build.made_by_wg:
        inline = build.keys is KeyStorage.INLINE
        yield Artefact(_NETWORK / f"{build.stem}.netdev", _netdev(build), 0o640, group=_GROUP, secret=inline)
    yield Artefact(_NETWORK / f"{build.stem}.network", _network_file(build))
    if firewall.tables(tunnel):
        yield firewall.script(tunnel, _NETWORK / f"{build.stem}.nft")
    if build.served:
        yield from _served(build)
    if build.keeps_rules:
        yield _keep("rules", "Policy rules", "ManageForeignRoutingPolicyRules")
        if tunnel.hooks:
            yield _keep("routes", "Routes", "ManageForeignRoutes")
    yield from _key_files(build)


def _served(build: _Build) -> Iterator[Artefact]:
    """Yield the service, its script, and the hooks."""
    tunnel, filters = build.tunnel, {"comment": comment}
    if script := hooks.script(tunnel, tunnel.hooks):
        yield script
    text = render("networkd/tunnel.sh.j2", _script(build), quote=shell_word, filters=filters)
    secret = bool(tunnel.hooks) or (build.made_by_wg and build.keys is KeyStorage.INLINE)
    yield Artefact(build.script, text, 0o700, secret=secret)
    yield Artefact(_SYSTEM / build.unit, _service(build))
    if build.activation is Activation.BOOT:
        wanted = _SYSTEM / "multi-user.target.wants" / build.unit
        yield Artefact(wanted, "", 0o777, link_to=f"/{_SYSTEM / build.unit}")


def _keep(kind: str, things: str, setting: str) -> Artefact:
    """Return the file that has networkd leave alone what others, and its own earlier runs, have set."""
    top = remark(f"Keeps {things} of other programs when networkd configures a link. Made by wgtranspile.")
    document = Document((top,), (Section("Network", (systemd_setting(setting, "no"),)),))
    return Artefact(_SETTINGS / f"50-keep-foreign-{kind}.conf", write(document))


# --- keys ---


def _key_place(build: _Build, peer: Peer | None) -> tuple[PurePosixPath, str]:
    """Return the folder and the name of the file of a key: the private one, or the preshared one of a peer."""
    name = device.preshared_key_name(peer) if peer else "private"
    if build.keys is KeyStorage.CREDENTIAL:
        return _CREDENTIALS, f"network.wireguard.{build.name}.{name}"
    return _NETWORK / f"{build.stem}.keys", name


def _key_setting(build: _Build, name: str, key: Key | ExternalKey, peer: Peer | None = None) -> Setting:
    """Return the setting of a key: itself, the name of a credential, or a file."""
    if build.keys is KeyStorage.INLINE:
        return systemd_setting(name, key)
    folder, file = _key_place(build, peer)
    if build.keys is KeyStorage.CREDENTIAL:
        return systemd_setting(name, f"@{file}")
    return systemd_setting(f"{name}File", f"/{folder}/{file}")


def _key_for_wg(build: _Build, peer: Peer | None) -> str | None:
    """Return what stands for a key in the config for wg(8): a file, or the name of a credential of the service."""
    if build.keys is KeyStorage.INLINE:
        return None
    folder, file = _key_place(build, peer)
    return file if build.keys is KeyStorage.CREDENTIAL else f"/{folder}/{file}"


def _key_files(build: _Build) -> Iterator[Artefact]:
    if build.keys not in (KeyStorage.FILE, KeyStorage.CREDENTIAL):
        return
    mode, group = _key_access(build)
    for peer, key in device.keys(build.tunnel.device):
        folder, file = _key_place(build, peer)
        yield Artefact(folder / file, f"{key}\n", mode, group=group, secret=True)


def _external_keys(build: _Build) -> Iterator[KeyFile]:
    if build.keys is KeyStorage.EXTERNAL:
        yield from device.key_files(
            build.tunnel, lambda peer: PurePosixPath(*_key_place(build, peer)), *_key_access(build)
        )


def _key_access(build: _Build) -> tuple[int, str]:
    """Return the mode and the group of a file with a key: networkd itself must read those that a .netdev names."""
    read_by_networkd = build.keys is not KeyStorage.CREDENTIAL and not build.made_by_wg
    return (0o640, _GROUP) if read_by_networkd else (0o600, "root")


# --- .netdev ---


def _netdev(build: _Build) -> str:
    sections = (
        Section("NetDev", (systemd_setting("Name", build.name), systemd_setting("Kind", "wireguard"))),
        Section("WireGuard", tuple(_device(build))),
        *(Section("WireGuardPeer", tuple(_peer(build, peer)), _comments(peer)) for peer in build.tunnel.device.peers),
    )
    return write(Document(header(build.tunnel, "the device of {}.", build.keys), sections))


def _device(build: _Build) -> Iterator[Setting]:
    made = build.tunnel.device
    if made.private_key:
        yield _key_setting(build, "PrivateKey", made.private_key)
    if port := known(made.listen_port):
        yield systemd_setting("ListenPort", port)
    if fwmark := number(made.fwmark):
        yield systemd_setting("FirewallMark", fwmark)


def _comments(peer: Peer) -> tuple[Remark, ...]:
    return tuple(map(remark, peer.comments))


def _peer(build: _Build, peer: Peer) -> Iterator[Setting]:
    yield systemd_setting("PublicKey", peer.public_key)
    if peer.preshared_key:
        yield _key_setting(build, "PresharedKey", peer.preshared_key, peer)
    if peer.endpoint:
        yield systemd_setting("Endpoint", peer.endpoint)
    yield from (systemd_setting("AllowedIPs", network) for network in peer.allowed_ips)
    if peer.persistent_keepalive:
        yield systemd_setting("PersistentKeepalive", peer.persistent_keepalive)


# --- .network ---


def _network_file(build: _Build) -> str:
    sections = (
        Section("Match", (systemd_setting("Name", build.name),)),
        Section("Link", (systemd_setting("RequiredForOnline", "no"), *_link(build))),
        Section("Network", tuple(_network(build))),
        *(_route(build, route) for route in build.tunnel.routes),
        *_rules(build),
    )
    return write(Document(header(build.tunnel, "the addresses, routes, rules and DNS of {}.", build.keys), sections))


def _link(build: _Build) -> Iterator[Setting]:
    if build.served or build.activation is Activation.MANUAL:
        yield systemd_setting("ActivationPolicy", "manual")
    if (mtu := known(build.tunnel.mtu)) is not None:
        yield systemd_setting("MTUBytes", mtu)


def _network(build: _Build) -> Iterator[Line]:
    if build.tunnel.hooks and build.keeps_rules:
        yield remark("Keep addresses added by hooks.")
        yield systemd_setting("KeepConfiguration", "static")
    yield from (systemd_setting("Address", item.address) for item in build.tunnel.addresses)
    if resolver := build.tunnel.resolver:
        yield from (systemd_setting("DNS", server.address) for server in resolver.servers)
        search = (domain.name for domain in resolver.search if not _begins_with_dot(domain.name))
        # `~.` sends every query here, as resolvconf's `-x` does.
        yield systemd_setting("Domains", " ".join((*search, "~.")))


def _begins_with_dot(domain: str) -> bool:
    return re.match(r"~?\..", domain) is not None


def _route(build: _Build, route: Route) -> Section:
    return Section("Route", tuple(_of_route(build, route)), (remark(place(route.span)),))


def _of_route(build: _Build, route: Route) -> Iterator[Setting]:
    yield systemd_setting("Destination", route.destination)
    if isinstance(table := table_word(build.tunnel, route), int):
        yield systemd_setting("Table", table)
    if Family(route.destination.version) is Family.IPV4 and build.chosen.lacks(Feature.LINK_SCOPE):
        yield systemd_setting("Scope", "link")


def _rules(build: _Build) -> Iterator[Section]:
    """Yield the rules: once for both families, of which they are alike."""
    families = frozenset(rule.family for rule in build.tunnel.rules)
    for rule in build.tunnel.rules:
        if rule.family is build.tunnel.rules[0].family:
            lines = tuple(_rule(rule, _FAMILY[families]))
            yield Section("RoutingPolicyRule", lines, (remark(MEANING[rule.mark is None]),))


def _rule(rule: PolicyRule, family: str) -> Iterator[Setting]:
    yield systemd_setting("Family", family)
    yield systemd_setting("Priority", rule.priority)
    if rule.mark is not None:
        yield systemd_setting("FirewallMark", number(rule.mark))
    if rule.inverted:
        yield systemd_setting("InvertRule", "yes")
    table = number(rule.table)
    yield systemd_setting("Table", "main" if table == MAIN else table)
    if rule.suppress_prefixlength is not None:
        yield systemd_setting("SuppressPrefixLength", rule.suppress_prefixlength)


# --- the service ---


def _service(build: _Build) -> str:
    sections = (
        Section("Unit", tuple(_unit(build))),
        Section(
            "Service",
            (
                systemd_setting("Type", "oneshot"),
                systemd_setting("RemainAfterExit", "yes"),
                *_environment(build),
                *(exec_command(*command) for command in _commands(build)),
            ),
        ),
        Section("Install", (systemd_setting("WantedBy", "multi-user.target"),)),
    )
    return write(
        Document(header(build.tunnel, "the parts of {} that systemd-networkd does not support.", build.keys), sections)
    )


def _unit(build: _Build) -> Iterator[Line]:
    other = activation.wg_quick_unit(build.tunnel)
    yield systemd_setting("Description", f"WireGuard tunnel {build.name}")
    yield systemd_setting("Documentation", "man:wg-quick(8) man:systemd.network(5)")
    yield systemd_setting("Wants", _NETWORKD)
    yield systemd_setting("Conflicts", other)
    yield systemd_setting("After", f"{_NETWORKD} {other}")
    if _has_names(build.tunnel) or build.tunnel.hooks:
        yield remark("Endpoint names and hooks may need the network.")
        yield systemd_setting("Wants", "network-online.target")
        yield systemd_setting("After", "network-online.target nss-lookup.target")


def _has_names(tunnel: Tunnel) -> bool:
    return any(peer.endpoint and not peer.endpoint.is_numeric for peer in tunnel.device.peers)


def _environment(build: _Build) -> Iterator[Setting]:
    if _has_names(build.tunnel):
        # As in wg-quick's own unit: a name that cannot be resolved yet is waited for.
        yield systemd_setting("Environment", "WG_ENDPOINT_RESOLUTION_RETRIES=infinity")
    if build.made_by_wg and build.keys is KeyStorage.CREDENTIAL:
        for peer, _ in device.keys(build.tunnel.device):
            folder, file = _key_place(build, peer)
            yield systemd_setting("LoadCredential", f"{file}:/{folder}/{file}")


def _commands(build: _Build) -> Iterator[tuple[str, ...]]:
    """Yield the commands of the service: it goes by the copy of the script with which it has come."""
    script, copy = f"/{build.script}", f"/run/wireguard/{build.name}.sh"
    yield "ExecStart", script, "up"
    yield "ExecReload", script, "reload"
    yield "ExecStop", "sh", copy, "down"
    # Also when the start fails halfway.
    yield "ExecStopPost", "sh", "-c", f"[ ! -e {copy} ] || sh {copy} take-down"


def _script(build: _Build) -> _Script:
    tunnel = build.tunnel
    mark = number(tunnel.device.fwmark)
    config = device.config(tunnel.device, mark, lambda peer: _key_for_wg(build, peer)) if build.made_by_wg else ()
    return _Script(
        build.name,
        source_name(tunnel),
        external_keys=build.keys is KeyStorage.EXTERNAL,
        unit=Raw(build.unit),
        version=Raw(f"{device.version(tunnel)}-{'wg' if build.made_by_wg else 'networkd'}"),
        settings=tuple(_settings(build)),
        parts=tuple(Raw(text(part)) for part in _parts(build)),
        config=tuple(config),
        verbs=(
            Verb("up", tuple(_up(build))),
            Verb("reload", (Raw("can_reload"), Raw("sync_tunnel"), Raw("keep_copy"))),
            Verb("take_down", tuple(_take_down(build))),
            Verb("down", tuple(_down(build))),
        ),
    )


def _settings(build: _Build) -> Iterator[Raw]:
    if build.made_by_wg:
        yield Raw(f"network={shell_word(f'/{_NETWORK / build.stem}.network')}")
        yield Raw(f"reset_peer='{device.reset_peer(build.tunnel)}'")
    if build.tunnel.rules:
        yield Raw(f"mark={number(build.tunnel.device.fwmark)}")


def _parts(build: _Build) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    yield from ("shell/parts/tools.sh", "shell/parts/link.sh")
    if build.made_by_wg:
        yield "shell/parts/device.sh"
    if is_automatic(build.tunnel.mtu):
        yield "shell/parts/mtu.sh"
    if build.tunnel.rules:
        yield "shell/parts/rules.sh"
    if build.tunnel.sysctls:
        yield "shell/parts/src_valid_mark.sh"
    yield "shell/parts/applied.sh"
    if build.made_by_wg:
        yield "shell/parts/reload.sh"
    yield "networkd/parts/networkd.sh"
    if build.tunnel.has_ipv6:
        yield "networkd/parts/need_ipv6.sh"
    if is_automatic(build.tunnel.device.fwmark):
        yield "networkd/parts/need_table.sh"
    if not build.made_by_wg:
        yield "networkd/parts/read_device.sh"
    yield f"networkd/parts/made_by_{'wg' if build.made_by_wg else 'networkd'}.sh"


def _hooks(build: _Build, phase: Phase) -> Iterator[Raw]:
    """Yield the command that runs the hooks of a moment, if there are any."""
    if build.has_hooks(phase):
        yield shell_words((f"/{hooks.path(build.tunnel)}", phase))


def _up(build: _Build) -> Iterator[Raw]:
    tunnel = build.tunnel
    if is_automatic(build.tunnel.device.fwmark):
        yield Raw("need_table")
    if not build.made_by_wg:
        # networkd may have the link and its rules already: from here on a start that fails takes them down.
        yield Raw("keep_copy")
    if build.tunnel.has_ipv6:
        yield Raw("need_ipv6")
    yield Raw("create_alone" if build.made_by_wg else "make_link")
    yield from _hooks(build, Phase.PRE_UP)
    if build.made_by_wg:
        yield Raw("configure_device")
    if firewall.tables(tunnel):
        yield shell_words(("run", "nft", "-f", f"/{_NETWORK / build.stem}.nft"))
    if tunnel.sysctls:
        yield Raw("set_src_valid_mark")
    if (mtu := known(tunnel.mtu)) is None:
        yield Raw("bring_up")
    else:
        yield shell_words(("run", "ip", "link", "set", "mtu", mtu, "up", "dev", build.name))
    yield Raw("wait_until_configured")
    yield from _hooks(build, Phase.POST_UP)
    yield Raw("remember_network" if build.made_by_wg else "remember")


def _down(build: _Build) -> Iterator[Raw]:
    yield from _hooks(build, Phase.PRE_DOWN)
    yield Raw("take_down")
    yield from _hooks(build, Phase.POST_DOWN)


def _take_down(build: _Build) -> Iterator[Raw]:
    yield Raw("delete_link")
    if build.tunnel.rules:
        # Those of hooks, and those that networkd takes for others' since its last start.
        yield Raw("remove_rules")
    yield from (shell_words(("run", "nft", removal)) for removal in firewall.removals(build.tunnel))
    yield Raw('rm -f "$copy" "$applied" "$applied.network"' if build.made_by_wg else 'rm -f "$copy" "$applied"')


# --- activation ---


def _activation(build: _Build, verbs: dict[str, tuple[Raw, ...]]) -> Artefact:
    """Return the script that activates the tunnel, updates it where it can, and deactivates it."""
    files = f"/{_NETWORK / build.stem}"
    return activation.script(
        build.tunnel,
        "systemd-networkd",
        {"unit": build.unit, "netdev": f"{files}.netdev", "network": f"{files}.network"},
        ("tunnel/read_unit.sh" if build.served else "networkd/parts/read_device.sh", "networkd/parts/activation.sh"),
        tuple(starmap(Verb, verbs.items())),
    )


def _verbs(build: _Build) -> Iterator[tuple[str, tuple[Raw, ...]]]:
    yield "activate", tuple(_activate(build))
    yield "update", tuple(_update(build))
    yield "deactivate", tuple(_deactivate(build))


def _activate(build: _Build) -> Iterator[Raw]:
    """Yield the commands for a first installation, and for one that replaces an earlier version of the tunnel."""
    yield Raw("take_over")
    # An earlier version of the tunnel ends before networkd has the new device. Its service, if it had one, does so by
    # the commands that systemd read when it started: only they know its firewall.
    if build.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw("read_unit")
    else:
        yield Raw('[ ! -e "/etc/systemd/system/$unit" ] || run systemctl disable --now "$unit"')
    needs_credentials = build.keys is KeyStorage.CREDENTIAL and not build.made_by_wg
    if needs_credentials or (build.keeps_rules and build.chosen.lacks(Feature.UNIX_TIME)):
        yield Raw(f"run systemctl restart {_NETWORKD}")
    else:
        yield Raw(f"run systemctl start {_NETWORKD}")
        if build.keeps_rules:
            yield Raw("read_settings")
    yield Raw("delete_link")
    if build.made_by_wg:
        # Else networkd would make the device of an earlier version, too.
        yield Raw('rm -f "$netdev"')
        yield Raw("run networkctl reload")
    if build.served:
        yield Raw('run systemctl start "$unit"')
    else:
        yield Raw("run networkctl reload")
        if build.activation is Activation.MANUAL:
            yield Raw('run networkctl up "$interface"')
        yield Raw("wait_until_configured")
    yield Raw("disable_wg_quick")


def _update(build: _Build) -> Iterator[Raw]:
    """Yield the commands that apply a later version to a tunnel that is up: all of it, where there is no service."""
    if not build.served:
        yield Raw("exists || fail 'is not up; use activate'")
        yield Raw("! systemctl --quiet is-active \"$unit\" || fail 'its earlier version has a service; use activate'")
        yield Raw("read_device")
        yield Raw("wait_until_configured")
    # What is loaded as a credential, systemd hands to a service only when it starts.
    elif build.keys is not KeyStorage.CREDENTIAL:
        yield Raw("read_unit")
        yield Raw('run systemctl reload "$unit"')


def _deactivate(build: _Build) -> Iterator[Raw]:
    """Yield the commands after which systemd has forgotten the tunnel, whatever has become of it before.

    networkd forgets it when its files are gone.
    """
    if build.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw('! systemctl --quiet is-failed "$unit" || run systemctl reset-failed "$unit"')
    yield Raw("delete_link")
    yield Raw('rm -f "$netdev" "$network"')
    yield Raw("run networkctl reload")


# --- what differs ---


def _gaps(build: _Build) -> Iterator[Gap]:
    tunnel = build.tunnel
    if re.fullmatch(_NO_NAME_OF_A_LINK, build.name):
        yield Gap(catalogue.INTERFACE_NAME_NOT_EXPRESSIBLE, None, {"name": build.name})
    if not build.made_by_wg and tunnel.device.peers:
        yield Gap(catalogue.DEVICE_SENT_AGAIN, None)
    if not build.served and tunnel.has_ipv6:
        yield Gap(catalogue.IPV6_SWITCHED_ON, None)
    if not build.chosen.has(Feature.STEADY_LINK) and _has_routes(tunnel):
        yield Gap(catalogue.RECONFIGURING_BYPASSES_TUNNEL, None)
    if tunnel.rules and not build.keeps_rules:
        yield Gap(catalogue.RESTART_RENEWS_RULES, tunnel.rules[0].span)
    if hook := next((hook for hook in tunnel.hooks if hook.phase is Phase.PRE_DOWN), None):
        yield Gap(catalogue.PRE_DOWN_CANNOT_STOP, hook.span)
    yield from _hook_gaps(build)
    yield from table_gaps(tunnel)
    yield from mark_gaps(tunnel)
    if is_automatic(tunnel.mtu) and not build.served:
        yield Gap(catalogue.MTU_NOT_COMPUTED, None)
    yield from save_config_gaps(tunnel)
    if tunnel.resolver:
        yield from _resolver_gaps(tunnel.resolver)


def _has_routes(tunnel: Tunnel) -> bool:
    """Whether the link has routes, or may have some from a hook."""
    return bool(tunnel.routes) or any(
        hook.phase in _COMING_UP and Kind.LINK in kinds(tunnel, hook) for hook in tunnel.hooks
    )


def _hook_gaps(build: _Build) -> Iterator[Gap]:
    """Yield the hooks of which networkd undoes something."""
    undone = {Kind.RESOLVER} if build.keeps_rules else {Kind.RESOLVER, Kind.LINK, Kind.RULES}
    for hook in build.tunnel.hooks:
        if hook.phase in _COMING_UP:
            touched = kinds(build.tunnel, hook)
            for kind in sorted(touched & undone):
                yield Gap(catalogue.HOOK_IS_UNDONE, hook.span, {"what": _UNDONE[kind]})
            if Kind.LINK in touched - undone and not build.chosen.has(Feature.STEADY_LINK):
                yield Gap(catalogue.HOOK_UNDONE_BY_RECONFIGURING, hook.span, {"what": _UNDONE[Kind.LINK]})
            if Kind.REMOVAL in touched:
                yield Gap(catalogue.REMOVAL_IS_UNDONE, hook.span)


def _resolver_gaps(resolver: Resolver) -> Iterator[Gap]:
    yield Gap(catalogue.NEEDS_RESOLVED, resolver.servers[0].span)
    for domain in resolver.search:
        if _begins_with_dot(domain.name):
            yield Gap(catalogue.SEARCH_DOMAIN_NOT_EXPRESSIBLE, domain.span, {"domain": domain.name})
