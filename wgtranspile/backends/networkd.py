"""systemd-networkd: a .netdev and a .network file, and a service for what networkd lacks.

Only a default route (its firewall) and hooks need the service; it then brings the link up, so that the tunnel is never
up without them.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.artefact import Artefact, Emission, Gap
from wgtranspile.backends import firewall, hooks
from wgtranspile.backends.base import Activation, KeyStorage, Options, place, source_name
from wgtranspile.backends.quoting import comment, exec_command, shell_word, shell_words, systemd_line, unit_name
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
from wgtranspile.templating import Raw, block, render

if TYPE_CHECKING:
    from collections.abc import Iterator

_NETWORK = PurePosixPath("etc/systemd/network")
_SYSTEM = PurePosixPath("etc/systemd/system")
_CREDENTIALS = PurePosixPath("etc/credstore")
_GROUP = "systemd-network"
_WAIT_ONLINE = "/usr/lib/systemd/systemd-networkd-wait-online"
_KEY_HOOK = r"wg set (?P<interface>\S+) private-key (?P<file>/[A-Za-z0-9._+=@/-]+)"
# What systemd takes for the number of a link, and its programs for an option.
_NO_NAME_OF_A_LINK = r"\+?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)|-.*"
_FAMILY = {frozenset({Family.IPV4}): "ipv4", frozenset({Family.IPV6}): "ipv6", frozenset(Family): "both"}


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
    hooked: bool
    start: tuple[Raw, ...]
    stop: tuple[Raw, ...]
    clean_up: tuple[Raw, ...]


class _Tunnel(NamedTuple):
    """A plan with what this backend derives from it."""

    plan: Plan
    keys: KeyStorage
    activation: Activation
    device: ConfigureDevice
    key_hook: RunHook | None
    served: bool

    @property
    def name(self) -> str:
        return self.plan.interface

    @property
    def stem(self) -> str:
        return f"50-{self.name}"

    @property
    def unit(self) -> str:
        return f"{unit_name(f'wireguard-{self.name}')}.service"

    def hooks(self, phase: Phase) -> Iterator[RunHook]:
        return (hook for hook in self.plan.hooks if hook.phase is phase and hook is not self.key_hook)


def emit(plan: Plan, options: Options) -> Emission:
    """Give the files of a tunnel, its service where it needs one, and its keys."""
    device = plan.device
    key_hook = None if device.private_key else next(filter(None, map(_key_hook, plan.up)), None)
    tunnel = _Tunnel(
        plan=plan,
        keys=options.keys or KeyStorage.FILE,
        activation=options.activation,
        device=device,
        key_hook=key_hook,
        served=any(hook is not key_hook for hook in plan.hooks)
        or any(isinstance(step, InstallFirewall) for step in plan.up),
    )
    return Emission(
        artefacts=tuple(_artefacts(tunnel, options)),
        gaps=tuple(_gaps(tunnel, options)),
        activate=tuple(_activate(tunnel, options)),
        deactivate=tuple(_deactivate(tunnel)),
    )


def _artefacts(tunnel: _Tunnel, options: Options) -> Iterator[Artefact]:
    plan, filters = tunnel.plan, {"comment": comment}
    inline = tunnel.keys is KeyStorage.INLINE
    device = _Device(tunnel.name, source_name(plan), tuple(_device(tunnel)), tuple(map(block, _peers(tunnel))))
    text = render("networkd/tunnel.netdev.j2", device, quote=systemd_line, filters=filters)
    yield Artefact(_NETWORK / f"{tunnel.stem}.netdev", text, 0o640, group=_GROUP, secret=inline)
    network = _Network(tunnel.name, source_name(plan), tuple(_link(tunnel)), tuple(map(block, _sections(tunnel))))
    yield Artefact(
        _NETWORK / f"{tunnel.stem}.network",
        render("networkd/tunnel.network.j2", network, quote=systemd_line, filters=filters),
    )
    if firewall.tables(plan):
        yield firewall.script(plan, _NETWORK / f"{tunnel.stem}.nft")
    if tunnel.served:
        script = hooks.script(plan, [hook for phase in Phase for hook in tunnel.hooks(phase)])
        service = _Service(
            tunnel.name,
            source_name(plan),
            hooked=script is not None,
            start=tuple(_start(tunnel)),
            stop=tuple(_stop(tunnel)),
            clean_up=tuple(_clean_up(tunnel)),
        )
        if script:
            yield script
        yield Artefact(
            _SYSTEM / tunnel.unit, render("networkd/tunnel.service.j2", service, quote=systemd_line, filters=filters)
        )
        if tunnel.activation is Activation.BOOT:
            wanted = _SYSTEM / "multi-user.target.wants" / tunnel.unit
            yield Artefact(wanted, "", 0o777, link_to=f"/{_SYSTEM / tunnel.unit}")
    if options.keep_foreign_rules:
        yield Artefact(
            PurePosixPath("etc/systemd/networkd.conf.d/50-keep-foreign-rules.conf"),
            "# Policy rules of other programs stay when networkd configures a link. Made by wgtranspile.\n\n"
            "[Network]\nManageForeignRoutingPolicyRules=no\n",
        )
    yield from _key_files(tunnel)


# --- keys ---


def _key_place(tunnel: _Tunnel, peer: Peer | None) -> tuple[str, str]:
    """Give the folder and the name of the file of a key: the private one, or the preshared one of a peer."""
    name = "private"
    if peer:
        name = f"{peer.public_key.replace('/', '_').replace('+', '-').rstrip('=')}.psk"
    if tunnel.keys is KeyStorage.CREDENTIAL:
        return str(_CREDENTIALS), f"network.wireguard.{tunnel.name}.{name}"
    return f"{_NETWORK}/{tunnel.stem}.keys", name


def _key_setting(tunnel: _Tunnel, name: str, key: Key, peer: Peer | None = None) -> Raw:
    """Give the setting of a key: itself, the name of a credential, or a file."""
    if tunnel.keys is KeyStorage.INLINE:
        return systemd_line(f"{name}={key}")
    folder, file = _key_place(tunnel, peer)
    credential = tunnel.keys is KeyStorage.CREDENTIAL
    return systemd_line(f"{name}=@{file}" if credential else f"{name}File=/{folder}/{file}")


def _key_files(tunnel: _Tunnel) -> Iterator[Artefact]:
    if tunnel.keys not in (KeyStorage.FILE, KeyStorage.CREDENTIAL):
        return
    mode, group = (0o640, _GROUP) if tunnel.keys is KeyStorage.FILE else (0o600, "root")
    for peer, key in ((None, tunnel.device.private_key), *((peer, peer.preshared_key) for peer in tunnel.device.peers)):
        if key:
            path = PurePosixPath("/".join(_key_place(tunnel, peer)))
            yield Artefact(path, f"{key}\n", mode, group=group, secret=True)


def _key_hook(step: object) -> RunHook | None:
    """Give the hook that does no more than to set the private key from a file, which is a setting here."""
    if isinstance(step, RunHook) and step.phase is Phase.POST_UP and re.fullmatch(_KEY_HOOK, step.command):
        return step
    return None


# --- .netdev ---


def _device(tunnel: _Tunnel) -> Iterator[Raw]:
    device = tunnel.device
    if device.private_key:
        yield _key_setting(tunnel, "PrivateKey", device.private_key)
    elif tunnel.key_hook and (found := re.fullmatch(_KEY_HOOK, tunnel.key_hook.command)):
        yield comment(f"# {place(tunnel.plan, tunnel.key_hook.span)}")
        yield systemd_line(f"PrivateKeyFile={found['file']}")
    if device.listen_port:
        yield systemd_line(f"ListenPort={device.listen_port}")
    if tunnel.plan.fwmark:
        yield systemd_line(f"FirewallMark={tunnel.plan.fwmark}")


def _peers(tunnel: _Tunnel) -> Iterator[Iterator[Raw]]:
    return (_peer(tunnel, peer) for peer in tunnel.device.peers)


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
    rules = [step for step in tunnel.plan.up if isinstance(step, AddRules)]
    if rules:
        family = _FAMILY[frozenset(step.family for step in rules)]
        yield _suppress_rule(rules[0], family)
        yield _mark_rule(rules[0], family)


def _network(tunnel: _Tunnel) -> Iterator[Raw]:
    yield systemd_line("[Network]")
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
    yield systemd_line("# Table main first, without its default route.")
    yield systemd_line("[RoutingPolicyRule]")
    yield systemd_line(f"Family={family}")
    yield systemd_line(f"Priority={step.priority - 1}")
    yield systemd_line("Table=main")
    yield systemd_line("SuppressPrefixLength=0")


def _mark_rule(step: AddRules, family: str) -> Iterator[Raw]:
    yield systemd_line("# Then all but encrypted packets go through the tunnel.")
    yield systemd_line("[RoutingPolicyRule]")
    yield systemd_line(f"Family={family}")
    yield systemd_line(f"Priority={step.priority}")
    yield systemd_line(f"FirewallMark={step.mark}")
    yield systemd_line("InvertRule=yes")
    yield systemd_line(f"Table={step.mark}")


# --- the service ---


def _hooks(tunnel: _Tunnel, setting: str, phase: Phase) -> Iterator[Raw]:
    """Give the command that runs the hooks of a moment, if there are any."""
    if any(tunnel.hooks(phase)):
        yield exec_command(setting, f"/{hooks.path(tunnel.plan)}", phase)


def _start(tunnel: _Tunnel) -> Iterator[Raw]:
    # Makes the link where an earlier stop has deleted it.
    yield exec_command("ExecStart", "networkctl", "reload")
    yield from _hooks(tunnel, "ExecStart", Phase.PRE_UP)
    if firewall.tables(tunnel.plan):
        yield exec_command("ExecStart", "nft", "-f", f"/{_NETWORK / tunnel.stem}.nft")
    if any(isinstance(step, SetSourceValidMark) for step in tunnel.plan.up):
        yield exec_command("ExecStart", "sysctl", "-q", "net.ipv4.conf.all.src_valid_mark=1")
    yield exec_command("ExecStart", "networkctl", "up", tunnel.name)
    yield exec_command("ExecStart", _WAIT_ONLINE, f"--interface={tunnel.name}:carrier", "--timeout=30")
    yield from _hooks(tunnel, "ExecStart", Phase.POST_UP)


def _stop(tunnel: _Tunnel) -> Iterator[Raw]:
    yield from _hooks(tunnel, "ExecStop", Phase.PRE_DOWN)
    yield exec_command("ExecStop", "networkctl", "delete", tunnel.name)
    yield from _remove_firewall(tunnel, "ExecStop")
    yield from _hooks(tunnel, "ExecStop", Phase.POST_DOWN)


def _clean_up(tunnel: _Tunnel) -> Iterator[Raw]:
    yield exec_command("ExecStopPost", "sh", "-c", _delete(tunnel))
    yield from _remove_rules(tunnel)
    yield from _remove_firewall(tunnel, "ExecStopPost")


def _remove_rules(tunnel: _Tunnel) -> Iterator[Raw]:
    """Give the commands for the rules that networkd leaves when the link goes.

    Those of a link that was not up yet, as when the start failed; and with `ManageForeignRoutingPolicyRules=no` those
    that it has made before it was last started, which it then takes for foreign.
    """
    for step in tunnel.plan.up:
        if isinstance(step, AddRules):
            delete = f"ip -{step.family} rule delete priority"
            main = f"{delete} {step.priority - 1} table main suppress_prefixlength 0"
            mark = f"{delete} {step.priority} not fwmark {step.mark} table {step.mark}"
            yield exec_command("ExecStopPost", "sh", "-c", f"({main}; {mark}) 2>/dev/null || :")


def _remove_firewall(tunnel: _Tunnel, setting: str) -> Iterator[Raw]:
    yield from (exec_command(setting, "nft", removal) for removal in firewall.removals(tunnel.plan))


def _activate(tunnel: _Tunnel, options: Options) -> Iterator[str]:
    """Give the commands for a first installation, and for one that replaces an earlier version of the tunnel."""
    unit = shell_word(tunnel.unit)
    # An earlier version of the tunnel ends before networkd has the new device. Its service, if it had one, does so by
    # the commands that systemd read when it started: only they know its firewall.
    if tunnel.served:
        yield f"systemctl stop {unit}"
        yield "systemctl daemon-reload"
    else:
        yield f"[ ! -e /{_SYSTEM}/{unit} ] || systemctl disable --now {unit}"
    # What networkd reads only when it starts: credentials, and its own settings.
    restart = tunnel.keys is KeyStorage.CREDENTIAL or options.keep_foreign_rules
    yield f"systemctl {'restart' if restart else 'start'} systemd-networkd.service"
    yield _delete(tunnel)
    if tunnel.served:
        yield f"systemctl start {unit}"
        return
    yield "networkctl reload"
    if tunnel.activation is Activation.MANUAL:
        yield f"networkctl up {tunnel.name}"
    yield f"{_WAIT_ONLINE} --interface={tunnel.name}:carrier --timeout=30"


def _deactivate(tunnel: _Tunnel) -> Iterator[str]:
    """Give the commands after which systemd has forgotten the tunnel, whatever has become of it before.

    networkd forgets it when its files are gone.
    """
    if tunnel.served:
        unit = shell_word(tunnel.unit)
        yield f"systemctl stop {unit}"
        yield f"! systemctl --quiet is-failed {unit} || systemctl reset-failed {unit}"
    yield _delete(tunnel)
    yield shell_words(("rm", "-f", *(f"/{_NETWORK / tunnel.stem}.{kind}" for kind in ("netdev", "network"))))
    yield "networkctl reload"


def _delete(tunnel: _Tunnel) -> str:
    """Give the command that deletes the link if it is there."""
    return f"[ ! -e /sys/class/net/{tunnel.name} ] || networkctl delete {tunnel.name}"


# --- what differs ---


def _gaps(tunnel: _Tunnel, options: Options) -> Iterator[Gap]:  # noqa: C901, PLR0912  one case for each step
    plan = tunnel.plan
    moments = {phase: tuple(tunnel.hooks(phase)) for phase in Phase}
    rules = [step for step in plan.up if isinstance(step, AddRules)]
    if re.fullmatch(_NO_NAME_OF_A_LINK, tunnel.name):
        yield Gap(catalogue.INTERFACE_NAME_NOT_EXPRESSIBLE, None, {"name": tunnel.name})
    if tunnel.device.private_key is None and tunnel.key_hook is None:
        yield Gap(
            catalogue.PRIVATE_KEY_REQUIRED,
            None,
            {"or_else": ", or have the hook `PostUp = wg set %i private-key FILE`"},
        )
    for step in (*plan.up, *plan.down):
        match step:
            case SetMark(automatic=True):
                yield Gap(catalogue.MARK_ASSUMED, step.span, {"mark": step.mark})
            case AddRules() if not options.keep_foreign_rules and step.family is rules[0].family:
                yield Gap(catalogue.RESTART_RENEWS_RULES, step.span)
            case BringUp(mtu=None):
                yield Gap(catalogue.MTU_NOT_COMPUTED, None)
            case AddRoute(table=str()):
                yield Gap(catalogue.TABLE_NAME_NOT_EXPRESSIBLE, step.span, {"table": step.table})
            case RunHook() if step is tunnel.key_hook and (found := re.fullmatch(_KEY_HOOK, step.command)):
                yield Gap(catalogue.KEY_FILE_READ_WITHOUT_ROOT, step.span, {"file": found["file"]})
            case RunHook(phase=Phase.PRE_UP) if step is moments[Phase.PRE_UP][0]:
                yield Gap(catalogue.PRE_UP_SEES_DEVICE, step.span)
            case RunHook(phase=Phase.PRE_DOWN) if step is moments[Phase.PRE_DOWN][0]:
                yield Gap(catalogue.PRE_DOWN_CANNOT_STOP, step.span)
            case SaveConfig():
                yield Gap(catalogue.SAVE_CONFIG_NOT_EXPRESSIBLE, step.span)
            case SetResolver():
                yield Gap(catalogue.NEEDS_RESOLVED, step.span)
                for domain in filter(_begins_with_dot, step.search):
                    yield Gap(catalogue.SEARCH_DOMAIN_NOT_EXPRESSIBLE, step.span, {"domain": domain})
            case ConfigureDevice():
                for peer in step.peers:
                    yield from _endpoint_gaps(peer)
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


def _endpoint_gaps(peer: Peer) -> Iterator[Gap]:
    if peer.endpoint is None:
        return
    if "%" in peer.endpoint.host or peer.endpoint.port == 0:
        yield Gap(catalogue.ENDPOINT_NOT_EXPRESSIBLE, peer.span, {"endpoint": peer.endpoint})
    elif not peer.endpoint.is_numeric:
        yield Gap(catalogue.NAME_RESOLVED_LATER, peer.span, {"host": peer.endpoint.host})
