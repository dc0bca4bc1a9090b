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
from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.artefact import Artefact, Emission, Gap, KeyFile
from wgtranspile.backends import activation, device, firewall, hooks
from wgtranspile.backends.activation import Verb
from wgtranspile.backends.base import Activation, KeyStorage, Options, place, source_name, table_gaps
from wgtranspile.backends.hooks import Kind, kinds
from wgtranspile.backends.quoting import comment, exec_command, shell_word, shell_words, systemd_line, unit_name
from wgtranspile.diagnostics import catalogue
from wgtranspile.plan import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    ExternalKey,
    Family,
    InstallFirewall,
    Key,
    Peer,
    Phase,
    Plan,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    TearDown,
)
from wgtranspile.templating import Raw, block, render, text

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
# What networkd undoes when it starts anew or configures the link anew, in the words of a finding.
_UNDONE = {
    Kind.LINK: "the addresses and routes that this hook adds to the link",
    Kind.RESOLVER: "the DNS servers and domains that this hook sets for the link",
    Kind.RULES: "the policy rules that this hook adds",
}


class _Device(NamedTuple):
    interface: str
    source: str
    device: tuple[Raw, ...]
    peers: tuple[Raw, ...]


class _Network(NamedTuple):
    interface: str
    source: str
    link: tuple[Raw, ...]
    sections: tuple[Raw, ...]


class _Service(NamedTuple):
    interface: str
    source: str
    conflicts: str
    needs_network: bool
    settings: tuple[Raw, ...]
    commands: tuple[Raw, ...]


class _Script(NamedTuple):
    interface: str
    source: str
    unit: Raw
    version: Raw
    settings: tuple[Raw, ...]
    parts: tuple[Raw, ...]
    config: tuple[Raw, ...]
    verbs: tuple[Verb, ...]


class _Tunnel(NamedTuple):
    """A plan with what this backend derives from it."""

    plan: Plan
    keys: KeyStorage
    activation: Activation
    made_by_wg: bool
    default_routes: tuple[AddRules, ...]
    keeps_rules: bool

    @property
    def name(self) -> str:
        return self.plan.interface

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
        return self.made_by_wg or bool(self.default_routes)

    @property
    def has_ipv6(self) -> bool:
        routes = (step.destination for step in self.plan.up if isinstance(step, AddRoute))
        addresses = (step.address for step in self.plan.up if isinstance(step, AssignAddress))
        return any(Family(item.version) is Family.IPV6 for item in (*routes, *addresses))

    def has_hooks(self, phase: Phase) -> bool:
        return any(hook.phase is phase for hook in self.plan.hooks)


def emit(plan: Plan, options: Options) -> Emission:
    """Return the files of a tunnel, its service where it needs one, and its keys."""
    default_routes = tuple(step for step in plan.up if isinstance(step, AddRules))
    keep = options.keep_foreign_rules
    tunnel = _Tunnel(
        plan=plan,
        keys=options.keys or KeyStorage.FILE,
        activation=options.activation,
        made_by_wg=_networkd_cannot_keep(plan),
        default_routes=default_routes,
        keeps_rules=bool(default_routes or plan.hooks) if keep is None else keep,
    )
    verbs = {name: tuple(commands) for name, commands in _verbs(tunnel) if commands}
    run = {name: (activation.command(plan, name),) for name in verbs}
    return Emission(
        artefacts=(*_artefacts(tunnel), _activation(tunnel, verbs)),
        gaps=tuple(_gaps(tunnel)),
        activate=run["activate"],
        deactivate=run["deactivate"],
        update=run.get("update", ()),
        key_files=tuple(_external_keys(tunnel)),
    )


def _networkd_cannot_keep(plan: Plan) -> bool:
    """Whether networkd could not make the device, or not keep it as it is with wg-quick."""
    if plan.hooks or plan.device.private_key is None:
        return True
    endpoints = [peer.endpoint for peer in plan.device.peers]
    return not all(
        endpoint and endpoint.is_numeric and endpoint.port and "%" not in endpoint.host for endpoint in endpoints
    )


def _artefacts(tunnel: _Tunnel) -> Iterator[Artefact]:
    plan, filters = tunnel.plan, {"comment": comment}
    if not tunnel.made_by_wg:
        made = _Device(tunnel.name, source_name(plan), tuple(_device(tunnel)), tuple(map(block, _peers(tunnel))))
        text = render("networkd/tunnel.netdev.j2", made, quote=systemd_line, filters=filters)
        inline = tunnel.keys is KeyStorage.INLINE
        yield Artefact(_NETWORK / f"{tunnel.stem}.netdev", text, 0o640, group=_GROUP, secret=inline)
    network = _Network(tunnel.name, source_name(plan), tuple(_link(tunnel)), tuple(map(block, _sections(tunnel))))
    yield Artefact(
        _NETWORK / f"{tunnel.stem}.network",
        render("networkd/tunnel.network.j2", network, quote=systemd_line, filters=filters),
    )
    if firewall.tables(plan):
        yield firewall.script(plan, _NETWORK / f"{tunnel.stem}.nft")
    if tunnel.served:
        yield from _served(tunnel)
    if tunnel.keeps_rules:
        yield _keep("rules", "Policy rules", "ManageForeignRoutingPolicyRules")
        if plan.hooks:
            yield _keep("routes", "Routes", "ManageForeignRoutes")
    yield from _key_files(tunnel)


def _served(tunnel: _Tunnel) -> Iterator[Artefact]:
    """Yield the service, its script, and the hooks."""
    plan, filters = tunnel.plan, {"comment": comment}
    named = any(peer.endpoint and not peer.endpoint.is_numeric for peer in plan.device.peers)
    if script := hooks.script(plan, plan.hooks):
        yield script
    text = render("networkd/tunnel.sh.j2", _script(tunnel), quote=shell_word, filters=filters)
    secret = tunnel.made_by_wg and tunnel.keys is KeyStorage.INLINE
    yield Artefact(tunnel.script, text, 0o700, secret=secret)
    service = _Service(
        tunnel.name,
        source_name(plan),
        activation.wg_quick_unit(plan),
        needs_network=named or bool(plan.hooks),
        settings=tuple(_service_settings(tunnel, named=named)),
        commands=tuple(exec_command(*command) for command in _commands(tunnel)),
    )
    yield Artefact(
        _SYSTEM / tunnel.unit, render("networkd/tunnel.service.j2", service, quote=systemd_line, filters=filters)
    )
    if tunnel.activation is Activation.BOOT:
        wanted = _SYSTEM / "multi-user.target.wants" / tunnel.unit
        yield Artefact(wanted, "", 0o777, link_to=f"/{_SYSTEM / tunnel.unit}")


def _keep(kind: str, things: str, setting: str) -> Artefact:
    """Return the file that has networkd leave alone what others, and its own earlier runs, have set."""
    return Artefact(
        _SETTINGS / f"50-keep-foreign-{kind}.conf",
        f"# Keeps {things} of other programs when networkd configures a link. Made by wgtranspile.\n\n"
        f"[Network]\n{setting}=no\n",
    )


# --- keys ---


def _key_place(tunnel: _Tunnel, peer: Peer | None) -> tuple[PurePosixPath, str]:
    """Return the folder and the name of the file of a key: the private one, or the preshared one of a peer."""
    name = device.preshared_key_name(peer) if peer else "private"
    if tunnel.keys is KeyStorage.CREDENTIAL:
        return _CREDENTIALS, f"network.wireguard.{tunnel.name}.{name}"
    return _NETWORK / f"{tunnel.stem}.keys", name


def _key_setting(tunnel: _Tunnel, name: str, key: Key | ExternalKey, peer: Peer | None = None) -> Raw:
    """Return the setting of a key: itself, the name of a credential, or a file."""
    if tunnel.keys is KeyStorage.INLINE:
        return systemd_line(f"{name}={key}")
    folder, file = _key_place(tunnel, peer)
    credential = tunnel.keys is KeyStorage.CREDENTIAL
    return systemd_line(f"{name}=@{file}" if credential else f"{name}File=/{folder}/{file}")


def _key_for_wg(tunnel: _Tunnel, peer: Peer | None) -> str | None:
    """Return what stands for a key in the config for wg(8): a file, or the name of a credential of the service."""
    if tunnel.keys is KeyStorage.INLINE:
        return None
    folder, file = _key_place(tunnel, peer)
    return file if tunnel.keys is KeyStorage.CREDENTIAL else f"/{folder}/{file}"


def _key_files(tunnel: _Tunnel) -> Iterator[Artefact]:
    if tunnel.keys not in (KeyStorage.FILE, KeyStorage.CREDENTIAL):
        return
    mode, group = _key_access(tunnel)
    for peer, key in device.keys(tunnel.plan.device):
        folder, file = _key_place(tunnel, peer)
        yield Artefact(folder / file, f"{key}\n", mode, group=group, secret=True)


def _external_keys(tunnel: _Tunnel) -> Iterator[KeyFile]:
    if tunnel.keys is KeyStorage.EXTERNAL:
        yield from device.key_files(
            tunnel.plan, lambda peer: PurePosixPath(*_key_place(tunnel, peer)), *_key_access(tunnel)
        )


def _key_access(tunnel: _Tunnel) -> tuple[int, str]:
    """Return the mode and the group of a file with a key: networkd itself must read those that a .netdev names."""
    read_by_networkd = tunnel.keys is not KeyStorage.CREDENTIAL and not tunnel.made_by_wg
    return (0o640, _GROUP) if read_by_networkd else (0o600, "root")


# --- .netdev ---


def _device(tunnel: _Tunnel) -> Iterator[Raw]:
    made = tunnel.plan.device
    if made.private_key:
        yield _key_setting(tunnel, "PrivateKey", made.private_key)
    if made.listen_port:
        yield systemd_line(f"ListenPort={made.listen_port}")
    if tunnel.plan.fwmark:
        yield systemd_line(f"FirewallMark={tunnel.plan.fwmark}")


def _peers(tunnel: _Tunnel) -> Iterator[Iterator[Raw]]:
    return (_peer(tunnel, peer) for peer in tunnel.plan.device.peers)


def _peer(tunnel: _Tunnel, peer: Peer) -> Iterator[Raw]:
    yield from (comment(f"# {text}") for text in peer.comments)
    yield systemd_line("[WireGuardPeer]")
    yield systemd_line(f"PublicKey={peer.public_key}")
    if peer.preshared_key:
        yield _key_setting(tunnel, "PresharedKey", peer.preshared_key, peer)
    if peer.endpoint:
        yield systemd_line(f"Endpoint={peer.endpoint}")
    yield from (systemd_line(f"AllowedIPs={network}") for network in peer.allowed_ips)
    if peer.persistent_keepalive:
        yield systemd_line(f"PersistentKeepalive={peer.persistent_keepalive}")


# --- .network ---


def _link(tunnel: _Tunnel) -> Iterator[Raw]:
    if tunnel.served or tunnel.activation is Activation.MANUAL:
        yield systemd_line("ActivationPolicy=manual")
    for step in tunnel.plan.up:
        if isinstance(step, BringUp) and step.mtu is not None:
            yield systemd_line(f"MTUBytes={step.mtu}")


def _sections(tunnel: _Tunnel) -> Iterator[Iterator[Raw]]:
    yield _network(tunnel)
    for step in tunnel.plan.up:
        if isinstance(step, AddRoute):
            yield _route(tunnel, step)
    if rules := tunnel.default_routes:
        family = _FAMILY[frozenset(step.family for step in rules)]
        yield _suppress_rule(rules[0], family)
        yield _mark_rule(rules[0], family)


def _network(tunnel: _Tunnel) -> Iterator[Raw]:
    yield systemd_line("[Network]")
    if tunnel.plan.hooks and tunnel.keeps_rules:
        yield systemd_line("# Keep addresses added by hooks.")
        yield systemd_line("KeepConfiguration=static")
    for step in tunnel.plan.up:
        if isinstance(step, AssignAddress):
            yield systemd_line(f"Address={step.address}")
        elif isinstance(step, SetResolver):
            yield from (systemd_line(f"DNS={server}") for server in step.servers)
            search = (domain for domain in step.search if not _begins_with_dot(domain))
            # `~.` sends every query here, as resolvconf's `-x` does.
            yield systemd_line(f"Domains={' '.join((*search, '~.'))}")


def _begins_with_dot(domain: str) -> bool:
    return re.match(r"~?\..", domain) is not None


def _route(tunnel: _Tunnel, step: AddRoute) -> Iterator[Raw]:
    yield comment(f"# {place(tunnel.plan, step.span)}")
    yield systemd_line("[Route]")
    yield systemd_line(f"Destination={step.destination}")
    if isinstance(step.table, int):
        yield systemd_line(f"Table={step.table}")


def _suppress_rule(step: AddRules, family: str) -> Iterator[Raw]:
    yield systemd_line("# Look up the main table first, ignoring its default route.")
    yield systemd_line("[RoutingPolicyRule]")
    yield systemd_line(f"Family={family}")
    yield systemd_line(f"Priority={step.priority - 1}")
    yield systemd_line("Table=main")
    yield systemd_line("SuppressPrefixLength=0")


def _mark_rule(step: AddRules, family: str) -> Iterator[Raw]:
    yield systemd_line("# Then send everything except encrypted packets through the tunnel.")
    yield systemd_line("[RoutingPolicyRule]")
    yield systemd_line(f"Family={family}")
    yield systemd_line(f"Priority={step.priority}")
    yield systemd_line(f"FirewallMark={step.mark}")
    yield systemd_line("InvertRule=yes")
    yield systemd_line(f"Table={step.mark}")


# --- the service ---


def _service_settings(tunnel: _Tunnel, *, named: bool) -> Iterator[Raw]:
    if named:
        # As in wg-quick's own unit: a name that cannot be resolved yet is waited for.
        yield systemd_line("Environment=WG_ENDPOINT_RESOLUTION_RETRIES=infinity")
    if tunnel.made_by_wg and tunnel.keys is KeyStorage.CREDENTIAL:
        for peer, _ in device.keys(tunnel.plan.device):
            folder, file = _key_place(tunnel, peer)
            yield systemd_line(f"LoadCredential={file}:/{folder}/{file}")


def _commands(tunnel: _Tunnel) -> Iterator[tuple[str, ...]]:
    """Yield the commands of the service: it goes by the copy of the script with which it has come."""
    script, copy = f"/{tunnel.script}", f"/run/wireguard/{tunnel.name}.sh"
    yield "ExecStart", script, "up"
    yield "ExecReload", script, "reload"
    yield "ExecStop", "sh", copy, "down"
    # Also when the start fails halfway.
    yield "ExecStopPost", "sh", "-c", f"[ ! -e {copy} ] || sh {copy} take-down"


def _script(tunnel: _Tunnel) -> _Script:
    plan = tunnel.plan
    config = device.config(_marked(plan), lambda peer: _key_for_wg(tunnel, peer)) if tunnel.made_by_wg else ()
    return _Script(
        tunnel.name,
        source_name(plan),
        unit=Raw(tunnel.unit),
        version=Raw(f"{device.version(plan)}-{'wg' if tunnel.made_by_wg else 'networkd'}"),
        settings=tuple(_settings(tunnel)),
        parts=tuple(Raw(text(part)) for part in _parts(tunnel)),
        config=tuple(config),
        verbs=(
            Verb("up", tuple(_up(tunnel))),
            Verb("reload", (Raw("can_reload"), Raw("sync_tunnel"), Raw("keep_copy"))),
            Verb("take_down", tuple(_take_down(tunnel))),
            Verb("down", tuple(_down(tunnel))),
        ),
    )


def _marked(plan: Plan) -> ConfigureDevice:
    """Return what the device is told, with the mark of a default route."""
    return plan.device._replace(fwmark=plan.fwmark)


def _settings(tunnel: _Tunnel) -> Iterator[Raw]:
    if tunnel.made_by_wg:
        yield Raw(f"network={shell_word(f'/{_NETWORK / tunnel.stem}.network')}")
        yield Raw(f"reset_peer='{device.reset_peer(tunnel.plan)}'")
    if tunnel.default_routes:
        yield Raw(f"mark={tunnel.default_routes[0].mark}")


def _parts(tunnel: _Tunnel) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    yield from ("shell/parts/tools.sh", "shell/parts/link.sh")
    if tunnel.made_by_wg:
        yield "shell/parts/device.sh"
    if any(isinstance(step, BringUp) and step.mtu is None for step in tunnel.plan.up):
        yield "shell/parts/mtu.sh"
    if tunnel.default_routes:
        yield "shell/parts/rules.sh"
    if any(isinstance(step, SetSourceValidMark) for step in tunnel.plan.up):
        yield "shell/parts/src_valid_mark.sh"
    yield "shell/parts/applied.sh"
    if tunnel.made_by_wg:
        yield "shell/parts/reload.sh"
    yield "networkd/parts/networkd.sh"
    if tunnel.has_ipv6:
        yield "networkd/parts/need_ipv6.sh"
    if _table_is_assumed(tunnel):
        yield "networkd/parts/need_table.sh"
    if not tunnel.made_by_wg:
        yield "networkd/parts/read_device.sh"
    yield f"networkd/parts/made_by_{'wg' if tunnel.made_by_wg else 'networkd'}.sh"


def _table_is_assumed(tunnel: _Tunnel) -> bool:
    return any(isinstance(step, SetMark) and step.automatic for step in tunnel.plan.up)


def _hooks(tunnel: _Tunnel, phase: Phase) -> Iterator[Raw]:
    """Yield the command that runs the hooks of a moment, if there are any."""
    if tunnel.has_hooks(phase):
        yield shell_words((f"/{hooks.path(tunnel.plan)}", phase))


def _up(tunnel: _Tunnel) -> Iterator[Raw]:
    plan = tunnel.plan
    if tunnel.has_ipv6:
        yield Raw("need_ipv6")
    if _table_is_assumed(tunnel):
        yield Raw("need_table")
    yield Raw("create_alone" if tunnel.made_by_wg else "make_link")
    yield from _hooks(tunnel, Phase.PRE_UP)
    if tunnel.made_by_wg:
        yield Raw("configure_device")
    if firewall.tables(plan):
        yield shell_words(("run", "nft", "-f", f"/{_NETWORK / tunnel.stem}.nft"))
    if any(isinstance(step, SetSourceValidMark) for step in plan.up):
        yield Raw("set_src_valid_mark")
    for step in plan.up:
        if isinstance(step, BringUp):
            mtu = ("run", "ip", "link", "set", "mtu", step.mtu, "up", "dev", tunnel.name)
            yield Raw("bring_up") if step.mtu is None else shell_words(mtu)
    yield Raw("wait_until_configured")
    yield from _hooks(tunnel, Phase.POST_UP)
    yield Raw("remember_network" if tunnel.made_by_wg else "remember")


def _down(tunnel: _Tunnel) -> Iterator[Raw]:
    yield from _hooks(tunnel, Phase.PRE_DOWN)
    yield Raw("take_down")
    yield from _hooks(tunnel, Phase.POST_DOWN)


def _take_down(tunnel: _Tunnel) -> Iterator[Raw]:
    yield Raw("delete_link")
    if tunnel.default_routes:
        # Those of hooks, and those that networkd takes for others' since its last start.
        yield Raw("remove_rules")
    yield from (shell_words(("run", "nft", removal)) for removal in firewall.removals(tunnel.plan))
    yield Raw('rm -f "$copy" "$applied" "$applied.network"' if tunnel.made_by_wg else 'rm -f "$copy" "$applied"')


# --- activation ---


def _activation(tunnel: _Tunnel, verbs: dict[str, tuple[Raw, ...]]) -> Artefact:
    """Return the script that activates the tunnel, updates it where it can, and deactivates it."""
    files = f"/{_NETWORK / tunnel.stem}"
    return activation.script(
        tunnel.plan,
        "systemd-networkd",
        {"unit": tunnel.unit, "netdev": f"{files}.netdev", "network": f"{files}.network"},
        ("tunnel/read_unit.sh" if tunnel.served else "networkd/parts/read_device.sh", "networkd/parts/activation.sh"),
        tuple(starmap(Verb, verbs.items())),
    )


def _verbs(tunnel: _Tunnel) -> Iterator[tuple[str, tuple[Raw, ...]]]:
    yield "activate", tuple(_activate(tunnel))
    yield "update", tuple(_update(tunnel))
    yield "deactivate", tuple(_deactivate(tunnel))


def _activate(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the commands for a first installation, and for one that replaces an earlier version of the tunnel."""
    yield Raw("take_over")
    # An earlier version of the tunnel ends before networkd has the new device. Its service, if it had one, does so by
    # the commands that systemd read when it started: only they know its firewall.
    if tunnel.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw("read_unit")
    else:
        yield Raw('[ ! -e "/etc/systemd/system/$unit" ] || run systemctl disable --now "$unit"')
    if tunnel.keys is KeyStorage.CREDENTIAL and not tunnel.made_by_wg:
        yield Raw(f"run systemctl restart {_NETWORKD}")  # else it would not have the credentials
    else:
        yield Raw(f"run systemctl start {_NETWORKD}")
        if tunnel.keeps_rules:
            yield Raw("read_settings")
    yield Raw("delete_link")
    if tunnel.made_by_wg:
        # Else networkd would make the device of an earlier version, too.
        yield Raw('rm -f "$netdev"')
        yield Raw("run networkctl reload")
    if tunnel.served:
        yield Raw('run systemctl start "$unit"')
    else:
        yield Raw("run networkctl reload")
        if tunnel.activation is Activation.MANUAL:
            yield Raw('run networkctl up "$interface"')
        yield Raw("wait_until_configured")
    yield Raw("disable_wg_quick")


def _update(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the commands that apply a later version to a tunnel that is up: all of it, where there is no service."""
    if not tunnel.served:
        yield Raw("exists || fail 'is not up; use activate'")
        yield Raw("! systemctl --quiet is-active \"$unit\" || fail 'its earlier version has a service; use activate'")
        yield Raw("read_device")
        yield Raw("wait_until_configured")
    # What is loaded as a credential, systemd hands to a service only when it starts.
    elif tunnel.keys is not KeyStorage.CREDENTIAL:
        yield Raw("read_unit")
        yield Raw('run systemctl reload "$unit"')


def _deactivate(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the commands after which systemd has forgotten the tunnel, whatever has become of it before.

    networkd forgets it when its files are gone.
    """
    if tunnel.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw('! systemctl --quiet is-failed "$unit" || run systemctl reset-failed "$unit"')
    yield Raw("delete_link")
    yield Raw('rm -f "$netdev" "$network"')
    yield Raw("run networkctl reload")


# --- what differs ---


def _gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    plan = tunnel.plan
    if re.fullmatch(_NO_NAME_OF_A_LINK, tunnel.name):
        yield Gap(catalogue.INTERFACE_NAME_NOT_EXPRESSIBLE, None, {"name": tunnel.name})
    if not tunnel.made_by_wg and plan.device.peers:
        yield Gap(catalogue.DEVICE_SENT_AGAIN, None)
    if not tunnel.served and tunnel.has_ipv6:
        yield Gap(catalogue.IPV6_SWITCHED_ON, None)
    if tunnel.default_routes and not tunnel.keeps_rules:
        yield Gap(catalogue.RESTART_RENEWS_RULES, tunnel.default_routes[0].span)
    if hook := next((hook for hook in plan.hooks if hook.phase is Phase.PRE_DOWN), None):
        yield Gap(catalogue.PRE_DOWN_CANNOT_STOP, hook.span)
    yield from _hook_gaps(tunnel)
    yield from table_gaps(plan)
    yield from _step_gaps(tunnel)


def _hook_gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    """Yield the hooks of which networkd undoes something."""
    undone = {Kind.RESOLVER} if tunnel.keeps_rules else {Kind.RESOLVER, Kind.LINK, Kind.RULES}
    for hook in tunnel.plan.hooks:
        if hook.phase in (Phase.PRE_UP, Phase.POST_UP):
            touched = kinds(tunnel.plan, hook)
            for kind in sorted(touched & undone):
                yield Gap(catalogue.HOOK_IS_UNDONE, hook.span, {"what": _UNDONE[kind]})
            if Kind.REMOVAL in touched:
                yield Gap(catalogue.REMOVAL_IS_UNDONE, hook.span)


def _step_gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    for step in (*tunnel.plan.up, *tunnel.plan.down):
        match step:
            case SetMark(automatic=True):
                yield Gap(catalogue.MARK_ASSUMED, step.span, {"mark": step.mark})
            case BringUp(mtu=None) if not tunnel.served:
                yield Gap(catalogue.MTU_NOT_COMPUTED, None)
            case SaveConfig():
                yield Gap(catalogue.SAVE_CONFIG_NOT_EXPRESSIBLE, step.span)
            case SetResolver():
                yield Gap(catalogue.NEEDS_RESOLVED, step.span)
                for domain, span in zip(step.search, step.search_spans, strict=True):
                    if _begins_with_dot(domain):
                        yield Gap(catalogue.SEARCH_DOMAIN_NOT_EXPRESSIBLE, span, {"domain": domain})
            case (
                CreateLink()
                | RunHook()
                | ConfigureDevice()
                | AssignAddress()
                | BringUp()
                | SetMark()
                | AddRules()
                | AddRoute()
                | SkipRoute()
                | SetSourceValidMark()
                | InstallFirewall()
                | TearDown()
            ):
                pass
            case _:
                assert_never(step)
