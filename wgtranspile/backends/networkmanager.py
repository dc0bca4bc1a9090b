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
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid5

from wgtranspile.artefact import Artefact, Emission, Gap
from wgtranspile.backends import activation, firewall, hooks
from wgtranspile.backends.activation import Verb
from wgtranspile.backends.base import header, mark_gaps, place, save_config_gaps, source_name, table_gaps
from wgtranspile.backends.quoting import (
    comment,
    exec_command,
    keyfile_list,
    keyfile_setting,
    remark,
    shell_word,
    shell_words,
    systemd_setting,
    unit_name,
)
from wgtranspile.backends.targets import Activation, Chosen, Feature, KeyStorage, Options, dotted
from wgtranspile.diagnostics.catalogue import backends as catalogue
from wgtranspile.formats.sections import Document, Line, Section, write
from wgtranspile.model import (
    MEANING,
    Address,
    Family,
    Hook,
    Peer,
    Phase,
    PolicyRule,
    Route,
    Tunnel,
    is_automatic,
    known,
    moved,
    number,
)
from wgtranspile.model.linux import ADDED_METRIC, CONNECTED_METRIC
from wgtranspile.procedure import table_word
from wgtranspile.source import Source
from wgtranspile.templating import Raw, render, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address, IPv6Address

#: The namespace of the profiles' UUIDs (RFC 9562, version 5); the name in it is that of the interface.
NAMESPACE = UUID("9d0d6f3c-58a1-5d36-8f0e-3a8a1f6e2b74")

_PROFILES = PurePosixPath("etc/NetworkManager/system-connections")
_SYSTEM = PurePosixPath("etc/systemd/system")
_WIREGUARD = PurePosixPath("etc/wireguard")
_MADE = PurePosixPath("run/NetworkManager/system-connections")
_DIGEST = "wgtranspile.digest"
_DISPATCHER = PurePosixPath("etc/NetworkManager/dispatcher.d")
_DISPATCHER_UNIT = "NetworkManager-dispatcher.service"
_ANY = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}
# What the kernel and ip(8) give: connected routes and others. NetworkManager's own would be 50.
_METRIC = {Family.IPV4: "", Family.IPV6: f",::,{ADDED_METRIC[Family.IPV6]}"}


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


class _Build(NamedTuple):
    """A tunnel with what this backend derives from it."""

    tunnel: Tunnel
    chosen: Chosen
    keys: KeyStorage
    activation: Activation

    @property
    def name(self) -> str:
        return self.tunnel.interface

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
        return bool(self.tunnel.hooks or self.tunnel.rulesets)

    @property
    def hooks_up(self) -> tuple[Hook, ...]:
        """The hooks that run on the way up."""
        return tuple(hook for hook in self.tunnel.hooks if hook.phase in (Phase.PRE_UP, Phase.POST_UP))

    @property
    def named(self) -> tuple[Peer, ...]:
        """The peers whose endpoints have names."""
        return tuple(peer for peer in self.tunnel.device.peers if peer.endpoint and not peer.endpoint.is_numeric)

    @property
    def resolves(self) -> bool:
        """Whether names must be known before the tunnel is up: it may take the way to the name server, or hooks run."""
        return bool(self.named) and (self.scripted or self.tunnel.resolver is not None)

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
    addresses: tuple[Address, ...]
    routes: tuple[Route, ...]
    rules: tuple[PolicyRule, ...]
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


def emit(tunnel: Tunnel, options: Options) -> Emission:
    """Return the profile of a tunnel, and its dispatcher script where it needs one."""
    build = _Build(tunnel, options.chosen, options.keys, options.activation)
    digest = _digest(build)
    verbs = (
        Verb("activate", tuple(_activate(build))),
        Verb("update", tuple(_update(build, digest))),
        Verb("deactivate", tuple(_deactivate(build))),
    )
    run = {verb.name: (activation.command(tunnel, verb.name),) for verb in verbs}
    return Emission(
        artefacts=(*_artefacts(build, digest), _activation(build, verbs)),
        gaps=tuple(_gaps(build)),
        activate=run["activate"],
        deactivate=run["deactivate"],
        update=run["update"],
    )


def _digest(build: _Build) -> str:
    """Return a digest of all that `update` cannot apply: what there is without peers, keys and routes."""
    tunnel = build.tunnel
    device = tunnel.device._replace(private_key=None, peers=())
    without = tunnel._replace(device=device, routes=(), covered=())
    # Without the text, the places in comments are all alike.
    rest = build._replace(tunnel=moved(without, Source(tunnel.source.path, "")))
    whole = (build.resolves, *(part.method for part in _parts(build)), *_artefacts(rest, ""))
    told = "\0".join(
        f"{item.path}\0{item.mode}\0{item.content}" if isinstance(item, Artefact) else str(item) for item in whole
    )
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _artefacts(build: _Build, digest: str) -> Iterator[Artefact]:
    tunnel, filters = build.tunnel, {"comment": comment}
    # With hooks, the digest in it would let a password in one of them be guessed.
    secret = build.keys is KeyStorage.INLINE or bool(tunnel.hooks)
    yield Artefact(build.profile, _profile(build, digest), 0o600, secret=secret)
    if build.resolves:
        yield from _resolving(build)
    if firewall.tables(tunnel):
        yield firewall.script(tunnel, build.firewall)
    if not build.scripted:
        return
    if script := hooks.script(tunnel, tunnel.hooks):
        yield script
    view = _Script(
        build.name,
        source_name(tunnel),
        build.uuid,
        build.state,
        mark=number(tunnel.device.fwmark),
        removes_rules=bool(tunnel.rules),
        parts=(_part("shell/parts/mtu.sh"),) if is_automatic(tunnel.mtu) else (),
        up=tuple(_up(build)),
        clean_up=tuple(_clean_up(build)),
        pre_down=_run_hooks(build, Phase.PRE_DOWN),
        post_down=_run_hooks(build, Phase.POST_DOWN),
    )
    content = render("networkmanager/dispatcher.sh.j2", view, quote=shell_word, filters=filters)
    dispatcher, *links = build.scripts
    yield Artefact(dispatcher, content, 0o755)
    for link in links if view.pre_down else links[:1]:
        yield Artefact(link, "", 0o777, link_to=f"../{dispatcher.name}")


def _resolving(build: _Build) -> Iterator[Artefact]:
    """Yield what brings the tunnel up once names are known: a script, and for a boot a unit."""
    source, filters = source_name(build.tunnel), {"comment": comment}
    named = ((peer.public_key, peer.endpoint) for peer in build.named)
    view = _Connect(
        build.name,
        source,
        build.uuid,
        build.state,
        build.profile,
        _loaded(build),
        names=shell_words(word for key, endpoint in named for word in ("peer", key, "endpoint", endpoint)),
        parts=tuple(map(_part, ("shell/parts/tools.sh", "networkmanager/parts/reapply.sh"))),
        ask=build.keys is KeyStorage.EXTERNAL,
        scripted=build.scripted,
    )
    content = render("networkmanager/tunnel.connect.j2", view, quote=shell_word, filters=filters)
    yield Artefact(build.connect, content, 0o755)
    if build.served:
        yield Artefact(_SYSTEM / build.unit, _service(build))
        wanted = _SYSTEM / "multi-user.target.wants" / build.unit
        yield Artefact(wanted, "", 0o777, link_to=f"/{_SYSTEM / build.unit}")


def _part(name: str) -> Raw:
    """Return a file below templates/ with functions."""
    return Raw(text(name))


def _loaded(build: _Build) -> PurePosixPath:
    """Return the profile that NetworkManager reads: the one with addresses, where that is made on the host."""
    return _MADE / build.profile.name if build.resolves else build.profile


def _service(build: _Build) -> str:
    """Return the unit that brings the tunnel up at a boot."""
    other = activation.wg_quick_unit(build.tunnel)
    needed = "NetworkManager.service network-online.target nss-lookup.target"
    unit = (
        systemd_setting("Description", f"WireGuard tunnel {build.name}"),
        systemd_setting("Documentation", "man:wg-quick(8) man:nm-settings-keyfile(5)"),
        systemd_setting("Wants", needed),
        systemd_setting("Conflicts", other),
        systemd_setting("After", f"{needed} {other}"),
    )
    service = (
        systemd_setting("Type", "oneshot"),
        systemd_setting("RemainAfterExit", "yes"),
        remark("Keep trying until the name server answers, as wg-quick's unit does."),
        systemd_setting("Environment", "WG_ENDPOINT_RESOLUTION_RETRIES=infinity"),
        exec_command("ExecStart", f"/{build.connect}", "up"),
        exec_command("ExecStop", f"/{build.connect}", "down"),
    )
    install = (systemd_setting("WantedBy", "multi-user.target"),)
    top = header(build.tunnel, "activates the profile of {} once the endpoint names are resolved.")
    return write(Document(top, (Section("Unit", unit), Section("Service", service), Section("Install", install))))


# --- the profile ---


def _profile(build: _Build, digest: str) -> str:
    note = remark("A digest of everything except peers, keys and routes.")
    sections = (
        Section("connection", tuple(_connection(build))),
        Section("wireguard", tuple(_wireguard(build))),
        *(_peer(build, peer) for peer in build.tunnel.device.peers),
        *(Section(f"ipv{part.family}", tuple(_addressing(build, part))) for part in _parts(build)),
        Section("user", (note, keyfile_setting(_DIGEST, digest))),
    )
    return write(Document(header(build.tunnel, "the profile of {}."), sections))


def _connection(build: _Build) -> Iterator[Line]:
    yield keyfile_setting("id", build.name)
    yield keyfile_setting("uuid", build.uuid)
    yield keyfile_setting("type", "wireguard")
    yield keyfile_setting("interface-name", build.name)
    yield keyfile_setting("autoconnect", "true" if build.connects_itself and not build.resolves else "false")


def _wireguard(build: _Build) -> Iterator[Line]:
    device = build.tunnel.device
    if build.keys is KeyStorage.EXTERNAL:
        yield remark(f"nmcli --ask connection up uuid {build.uuid}")
        yield keyfile_setting("private-key-flags", 1)
    elif device.private_key:
        yield keyfile_setting("private-key", device.private_key)
    if port := known(device.listen_port):
        yield keyfile_setting("listen-port", port)
    if fwmark := number(device.fwmark):
        yield keyfile_setting("fwmark", fwmark)
    if (mtu := known(build.tunnel.mtu)) is not None:
        yield keyfile_setting("mtu", mtu)
    # The routes below are all there are to be.
    yield keyfile_setting("peer-routes", "false")
    yield keyfile_setting("ip4-auto-default-route", 0)
    yield keyfile_setting("ip6-auto-default-route", 0)


def _peer(build: _Build, peer: Peer) -> Section:
    return Section(f"wireguard-peer.{peer.public_key}", tuple(_of_peer(build, peer)), tuple(map(remark, peer.comments)))


def _of_peer(build: _Build, peer: Peer) -> Iterator[Line]:
    if peer.endpoint:
        yield keyfile_setting("endpoint", peer.endpoint)
    if peer.preshared_key:
        # Without flags the key would not count.
        yield keyfile_setting("preshared-key-flags", 0 if build.keys is KeyStorage.INLINE else 1)
        if build.keys is KeyStorage.INLINE:
            yield keyfile_setting("preshared-key", peer.preshared_key)
    if peer.persistent_keepalive:
        yield keyfile_setting("persistent-keepalive", peer.persistent_keepalive)
    if peer.allowed_ips:
        yield keyfile_list("allowed-ips", peer.allowed_ips)


def _parts(build: _Build) -> Iterator[_Part]:
    tunnel, resolver = build.tunnel, build.tunnel.resolver
    needs_address = build.chosen.lacks(Feature.SERVERS_WITHOUT_ADDRESS)
    for family in Family:
        part = _Part(
            family,
            tuple(item for item in tunnel.addresses if item.address.version == family),
            tuple(route for route in tunnel.routes if route.destination.version == family),
            tuple(rule for rule in tunnel.rules if rule.family is family),
            bool(tunnel.hooks),
        )
        if resolver and (part.addresses if needs_address else part.used):
            servers = tuple(item.address for item in resolver.servers if item.address.version == family)
            part = part._replace(servers=servers, search=tuple(domain.name for domain in resolver.search))
        yield part


def _addressing(build: _Build, part: _Part) -> Iterator[Line]:
    yield keyfile_setting("method", part.method)
    if part.family is Family.IPV6 and part.method != "disabled":
        # `eui64` would give no link-local address, as wg-quick gives none: a link without hardware address has nothing
        # to make one from. But NetworkManager warns of that every ten seconds, and activates no link without IPv4.
        yield keyfile_setting("addr-gen-mode", "stable-privacy")
    # NetworkManager makes the first IPv6 address of a profile the preferred one, wg-quick the last of a config.
    in_order = part.addresses if part.family is Family.IPV4 else reversed(part.addresses)
    for count, item in enumerate(in_order, 1):
        yield keyfile_setting(f"address{count}", item.address)
    if part.used:
        yield keyfile_setting("route-metric", CONNECTED_METRIC[part.family])
    for count, route in enumerate(part.routes, 1):
        yield remark(place(route.span))
        yield keyfile_setting(f"route{count}", f"{route.destination}{_METRIC[part.family]}")
        if (table := table_word(build.tunnel, route)) is not None:
            yield keyfile_setting(f"route{count}_options", f"table={table}")
    for count, rule in enumerate(part.rules, 1):
        yield remark(MEANING[rule.mark is None])
        yield keyfile_setting(f"routing-rule{count}", _rule(rule))
    if part.servers:
        yield keyfile_list("dns", part.servers)
        # `~.` sends every query here, as resolvconf's `-x` does; 100 leaves the other links their servers.
        yield keyfile_list("dns-search", (*part.search, "~."))
        yield keyfile_setting("dns-priority", 100)


def _rule(rule: PolicyRule) -> str:
    """Return a rule in the words of ip-rule(8), as keyfiles have it."""
    inverted = "not " * rule.inverted
    mark = "" if rule.mark is None else f" fwmark {number(rule.mark)}"
    suppress = "" if rule.suppress_prefixlength is None else f" suppress_prefixlength {rule.suppress_prefixlength}"
    return f"priority {rule.priority} {inverted}from {_ANY[rule.family]}{mark} table {number(rule.table)}{suppress}"


# --- the dispatcher script ---


def _up(build: _Build) -> Iterator[Raw]:
    if command := _run_hooks(build, Phase.PRE_UP):
        yield command
    if is_automatic(build.tunnel.mtu):
        yield Raw("bring_up")
    if firewall.tables(build.tunnel):
        yield shell_words(("nft", "-f", f"/{build.firewall}"))
    for name, value, _ in build.tunnel.sysctls:
        # Where it is so already, /proc/sys may be read-only.
        yield Raw(f'{{ [ "$(sysctl -n {name})" = {value} ] || sysctl -q {name}={value}; }}')
    if command := _run_hooks(build, Phase.POST_UP):
        yield command


def _clean_up(build: _Build) -> Iterator[Raw]:
    yield from (shell_words(("nft", removal)) for removal in firewall.removals(build.tunnel))
    if build.tunnel.rules:
        yield from (Raw(f"remove_rules -{family}") for family in Family)


def _run_hooks(build: _Build, phase: Phase) -> Raw | None:
    """Return the command that runs the hooks of a moment, if there are any."""
    if all(hook.phase is not phase for hook in build.tunnel.hooks):
        return None
    return shell_words((f"/{hooks.path(build.tunnel)}", phase))


# --- activation ---


def _activation(build: _Build, verbs: tuple[Verb, ...]) -> Artefact:
    """Return the script that activates the tunnel, updates it, and deactivates it."""
    settings: dict[str, object] = {"uuid": build.uuid, "state": build.state}
    if build.served or not build.resolves:
        settings["unit"] = build.unit
    if not build.resolves:
        settings["profile"] = f"/{build.profile}"
    return activation.script(
        build.tunnel,
        "NetworkManager",
        settings,
        tuple(_functions(build)),
        verbs,
    )


def _functions(build: _Build) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    if build.served:
        yield "tunnel/read_unit.sh"
    yield "networkmanager/parts/activation.sh"
    if any(_check_table(build)):
        yield "networkmanager/parts/need_table.sh"
    if not build.resolves:
        yield "networkmanager/parts/connect.sh"
        if build.scripted:
            yield "networkmanager/parts/need_dispatched.sh"
    if not _why_no_update(build):
        yield "networkmanager/parts/update.sh"
        if not build.resolves:
            yield "networkmanager/parts/reapply.sh"


def _activate(build: _Build) -> Iterator[Raw]:
    """Yield the commands for a first installation, and for one that replaces an earlier version of the tunnel."""
    # Without NetworkManager, its link could not be told from that of wg-quick.
    yield Raw("run systemctl start NetworkManager.service")
    yield Raw("take_over")
    if build.served:
        yield Raw("read_unit")
    if build.scripted:
        # `systemctl disable NetworkManager` takes it along, and no start of NetworkManager brings it back.
        yield Raw(f"systemctl --quiet is-enabled {_DISPATCHER_UNIT} || run systemctl enable {_DISPATCHER_UNIT}")
    yield Raw("take_down")
    yield from _forget(build)
    yield from _check_table(build)
    if build.served:
        yield Raw('run systemctl start "$unit"')
    elif build.resolves:
        yield shell_words(("run", f"/{build.connect}", "up"))
    else:
        yield Raw('run nmcli connection load "$profile"')
        # A profile that connects by itself does so now; to connect it again would run its hooks twice.
        nmcli = "nmcli --ask" if build.keys is KeyStorage.EXTERNAL else "nmcli"
        yield Raw(f'[ -n "$(profile_state)" ] || run {nmcli} connection up uuid "$uuid"')
        yield Raw("wait_until_active")
        if build.scripted:
            yield shell_words(("need_dispatched", f"/{build.scripts[0]}"))
    yield Raw("disable_wg_quick")


def _check_table(build: _Build) -> Iterator[Raw]:
    """Yield the command that fails where another uses the number that wg-quick would have found taken."""
    if is_automatic(mark := build.tunnel.device.fwmark):
        yield Raw(f"need_table {number(mark)}")


def _update(build: _Build, digest: str) -> Iterator[Raw]:
    """Yield the commands that apply other peers, keys and endpoints, and fail where anything else is not as it was."""
    if reason := _why_no_update(build):
        yield shell_words(("fail", f"{reason}; use activate"))
        return
    yield Raw(f"need_applied {digest}")
    if build.resolves:
        yield shell_words(("run", f"/{build.connect}", "update"))
    else:
        yield Raw('run nmcli connection load "$profile"')
        yield Raw("reapply")


def _why_no_update(build: _Build) -> str:
    if build.keys is KeyStorage.EXTERNAL:
        return "cannot be updated, because NetworkManager asks for its keys"
    if any(hooks.kinds(build.tunnel, hook) & {hooks.Kind.DEVICE, hooks.Kind.LINK} for hook in build.hooks_up):
        return "cannot be updated without undoing what its hooks do to the link"
    return ""


def _deactivate(build: _Build) -> Iterator[Raw]:
    if build.served:
        yield Raw('run systemctl stop "$unit"')
        yield Raw('! systemctl --quiet is-failed "$unit" || run systemctl reset-failed "$unit"')
    yield Raw("take_down")
    yield Raw("delete_profile")


def _forget(build: _Build) -> Iterator[Raw]:
    """Yield the commands that remove what an earlier version of the tunnel had, and this one has not."""
    if build.served:
        yield Raw('run systemctl stop "$unit"')
    if build.resolves:
        yield Raw("delete_profile")
        yield shell_words(("rm", "-f", f"/{_PROFILES / build.profile.name}"))
    else:
        yield Raw("remove_earlier_version")
    if not build.scripted:
        yield shell_words(("rm", "-f", *(f"/{path}" for path in build.scripts)))
    elif not firewall.tables(build.tunnel) and (removals := "; ".join(firewall.removals_of_any(build.tunnel))):
        yield Raw(f"[ ! -e /{build.firewall} ] || {shell_words(('run', 'nft', removals))}")


# --- what differs ---


def _gaps(build: _Build) -> Iterator[Gap]:
    if build.name.startswith("."):
        yield Gap(catalogue.INTERFACE_NAME_NOT_EXPRESSIBLE, None, {"name": build.name})
    if build.keys is KeyStorage.EXTERNAL:
        yield Gap(catalogue.KEYS_ASKED_FOR, None)
    elif build.tunnel.device.private_key is None:
        yield Gap(catalogue.PRIVATE_KEY_REQUIRED, None)
    yield from table_gaps(build.tunnel)
    yield from mark_gaps(build.tunnel)
    if is_automatic(build.tunnel.mtu) and not build.scripted:
        yield Gap(catalogue.MTU_NOT_COMPUTED, None)
    yield from save_config_gaps(build.tunnel)
    yield from _endpoint_gaps(build)
    yield from _resolver_gaps(build)
    yield from _hook_gaps(build)
    yield from _addressing_gaps(build)


def _endpoint_gaps(build: _Build) -> Iterator[Gap]:
    peers = [(peer, peer.endpoint) for peer in build.tunnel.device.peers if peer.endpoint]
    resolves = build.resolves
    for peer, endpoint in peers:
        if "%" in endpoint.host:
            yield Gap(catalogue.ENDPOINT_NOT_EXPRESSIBLE, peer.endpoint_span, {"endpoint": endpoint})
        elif not endpoint.is_numeric and not resolves:
            yield Gap(catalogue.NAME_RESOLVED_LATER, peer.endpoint_span, {"host": endpoint.host})
    if peers:
        yield Gap(catalogue.ROAMED_ENDPOINT_RESET, peers[0][0].endpoint_span)


def _hook_gaps(build: _Build) -> Iterator[Gap]:
    """Yield what differs for hooks, once for each moment, and what does not last of what they do."""
    for phase in Phase:
        hook = next((hook for hook in build.tunnel.hooks if hook.phase is phase), None)
        if hook and phase is Phase.PRE_UP:
            yield Gap(catalogue.PRE_UP_RUNS_LATE, hook.span)
        elif hook and phase is not Phase.POST_UP and not build.served:
            yield Gap(catalogue.HOOKS_AT_SHUTDOWN, hook.span, {"hook": phase})
        if hook and phase is Phase.PRE_DOWN:
            yield Gap(catalogue.PRE_DOWN_CANNOT_STOP, hook.span)
    for hook in build.hooks_up:
        touched = hooks.kinds(build.tunnel, hook)
        if hooks.Kind.RESOLVER in touched:
            yield Gap(catalogue.RESOLVER_HOOK_UNDONE, hook.span)
        if hooks.Kind.REMOVAL in touched:
            yield Gap(catalogue.REMOVAL_NOT_KEPT, hook.span)
        elif touched & {hooks.Kind.DEVICE, hooks.Kind.LINK}:
            yield Gap(catalogue.HOOK_UNDONE_BY_REAPPLY, hook.span)


def _addressing_gaps(build: _Build) -> Iterator[Gap]:
    ipv4, ipv6 = _parts(build)
    spans = (*(item.span for item in ipv6.addresses), *(route.span for route in ipv6.routes))
    if ipv6.method == "disabled":
        yield Gap(catalogue.IPV6_SWITCHED_OFF, None)
    else:
        yield Gap(catalogue.LINK_LOCAL_ADDRESS, spans[0] if spans else None)
    for part in (ipv4, ipv6):
        networks: set[object] = set()
        for item in part.addresses:
            if item.address.network in networks:
                yield Gap(catalogue.CONNECTED_ROUTE_PER_ADDRESS, item.span, {"address": item.address})
            networks.add(item.address.network)


def _resolver_gaps(build: _Build) -> Iterator[Gap]:
    resolver = build.tunnel.resolver
    if resolver is None:
        return
    parts = list(_parts(build))
    places = dict(resolver.servers)
    since = dotted(build.chosen.target.features[Feature.SERVERS_WITHOUT_ADDRESS])
    for part in parts:
        if part.servers and not part.addresses and not build.chosen.has(Feature.SERVERS_WITHOUT_ADDRESS):
            yield Gap(catalogue.DNS_WITHOUT_ADDRESS, places[part.servers[0]], {"family": part.family, "since": since})
    used_families = {part.family for part in parts if part.used}
    kept = [server for part in parts for server in part.servers]
    rule = catalogue.SERVER_NOT_EXPRESSIBLE if kept else catalogue.DNS_NOT_EXPRESSIBLE
    used = frozenset(kept)
    for server, span in places.items():
        if server not in used:
            needed = f" `Address`, which versions before {since} need" if server.version in used_families else ""
            yield Gap(rule, span, {"server": server, "family": server.version, "needed": needed})
    first = resolver.servers[0].span
    if kept != [server.address for server in resolver.servers if server.address in used]:
        yield Gap(catalogue.SERVERS_BY_FAMILY, first)
    yield Gap(catalogue.EXCLUSIVE_WITH_RESOLVED, first)
