"""NetworkManager: a keyfile, and a dispatcher script for what keyfiles lack.

The rules of a default route are written out, and not left to `ip4-auto-default-route`: so they have wg-quick's
priorities, and the firewall is wg-quick's. NetworkManager has one of its own only since 1.52.1, and only beside its own
rules.

Where the endpoints of peers have names, and these must be known before anything goes into the tunnel, the profile lies
in /etc/wireguard: a script resolves the names once, as wg-quick does, and gives NetworkManager one with addresses.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, assert_never
from uuid import UUID, uuid5

from wgtranspile.artefact import Artefact, Emission, Gap
from wgtranspile.backends import activation, firewall, hooks
from wgtranspile.backends.activation import Verb
from wgtranspile.backends.base import (
    Activation,
    KeyStorage,
    Options,
    keys_not_expressible,
    place,
    source_name,
    table_gaps,
)
from wgtranspile.backends.quoting import (
    comment,
    exec_command,
    keyfile_list,
    keyfile_setting,
    line,
    shell_word,
    shell_words,
    systemd_line,
    unit_name,
)
from wgtranspile.diagnostics import catalogue
from wgtranspile.plan import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    Family,
    InstallFirewall,
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
from wgtranspile.source import Source
from wgtranspile.templating import Raw, block, render, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address, IPv6Address

#: The namespace of the profiles' UUIDs (RFC 9562, version 5); the name in it is that of the interface.
NAMESPACE = UUID("9d0d6f3c-58a1-5d36-8f0e-3a8a1f6e2b74")

_PROFILES = PurePosixPath("etc/NetworkManager/system-connections")
_SYSTEM = PurePosixPath("etc/systemd/system")
_WIREGUARD = PurePosixPath("etc/wireguard")
_MADE = PurePosixPath("run/NetworkManager/system-connections")
_EXEC = {"Start": "up", "Stop": "down"}
_DIGEST = "wgtranspile.digest"
_DISPATCHER = PurePosixPath("etc/NetworkManager/dispatcher.d")
_DISPATCHER_UNIT = "NetworkManager-dispatcher.service"
_MAIN, _ANY = 254, {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
# What the kernel and ip(8) give: connected routes and others. NetworkManager's own would be 50.
_CONNECTED_METRIC, _METRIC = {Family.IPV4: 0, Family.IPV6: 256}, {Family.IPV4: "", Family.IPV6: ",::,1024"}


class _Profile(NamedTuple):
    interface: str
    source: str
    groups: tuple[Raw, ...]


class _Script(NamedTuple):
    interface: str
    source: str
    uuid: UUID
    state: PurePosixPath
    mark: int
    removes_rules: bool
    parts: tuple[Raw, ...]
    up: tuple[Raw, ...]
    clean_up: tuple[Raw, ...]
    pre_down: Raw | None
    post_down: Raw | None


class _Connect(NamedTuple):
    interface: str
    source: str
    uuid: UUID
    state: PurePosixPath
    template: PurePosixPath
    profile: PurePosixPath
    names: Raw
    parts: tuple[Raw, ...]
    ask: bool
    scripted: bool


class _Service(NamedTuple):
    interface: str
    source: str
    conflicts: str
    start: Raw
    stop: Raw


class _Tunnel(NamedTuple):
    """A plan with what this backend derives from it."""

    plan: Plan
    keys: KeyStorage
    activation: Activation

    @property
    def name(self) -> str:
        return self.plan.interface

    @property
    def uuid(self) -> UUID:
        return uuid5(NAMESPACE, self.name)

    @property
    def profile(self) -> PurePosixPath:
        return (_WIREGUARD if self.resolves else _PROFILES) / f"{self.name}.nmconnection"

    @property
    def connect(self) -> PurePosixPath:
        """The script that resolves names and then brings the tunnel up."""
        return _WIREGUARD / f"{self.name}.connect"

    @property
    def unit(self) -> str:
        """The unit that does so at a boot."""
        return f"{unit_name(f'wireguard-{self.name}')}.service"

    @property
    def firewall(self) -> PurePosixPath:
        return PurePosixPath(f"etc/nftables/{self.name}.nft")

    @property
    def scripts(self) -> tuple[PurePosixPath, ...]:
        """The dispatcher script, and the links to it."""
        return tuple(_DISPATCHER / folder / f"50-{self.name}.sh" for folder in ("", "pre-up.d", "pre-down.d"))

    @property
    def state(self) -> PurePosixPath:
        return PurePosixPath(f"/run/wireguard-{self.name}.link")

    @property
    def scripted(self) -> bool:
        return bool(self.plan.hooks) or any(isinstance(step, InstallFirewall) for step in self.plan.up)

    @property
    def hooks_up(self) -> tuple[RunHook, ...]:
        """The hooks that run on the way up."""
        return tuple(hook for hook in self.plan.hooks if hook.phase in (Phase.PRE_UP, Phase.POST_UP))

    @property
    def named(self) -> tuple[Peer, ...]:
        """The peers whose endpoints have names."""
        return tuple(peer for peer in self.plan.device.peers if peer.endpoint and not peer.endpoint.is_numeric)

    @property
    def resolves(self) -> bool:
        """Whether names must be known before the tunnel is up: it may take the way to the name server, or hooks run."""
        return bool(self.named) and (self.scripted or any(isinstance(step, SetResolver) for step in self.plan.up))

    @property
    def connects_itself(self) -> bool:
        """Whether a boot brings it up."""
        return self.activation is Activation.BOOT and self.keys is KeyStorage.INLINE

    @property
    def served(self) -> bool:
        """Whether a unit does so, and not NetworkManager by itself."""
        return self.resolves and self.connects_itself


class _Part(NamedTuple):
    """What one family has of the tunnel."""

    family: Family
    addresses: tuple[AssignAddress, ...]
    routes: tuple[AddRoute, ...]
    rules: AddRules | None
    hooked: bool
    servers: tuple[IPv4Address | IPv6Address, ...] = ()
    search: tuple[str, ...] = ()

    @property
    def used(self) -> bool:
        return bool(self.addresses or self.routes)

    @property
    def method(self) -> str:
        if self.addresses or self.servers:
            return "manual"
        # Unlike `manual`, these take routes without an address in every version, but no DNS servers.
        if self.family is Family.IPV4:
            return "disabled"
        # A hook may need IPv6, which `disabled` switches off, and `ignore` anew at each start of NetworkManager.
        return "link-local" if self.routes or self.hooked else "disabled"


def emit(plan: Plan, options: Options) -> Emission:
    """Return the profile of a tunnel, and its dispatcher script where it needs one."""
    keys = options.keys or KeyStorage.INLINE
    if keys not in (KeyStorage.INLINE, KeyStorage.EXTERNAL):
        return Emission((), (keys_not_expressible(keys, KeyStorage.INLINE, KeyStorage.EXTERNAL),))
    tunnel = _Tunnel(plan, keys, options.activation)
    digest = _digest(tunnel)
    verbs = (
        Verb("activate", tuple(_activate(tunnel))),
        Verb("update", tuple(_update(tunnel, digest))),
        Verb("deactivate", tuple(_deactivate(tunnel))),
    )
    run = {verb.name: (activation.command(plan, verb.name),) for verb in verbs}
    return Emission(
        artefacts=(*_artefacts(tunnel, digest), _activation(tunnel, verbs)),
        gaps=tuple(_gaps(tunnel)),
        activate=run["activate"],
        deactivate=run["deactivate"],
        update=run["update"],
    )


def _digest(tunnel: _Tunnel) -> str:
    """Return a digest of all that `update` cannot apply: what there is without peers, keys and routes."""
    plan = tunnel.plan
    up = tuple(
        step._replace(private_key=None, peers=()) if isinstance(step, ConfigureDevice) else step
        for step in plan.up
        if not isinstance(step, AddRoute | SkipRoute)
    )
    # Without its text, the places in comments are all alike.
    rest = tunnel._replace(plan=plan._replace(source=Source(plan.source.path, ""), up=up))
    whole = (tunnel.resolves, *(part.method for part in _parts(plan)), *_artefacts(rest, ""))
    told = "\0".join(
        f"{item.path}\0{item.mode}\0{item.content}" if isinstance(item, Artefact) else str(item) for item in whole
    )
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _artefacts(tunnel: _Tunnel, digest: str) -> Iterator[Artefact]:
    plan, filters = tunnel.plan, {"comment": comment}
    profile = _Profile(tunnel.name, source_name(plan), tuple(map(block, _groups(tunnel, digest))))
    content = render("networkmanager/tunnel.nmconnection.j2", profile, quote=line, filters=filters)
    yield Artefact(tunnel.profile, content, 0o600, secret=tunnel.keys is KeyStorage.INLINE)
    if tunnel.resolves:
        yield from _resolving(tunnel)
    if firewall.tables(plan):
        yield firewall.script(plan, tunnel.firewall)
    if not tunnel.scripted:
        return
    if script := hooks.script(plan, plan.hooks):
        yield script
    view = _Script(
        tunnel.name,
        source_name(plan),
        tunnel.uuid,
        tunnel.state,
        mark=plan.fwmark,
        removes_rules=_has_rules(plan),
        parts=(_part("shell/parts/mtu.sh"),) if _computes_mtu(plan) else (),
        up=tuple(_up(tunnel)),
        clean_up=tuple(_clean_up(tunnel)),
        pre_down=_run_hooks(tunnel, Phase.PRE_DOWN),
        post_down=_run_hooks(tunnel, Phase.POST_DOWN),
    )
    content = render("networkmanager/dispatcher.sh.j2", view, quote=shell_word, filters=filters)
    dispatcher, *links = tunnel.scripts
    yield Artefact(dispatcher, content, 0o755)
    for link in links if view.pre_down else links[:1]:
        yield Artefact(link, "", 0o777, link_to=f"../{dispatcher.name}")


def _resolving(tunnel: _Tunnel) -> Iterator[Artefact]:
    """Yield what brings the tunnel up once names are known: a script, and for a boot a unit."""
    source, filters = source_name(tunnel.plan), {"comment": comment}
    named = ((peer.public_key, peer.endpoint) for peer in tunnel.named)
    view = _Connect(
        tunnel.name,
        source,
        tunnel.uuid,
        tunnel.state,
        tunnel.profile,
        _loaded(tunnel),
        names=shell_words(word for key, endpoint in named for word in ("peer", key, "endpoint", endpoint)),
        parts=tuple(map(_part, ("shell/parts/tools.sh", "networkmanager/parts/reapply.sh"))),
        ask=tunnel.keys is KeyStorage.EXTERNAL,
        scripted=tunnel.scripted,
    )
    content = render("networkmanager/tunnel.connect.j2", view, quote=shell_word, filters=filters)
    yield Artefact(tunnel.connect, content, 0o755)
    if tunnel.served:
        start, stop = (exec_command(f"Exec{name}", f"/{tunnel.connect}", word) for name, word in _EXEC.items())
        service = _Service(tunnel.name, source, activation.wg_quick_unit(tunnel.plan), start, stop)
        content = render("networkmanager/tunnel.service.j2", service, quote=systemd_line, filters=filters)
        yield Artefact(_SYSTEM / tunnel.unit, content)
        wanted = _SYSTEM / "multi-user.target.wants" / tunnel.unit
        yield Artefact(wanted, "", 0o777, link_to=f"/{_SYSTEM / tunnel.unit}")


def _part(name: str) -> Raw:
    """Return a file below templates/ with functions."""
    return Raw(text(name))


def _loaded(tunnel: _Tunnel) -> PurePosixPath:
    """Return the profile that NetworkManager reads: the one with addresses, where that is made on the host."""
    return _MADE / tunnel.profile.name if tunnel.resolves else tunnel.profile


# --- the profile ---


def _groups(tunnel: _Tunnel, digest: str) -> Iterator[Iterator[Raw]]:
    yield _connection(tunnel)
    yield _wireguard(tunnel)
    yield from (_peer(tunnel, peer) for peer in tunnel.plan.device.peers)
    yield from (_addressing(tunnel, part) for part in _parts(tunnel.plan))
    yield iter(
        (
            line("[user]"),
            line("# A digest of everything except peers, keys and routes."),
            keyfile_setting(_DIGEST, digest),
        )
    )


def _connection(tunnel: _Tunnel) -> Iterator[Raw]:
    yield line("[connection]")
    yield keyfile_setting("id", tunnel.name)
    yield keyfile_setting("uuid", tunnel.uuid)
    yield line("type=wireguard")
    yield keyfile_setting("interface-name", tunnel.name)
    yield line(f"autoconnect={'true' if tunnel.connects_itself and not tunnel.resolves else 'false'}")


def _wireguard(tunnel: _Tunnel) -> Iterator[Raw]:
    device = tunnel.plan.device
    yield line("[wireguard]")
    if tunnel.keys is KeyStorage.EXTERNAL:
        yield comment(f"# nmcli --ask connection up uuid {tunnel.uuid}")
        yield line("private-key-flags=1")
    elif device.private_key:
        yield keyfile_setting("private-key", device.private_key)
    if device.listen_port:
        yield keyfile_setting("listen-port", device.listen_port)
    if tunnel.plan.fwmark:
        yield keyfile_setting("fwmark", tunnel.plan.fwmark)
    for step in tunnel.plan.up:
        if isinstance(step, BringUp) and step.mtu is not None:
            yield keyfile_setting("mtu", step.mtu)
    # The routes below are all there are to be.
    yield line("peer-routes=false")
    yield line("ip4-auto-default-route=0")
    yield line("ip6-auto-default-route=0")


def _peer(tunnel: _Tunnel, peer: Peer) -> Iterator[Raw]:
    yield from (comment(f"# {text}") for text in peer.comments)
    yield line(f"[wireguard-peer.{peer.public_key}]")
    if peer.endpoint:
        yield keyfile_setting("endpoint", peer.endpoint)
    if peer.preshared_key:
        # Without flags the key would not count.
        yield line(f"preshared-key-flags={0 if tunnel.keys is KeyStorage.INLINE else 1}")
        if tunnel.keys is KeyStorage.INLINE:
            yield keyfile_setting("preshared-key", peer.preshared_key)
    if peer.persistent_keepalive:
        yield keyfile_setting("persistent-keepalive", peer.persistent_keepalive)
    if peer.allowed_ips:
        yield keyfile_list("allowed-ips", peer.allowed_ips)


def _parts(plan: Plan) -> Iterator[_Part]:
    resolver = next((step for step in plan.up if isinstance(step, SetResolver)), None)
    for family in Family:
        part = _Part(
            family,
            tuple(s for s in plan.up if isinstance(s, AssignAddress) and s.address.version == family),
            tuple(s for s in plan.up if isinstance(s, AddRoute) and s.destination.version == family),
            next((s for s in plan.up if isinstance(s, AddRules) and s.family is family), None),
            bool(plan.hooks),
        )
        if resolver and part.used:
            servers = tuple(server for server in resolver.servers if server.version == family)
            part = part._replace(servers=servers, search=resolver.search)
        yield part


def _addressing(tunnel: _Tunnel, part: _Part) -> Iterator[Raw]:
    yield line(f"[ipv{part.family}]")
    yield line(f"method={part.method}")
    if part.family is Family.IPV6 and part.method != "disabled":
        # `eui64` would give no link-local address, as wg-quick gives none: a link without hardware address has nothing
        # to make one from. But NetworkManager warns of that every ten seconds, and activates no link without IPv4.
        yield line("addr-gen-mode=stable-privacy")
    # NetworkManager makes the first IPv6 address of a profile the preferred one, wg-quick the last of a config.
    in_order = part.addresses if part.family is Family.IPV4 else reversed(part.addresses)
    for number, step in enumerate(in_order, 1):
        yield keyfile_setting(f"address{number}", step.address)
    if part.used:
        yield line(f"route-metric={_CONNECTED_METRIC[part.family]}")
    for number, route in enumerate(part.routes, 1):
        yield comment(f"# {place(tunnel.plan, route.span)}")
        yield keyfile_setting(f"route{number}", f"{route.destination}{_METRIC[part.family]}")
        if route.table is not None:
            yield keyfile_setting(f"route{number}_options", f"table={route.table}")
    if part.rules:
        yield from _rules(part.rules)
    if part.servers:
        yield keyfile_list("dns", part.servers)
        # `~.` sends every query here, as resolvconf's `-x` does; 100 leaves the other links their servers.
        yield keyfile_list("dns-search", (*part.search, "~."))
        yield line("dns-priority=100")


def _rules(rules: AddRules) -> Iterator[Raw]:
    source = f"from {_ANY[rules.family]}"
    yield line("# Look up the main table first, ignoring its default route.")
    suppress = f"priority {rules.priority - 1} {source} table {_MAIN} suppress_prefixlength 0"
    yield keyfile_setting("routing-rule1", suppress)
    yield line("# Then send everything except encrypted packets through the tunnel.")
    yield keyfile_setting(
        "routing-rule2", f"priority {rules.priority} not {source} fwmark {rules.mark} table {rules.mark}"
    )


# --- the dispatcher script ---


def _has_rules(plan: Plan) -> bool:
    return any(isinstance(step, AddRules) for step in plan.up)


def _computes_mtu(plan: Plan) -> bool:
    return any(isinstance(step, BringUp) and step.mtu is None for step in plan.up)


def _up(tunnel: _Tunnel) -> Iterator[Raw]:
    if command := _run_hooks(tunnel, Phase.PRE_UP):
        yield command
    if _computes_mtu(tunnel.plan):
        yield Raw("bring_up")
    if firewall.tables(tunnel.plan):
        yield shell_words(("nft", "-f", f"/{tunnel.firewall}"))
    if any(isinstance(step, SetSourceValidMark) for step in tunnel.plan.up):
        # Where it is so already, /proc/sys may be read-only.
        setting = "net.ipv4.conf.all.src_valid_mark"
        yield Raw(f'{{ [ "$(sysctl -n {setting})" = 1 ] || sysctl -q {setting}=1; }}')
    if command := _run_hooks(tunnel, Phase.POST_UP):
        yield command


def _clean_up(tunnel: _Tunnel) -> Iterator[Raw]:
    yield from (shell_words(("nft", removal)) for removal in firewall.removals(tunnel.plan))
    if _has_rules(tunnel.plan):
        yield from (Raw(f"remove_rules -{family}") for family in Family)


def _run_hooks(tunnel: _Tunnel, phase: Phase) -> Raw | None:
    """Return the command that runs the hooks of a moment, if there are any."""
    if all(hook.phase is not phase for hook in tunnel.plan.hooks):
        return None
    return shell_words((f"/{hooks.path(tunnel.plan)}", phase))


# --- activation ---


def _activation(tunnel: _Tunnel, verbs: tuple[Verb, ...]) -> Artefact:
    """Return the script that activates the tunnel, updates it, and deactivates it."""
    settings: dict[str, object] = {"uuid": tunnel.uuid, "state": tunnel.state}
    if tunnel.served or not tunnel.resolves:
        settings["unit"] = tunnel.unit
    if not tunnel.resolves:
        settings["profile"] = f"/{tunnel.profile}"
    return activation.script(
        tunnel.plan,
        "NetworkManager",
        settings,
        tuple(_functions(tunnel)),
        verbs,
    )


def _functions(tunnel: _Tunnel) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    if tunnel.served:
        yield "tunnel/read_unit.sh"
    yield "networkmanager/parts/activation.sh"
    if any(_check_table(tunnel)):
        yield "networkmanager/parts/need_table.sh"
    if not tunnel.resolves:
        yield "networkmanager/parts/connect.sh"
        if tunnel.scripted:
            yield "networkmanager/parts/need_dispatched.sh"
    if not _why_no_update(tunnel):
        yield "networkmanager/parts/update.sh"
        if not tunnel.resolves:
            yield "networkmanager/parts/reapply.sh"


def _activate(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the commands for a first installation, and for one that replaces an earlier version of the tunnel."""
    # Without NetworkManager, its link could not be told from that of wg-quick.
    yield Raw("run systemctl start NetworkManager.service")
    yield Raw("take_over")
    if tunnel.served:
        yield Raw("read_unit")
    if tunnel.scripted:
        # `systemctl disable NetworkManager` takes it along, and no start of NetworkManager brings it back.
        yield Raw(f"systemctl --quiet is-enabled {_DISPATCHER_UNIT} || run systemctl enable {_DISPATCHER_UNIT}")
    yield Raw("take_down")
    yield from _forget(tunnel)
    yield from _check_table(tunnel)
    if tunnel.served:
        yield Raw('run systemctl start "$unit"')
    elif tunnel.resolves:
        yield shell_words(("run", f"/{tunnel.connect}", "up"))
    else:
        yield Raw('run nmcli connection load "$profile"')
        # A profile that connects by itself does so now; to connect it again would run its hooks twice.
        nmcli = "nmcli --ask" if tunnel.keys is KeyStorage.EXTERNAL else "nmcli"
        yield Raw(f'[ -n "$(profile_state)" ] || run {nmcli} connection up uuid "$uuid"')
        yield Raw("wait_until_active")
        if tunnel.scripted:
            yield shell_words(("need_dispatched", f"/{tunnel.scripts[0]}"))
    yield Raw("disable_wg_quick")


def _check_table(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the command that fails where another uses the number that wg-quick would have found taken."""
    for step in tunnel.plan.up:
        if isinstance(step, SetMark) and step.automatic:
            yield Raw(f"need_table {step.mark}")


def _update(tunnel: _Tunnel, digest: str) -> Iterator[Raw]:
    """Yield the commands that apply other peers, keys and endpoints, and fail where anything else is not as it was."""
    if reason := _why_no_update(tunnel):
        yield shell_words(("fail", f"{reason}; use activate"))
        return
    yield Raw(f"need_applied {digest}")
    if tunnel.resolves:
        yield shell_words(("run", f"/{tunnel.connect}", "update"))
    else:
        yield Raw('run nmcli connection load "$profile"')
        yield Raw("reapply")


def _why_no_update(tunnel: _Tunnel) -> str:
    if tunnel.keys is KeyStorage.EXTERNAL:
        return "cannot be updated, because NetworkManager asks for its keys"
    if any(hooks.kinds(tunnel.plan, hook) & {hooks.Kind.DEVICE, hooks.Kind.LINK} for hook in tunnel.hooks_up):
        return "cannot be updated without undoing what its hooks do to the link"
    return ""


def _deactivate(tunnel: _Tunnel) -> Iterator[Raw]:
    if tunnel.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw('! systemctl --quiet is-failed "$unit" || run systemctl reset-failed "$unit"')
    yield Raw("take_down")
    yield Raw("delete_profile")


def _forget(tunnel: _Tunnel) -> Iterator[Raw]:
    """Yield the commands that remove what an earlier version of the tunnel had, and this one has not."""
    if tunnel.served:
        yield Raw('run systemctl stop "$unit"')
    if tunnel.resolves:
        yield Raw("delete_profile")
        yield shell_words(("rm", "-f", f"/{_PROFILES / tunnel.profile.name}"))
    else:
        yield Raw("remove_earlier_version")
    if not tunnel.scripted:
        yield shell_words(("rm", "-f", *(f"/{path}" for path in tunnel.scripts)))
    elif not firewall.tables(tunnel.plan) and (removals := "; ".join(firewall.removals_of_any(tunnel.plan))):
        yield Raw(f"[ ! -e /{tunnel.firewall} ] || {shell_words(('run', 'nft', removals))}")


# --- what differs ---


def _gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    if tunnel.name.startswith("."):
        yield Gap(catalogue.INTERFACE_NAME_NOT_EXPRESSIBLE, None, {"name": tunnel.name})
    if tunnel.keys is KeyStorage.EXTERNAL:
        yield Gap(catalogue.KEYS_ASKED_FOR, None)
    elif tunnel.plan.device.private_key is None:
        yield Gap(catalogue.PRIVATE_KEY_REQUIRED, None)
    yield from table_gaps(tunnel.plan)
    yield from _step_gaps(tunnel)
    yield from _hook_gaps(tunnel)
    yield from _addressing_gaps(tunnel.plan)


def _step_gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    plan = tunnel.plan
    for step in (*plan.up, *plan.down):
        match step:
            case SetMark(automatic=True):
                yield Gap(catalogue.MARK_ASSUMED, step.span, {"mark": step.mark})
            case BringUp(mtu=None) if not tunnel.scripted:
                yield Gap(catalogue.MTU_NOT_COMPUTED, None)
            case SaveConfig():
                yield Gap(catalogue.SAVE_CONFIG_NOT_EXPRESSIBLE, step.span)
            case ConfigureDevice():
                yield from _endpoint_gaps(tunnel)
            case SetResolver():
                yield from _resolver_gaps(plan, step)
            case (
                CreateLink()
                | RunHook()
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


def _endpoint_gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    peers = [(peer, peer.endpoint) for peer in tunnel.plan.device.peers if peer.endpoint]
    resolves = tunnel.resolves
    for peer, endpoint in peers:
        if "%" in endpoint.host:
            yield Gap(catalogue.ENDPOINT_NOT_EXPRESSIBLE, peer.endpoint_span, {"endpoint": endpoint})
        elif not endpoint.is_numeric and not resolves:
            yield Gap(catalogue.NAME_RESOLVED_LATER, peer.endpoint_span, {"host": endpoint.host})
    if peers:
        yield Gap(catalogue.ROAMED_ENDPOINT_RESET, peers[0][0].endpoint_span)


def _hook_gaps(tunnel: _Tunnel) -> Iterator[Gap]:
    """Yield what differs for hooks, once for each moment, and what does not last of what they do."""
    for phase in Phase:
        hook = next((hook for hook in tunnel.plan.hooks if hook.phase is phase), None)
        if hook and phase is Phase.PRE_UP:
            yield Gap(catalogue.PRE_UP_RUNS_LATE, hook.span)
        elif hook and phase is not Phase.POST_UP and not tunnel.served:
            yield Gap(catalogue.HOOKS_AT_SHUTDOWN, hook.span, {"hook": phase})
        if hook and phase is Phase.PRE_DOWN:
            yield Gap(catalogue.PRE_DOWN_CANNOT_STOP, hook.span)
    for hook in tunnel.hooks_up:
        touched = hooks.kinds(tunnel.plan, hook)
        if hooks.Kind.RESOLVER in touched:
            yield Gap(catalogue.RESOLVER_HOOK_UNDONE, hook.span)
        if hooks.Kind.REMOVAL in touched:
            yield Gap(catalogue.REMOVAL_NOT_KEPT, hook.span)
        elif touched & {hooks.Kind.DEVICE, hooks.Kind.LINK}:
            yield Gap(catalogue.HOOK_UNDONE_BY_REAPPLY, hook.span)


def _addressing_gaps(plan: Plan) -> Iterator[Gap]:
    ipv4, ipv6 = _parts(plan)
    spans = (*(step.span for step in ipv6.addresses), *(step.span for step in ipv6.routes))
    if ipv6.method == "disabled":
        yield Gap(catalogue.IPV6_SWITCHED_OFF, None)
    else:
        yield Gap(catalogue.LINK_LOCAL_ADDRESS, spans[0] if spans else None)
    for part in (ipv4, ipv6):
        networks: set[object] = set()
        for step in part.addresses:
            if step.address.network in networks:
                yield Gap(catalogue.CONNECTED_ROUTE_PER_ADDRESS, step.span, {"address": step.address})
            networks.add(step.address.network)


def _resolver_gaps(plan: Plan, step: SetResolver) -> Iterator[Gap]:
    parts = list(_parts(plan))
    places = dict(zip(step.servers, step.server_spans, strict=True))
    for part in parts:
        if part.servers and not part.addresses:
            yield Gap(catalogue.DNS_WITHOUT_ADDRESS, places[part.servers[0]], {"family": part.family})
    kept = [server for part in parts for server in part.servers]
    rule = catalogue.SERVER_NOT_EXPRESSIBLE if kept else catalogue.DNS_NOT_EXPRESSIBLE
    used = frozenset(kept)
    for server, span in places.items():
        if server not in used:
            yield Gap(rule, span, {"server": server, "family": server.version})
    if kept != [server for server in step.servers if server in used]:
        yield Gap(catalogue.SERVERS_BY_FAMILY, step.span)
    yield Gap(catalogue.EXCLUSIVE_WITH_RESOLVED, step.span)
