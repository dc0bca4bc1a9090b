"""A POSIX shell script that gives the commands of wg-quick: `up`, `down`, `status`.

What wg-quick decides on the host, the script decides there too: the MTU, a free table, names of endpoints, the
addresses that the firewall protects.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.artefact import Artefact, Command, Emission
from wgtranspile.backends import device, firewall
from wgtranspile.backends.base import place, save_config_gaps, source_name
from wgtranspile.backends.quoting import comment, shell_word, shell_words
from wgtranspile.backends.targets import KeyStorage, Options
from wgtranspile.formats.firewall import NFT_FAMILY
from wgtranspile.model import Peer, Phase, Tunnel, is_automatic
from wgtranspile.procedure import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    InstallFirewall,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    Step,
    TearDown,
    is_default,
    procedure,
    table_word,
)
from wgtranspile.redact import holds
from wgtranspile.templating import Raw, render, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.source import Place


_LISTED = 3


class _Line(NamedTuple):
    """A line of the script: a command with its place in the source behind it, or only a remark."""

    words: tuple[object, ...] = ()
    remark: str = ""


class _View(NamedTuple):
    """What the template lays out; all but the names is shell already."""

    source: str
    interface: str
    external_keys: bool
    version: Raw
    reset_peer: Raw
    parts: tuple[Raw, ...]
    config: tuple[Raw, ...]
    up: tuple[Raw, ...]
    down: tuple[Raw, ...]
    tear_down: tuple[Raw, ...]
    reload: tuple[Raw, ...]


def emit(tunnel: Tunnel, options: Options) -> Emission:
    """Return the script, and files with the keys for `--keys file`."""
    keys = options.keys
    # PreUp hooks may give the link routes that cover others; then the script asks, as wg-quick does.
    routes_checked = any(hook.phase is Phase.PRE_UP for hook in tunnel.hooks)
    steps = procedure(tunnel)
    tear_down = tuple(_tear_down(tunnel))
    view = _View(
        source=source_name(tunnel),
        interface=tunnel.interface,
        external_keys=keys is KeyStorage.EXTERNAL,
        version=Raw(device.version(tunnel)),
        reset_peer=Raw(device.reset_peer(tunnel)),
        parts=tuple(_part(tunnel, name) for name in _parts(tunnel, routes_checked=routes_checked)),
        config=tuple(
            device.config(
                tunnel.device,
                tunnel.device.fwmark_of_config,
                lambda peer: None if keys is KeyStorage.INLINE else _key_file(tunnel, peer),
            )
        ),
        up=(*_not_yet(tear_down), *map(_shown, _commands(tunnel, steps.up, routes_checked=routes_checked))),
        down=tuple(map(_shown, _commands(tunnel, steps.down, routes_checked=routes_checked))),
        tear_down=tear_down,
        reload=tuple(map(_shown, _reload(tunnel))),
    )
    path = PurePosixPath(f"etc/wireguard/{tunnel.interface}.sh")
    script = render("shell/tunnel.sh.j2", view, quote=shell_word, filters={"comment": comment})
    files = [
        Artefact(_key_file(tunnel, peer).relative_to("/"), f"{key}\n", 0o600, secret=True)
        for peer, key in (device.keys(tunnel.device) if keys is KeyStorage.FILE else ())
    ]
    key_files = device.key_files(tunnel, lambda peer: _key_file(tunnel, peer).relative_to("/"))
    return Emission(
        # What a hook holds no one knows: a key in another shape, a password.
        artefacts=(Artefact(path, script, 0o700, secret=bool(tunnel.hooks) or holds(script, tunnel.secrets())), *files),
        gaps=tuple(save_config_gaps(tunnel)),
        activate=(Command((f"/{path}", "up")),),
        deactivate=(Command((f"/{path}", "down")),),
        update=(Command((f"/{path}", "reload")),),
        key_files=tuple(key_files) if keys is KeyStorage.EXTERNAL else (),
    )


def _key_file(tunnel: Tunnel, peer: Peer | None) -> PurePosixPath:
    folder = PurePosixPath("/etc/wireguard") / f"{tunnel.interface}.keys"
    return folder / (device.preshared_key_name(peer) if peer else "private")


def _parts(tunnel: Tunnel, *, routes_checked: bool) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    yield "tools"
    if tunnel.hooks:
        yield "hooks"
    yield from ("link", "device", "applied", "reload")
    if device.routed(tunnel):
        yield "reload_routes"
    if is_automatic(tunnel.mtu):
        yield "mtu"
    if tunnel.resolver:
        yield "resolver"
    if routes_checked:
        yield "routes"
    if tunnel.rules:
        yield from ("rules", "add_rules", "firewall")
    if tunnel.sysctls:
        yield "src_valid_mark"
    if is_automatic(tunnel.device.fwmark):
        yield "mark"


def _part(tunnel: Tunnel, name: str) -> Raw:
    """Return the functions of a part; those of the firewall are written from its rules."""
    return firewall.functions(tunnel) if name == "firewall" else Raw(text(f"shell/parts/{name}.sh"))


def _tear_down(tunnel: Tunnel) -> Iterator[Raw]:
    """Yield the commands that undo `up`, each of which does nothing where there is nothing to be undone."""
    if tunnel.rules:
        yield Raw("remove_rules")
    yield Raw("delete_link")
    if tunnel.resolver:
        yield Raw("unset_resolver")
    if tunnel.rules:
        yield Raw("remove_firewall || true")


def _not_yet(tear_down: tuple[Raw, ...]) -> Iterator[Raw]:
    """Yield the assignments by which `up` says that it has not come to something that it would have to undo."""
    for undo, flag in (("unset_resolver", "have_resolver="), ("remove_firewall || true", "have_firewall=")):
        if undo in tear_down:
            yield Raw(flag)


def _commands(tunnel: Tunnel, steps: Iterable[Step], *, routes_checked: bool) -> Iterator[_Line]:
    for skipped, group in groupby(steps, key=lambda step: isinstance(step, SkipRoute) and step.covered_by):
        if skipped and not routes_checked:
            yield _Line(remark=_skipped(group))
        else:
            for step in group:
                yield from _command(tunnel, step, routes_checked=routes_checked)


def _command(tunnel: Tunnel, step: Step, *, routes_checked: bool) -> Iterator[_Line]:  # noqa: C901, PLR0912  steps
    name = tunnel.interface
    match step:
        case CreateLink():
            yield _Line(("create_link",))
        case RunHook():
            yield _Line(("hook", step.command), _from(step.span))
        case ConfigureDevice():
            yield _Line(("configure_device",))
        case AssignAddress():
            family = f"-{step.address.version}"
            yield _run(step, "ip", family, "address", "add", step.address, "dev", name)
        case BringUp(mtu=None):
            yield _Line(("bring_up",))
        case BringUp():
            yield _run(step, "ip", "link", "set", "mtu", step.mtu, "up", "dev", name)
        case SetResolver():
            search = (f"search {' '.join(step.search)}",) if step.search else ()
            servers = (f"nameserver {server}" for server in step.servers)
            yield _Line(("set_resolver", *servers, *search), _from(step.span))
        case SetMark(automatic=True):
            yield _Line(("choose_mark",))
        case SetMark():
            yield _Line((Raw(f"mark={step.mark}"),), _from(step.span) if step.from_config else "pinned")
            if not step.from_config:
                yield _Line(("run", "wg", "set", name, "fwmark", Raw('"$mark"')))
        case AddRules():
            yield _Line(("add_rules", f"-{step.family}"), _from(step.span))
        case AddRoute(default=True):
            family = f"-{step.destination.version}"
            yield _run(step, "ip", family, "route", "add", step.destination, "dev", name, "table", Raw('"$mark"'))
        case AddRoute(table=None) | SkipRoute() if routes_checked:
            yield _Line(("add_route", f"-{step.destination.version}", step.destination), _from(step.span))
        case AddRoute():
            family = f"-{step.destination.version}"
            table = () if step.table is None else ("table", step.table)
            yield _run(step, "ip", family, "route", "add", step.destination, "dev", name, *table)
        case SkipRoute():
            yield _Line(remark=_skipped([step]))
        case SetSourceValidMark():
            yield _Line(("set_src_valid_mark",))
        case InstallFirewall():
            yield _Line(("add_firewall", f"-{step.family}", NFT_FAMILY[step.family]))
        case SaveConfig():
            yield _Line(remark=f"{place(step.span)}: SaveConfig is not supported")
        case TearDown():
            yield _Line(("tear_down",))
        case _:
            assert_never(step)


def _run(step: AssignAddress | BringUp | AddRoute, *words: object) -> _Line:
    return _Line(("run", *words), _from(step.span))


def _from(span: Place | None) -> str:
    """Return a remark about where a command comes from, which no linter takes for a directive."""
    return f"from {place(span)}" if span else ""


def _shown(command: _Line) -> Raw:
    """Return the line of the script for a command: its words quoted, its remark behind them."""
    words = [shell_words(command.words)] if command.words else []
    remark = [f"# {comment(command.remark)}"] if command.remark else []
    return Raw(" ".join([*words, *remark]))


def _skipped(steps: Iterable[Step]) -> str:
    """Return a remark about allowed IPs that one connected route covers."""
    found = [step for step in steps if isinstance(step, SkipRoute)]
    names = ", ".join(str(step.destination) for step in found[:_LISTED])
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f"no route to {names}{more}: covered by {found[0].covered_by}, the network of an address"


def _reload(tunnel: Tunnel) -> Iterator[_Line]:
    """Yield the commands that have a tunnel that is up follow the config, where only peers differ from what it has."""
    routes = [route for route in tunnel.routes if not is_default(tunnel, route)]
    routed = device.routed(tunnel)
    word = table_word(tunnel, routes[0]) if routes else None
    table = () if word is None else ("table", word)
    if routed:
        yield _Line((Raw("before=$(networks)"),))
    yield _Line(("sync_device",))
    if routed:
        yield _Line(("drop_routes", Raw('"$before"'), *table))
    for route in routes:
        family, remark = f"-{route.destination.version}", _from(route.span)
        yield _Line(("keep_route", family, route.destination, *table), remark)
