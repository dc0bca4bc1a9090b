"""A POSIX shell script that gives the commands of wg-quick: `up`, `down`, `status`.

What wg-quick decides on the host, the script decides there too: the MTU, a free table, names of endpoints, the
addresses that the firewall protects.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, assert_never

from wgtranspile.artefact import Artefact, Emission, Gap
from wgtranspile.backends import device
from wgtranspile.backends.base import KeyStorage, Options, keys_not_expressible, place, source_name
from wgtranspile.backends.firewall import NFT_FAMILY
from wgtranspile.backends.quoting import comment, shell_word, shell_words
from wgtranspile.diagnostics.catalogue import SAVE_CONFIG_NOT_EXPRESSIBLE
from wgtranspile.plan import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
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
    Step,
    TearDown,
)
from wgtranspile.redact import holds
from wgtranspile.templating import Raw, render, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.source import Span


_LISTED = 3


class _Command(NamedTuple):
    """A line of the script: a command with its place in the source behind it, or only a remark."""

    words: tuple[object, ...] = ()
    remark: str = ""


class _View(NamedTuple):
    """What the template lays out; all but the names is shell already."""

    source: str
    interface: str
    version: Raw
    reset_peer: Raw
    parts: tuple[Raw, ...]
    config: tuple[Raw, ...]
    up: tuple[Raw, ...]
    down: tuple[Raw, ...]
    tear_down: tuple[Raw, ...]
    reload: tuple[Raw, ...]


def emit(plan: Plan, options: Options) -> Emission:
    """Return the script, and files with the keys for `--keys file`."""
    keys = options.keys or KeyStorage.INLINE
    if keys is KeyStorage.CREDENTIAL:
        return Emission((), (keys_not_expressible(keys, KeyStorage.FILE, KeyStorage.INLINE, KeyStorage.EXTERNAL),))
    # PreUp hooks may give the link routes that cover others; then the script asks, as wg-quick does.
    routes_checked = any(isinstance(step, RunHook) and step.phase is Phase.PRE_UP for step in plan.up)
    tear_down = tuple(_tear_down(plan))
    view = _View(
        source=source_name(plan),
        interface=plan.interface,
        version=Raw(device.version(plan)),
        reset_peer=Raw(device.reset_peer(plan)),
        parts=tuple(Raw(text(f"shell/parts/{name}.sh")) for name in _parts(plan, routes_checked=routes_checked)),
        config=tuple(
            device.config(plan.device, lambda peer: None if keys is KeyStorage.INLINE else _key_file(plan, peer))
        ),
        up=(*_not_yet(tear_down), *map(_shown, _commands(plan, plan.up, routes_checked=routes_checked))),
        down=tuple(map(_shown, _commands(plan, plan.down, routes_checked=routes_checked))),
        tear_down=tear_down,
        reload=tuple(map(_shown, _reload(plan))),
    )
    path = PurePosixPath(f"etc/wireguard/{plan.interface}.sh")
    script = render("shell/tunnel.sh.j2", view, quote=shell_word, filters={"comment": comment})
    files = [
        Artefact(_key_file(plan, peer).relative_to("/"), f"{key}\n", 0o600, secret=True)
        for peer, key in (device.keys(plan.device) if keys is KeyStorage.FILE else ())
    ]
    key_files = device.key_files(plan, lambda peer: _key_file(plan, peer).relative_to("/"))
    return Emission(
        artefacts=(Artefact(path, script, 0o700, secret=holds(script, plan.secrets())), *files),
        gaps=tuple(Gap(SAVE_CONFIG_NOT_EXPRESSIBLE, step.span) for step in plan.down if isinstance(step, SaveConfig)),
        activate=(f"/{path} up",),
        deactivate=(f"/{path} down",),
        update=(f"/{path} reload",),
        key_files=tuple(key_files) if keys is KeyStorage.EXTERNAL else (),
    )


def _key_file(plan: Plan, peer: Peer | None) -> PurePosixPath:
    folder = PurePosixPath("/etc/wireguard") / f"{plan.interface}.keys"
    return folder / (device.preshared_key_name(peer) if peer else "private")


def _parts(plan: Plan, *, routes_checked: bool) -> Iterator[str]:
    """Yield the names of the files with the functions that the script needs."""
    yield "tools"
    if plan.hooks:
        yield "hooks"
    yield from ("link", "device", "applied", "reload")
    if device.routed(plan):
        yield "reload_routes"
    if any(isinstance(step, BringUp) and step.mtu is None for step in plan.up):
        yield "mtu"
    if any(isinstance(step, SetResolver) for step in plan.up):
        yield "resolver"
    if routes_checked:
        yield "routes"
    if any(isinstance(step, AddRules) for step in plan.up):
        yield from ("rules", "add_rules", "firewall")
    if any(isinstance(step, SetSourceValidMark) for step in plan.up):
        yield "src_valid_mark"
    if any(isinstance(step, SetMark) and step.automatic for step in plan.up):
        yield "mark"


def _tear_down(plan: Plan) -> Iterator[Raw]:
    """Yield the commands that undo `up`, each of which does nothing where there is nothing to be undone."""
    default_route = any(isinstance(step, AddRules) for step in plan.up)
    if default_route:
        yield Raw("remove_rules")
    yield Raw("delete_link")
    if any(isinstance(step, SetResolver) for step in plan.up):
        yield Raw("unset_resolver")
    if default_route:
        yield Raw("remove_firewall || true")


def _not_yet(tear_down: tuple[Raw, ...]) -> Iterator[Raw]:
    """Yield the assignments by which `up` says that it has not come to something that it would have to undo."""
    for undo, flag in (("unset_resolver", "have_resolver="), ("remove_firewall || true", "have_firewall=")):
        if undo in tear_down:
            yield Raw(flag)


def _commands(plan: Plan, steps: Iterable[Step], *, routes_checked: bool) -> Iterator[_Command]:
    for skipped, group in groupby(steps, key=lambda step: isinstance(step, SkipRoute) and step.covered_by):
        if skipped and not routes_checked:
            yield _Command(remark=_skipped(group))
        else:
            for step in group:
                yield from _command(plan, step, routes_checked=routes_checked)


def _command(plan: Plan, step: Step, *, routes_checked: bool) -> Iterator[_Command]:  # noqa: C901, PLR0912  steps
    name = plan.interface
    match step:
        case CreateLink():
            yield _Command(("create_link",))
        case RunHook():
            yield _Command(("hook", step.command), _from(plan, step.span))
        case ConfigureDevice():
            yield _Command(("configure_device",))
        case AssignAddress():
            family = f"-{step.address.version}"
            yield _run(plan, step, "ip", family, "address", "add", step.address, "dev", name)
        case BringUp(mtu=None):
            yield _Command(("bring_up",))
        case BringUp():
            yield _run(plan, step, "ip", "link", "set", "mtu", step.mtu, "up", "dev", name)
        case SetResolver():
            search = (f"search {' '.join(step.search)}",) if step.search else ()
            servers = (f"nameserver {server}" for server in step.servers)
            yield _Command(("set_resolver", *servers, *search), _from(plan, step.span))
        case SetMark(automatic=True):
            yield _Command(("choose_mark",))
        case SetMark():
            yield _Command((Raw(f"mark={step.mark}"),), _from(plan, step.span) if step.from_config else "pinned")
            if not step.from_config:
                yield _Command(("run", "wg", "set", name, "fwmark", Raw('"$mark"')))
        case AddRules():
            yield _Command(("add_rules", f"-{step.family}"), _from(plan, step.span))
        case AddRoute(default=True):
            family = f"-{step.destination.version}"
            yield _run(plan, step, "ip", family, "route", "add", step.destination, "dev", name, "table", Raw('"$mark"'))
        case AddRoute(table=None) | SkipRoute() if routes_checked:
            yield _Command(("add_route", f"-{step.destination.version}", step.destination), _from(plan, step.span))
        case AddRoute():
            family = f"-{step.destination.version}"
            table = () if step.table is None else ("table", step.table)
            yield _run(plan, step, "ip", family, "route", "add", step.destination, "dev", name, *table)
        case SkipRoute():
            yield _Command(remark=_skipped([step]))
        case SetSourceValidMark():
            yield _Command(("set_src_valid_mark",))
        case InstallFirewall():
            yield _Command(("add_firewall", f"-{step.family}", NFT_FAMILY[step.family]))
        case SaveConfig():
            yield _Command(remark=f"{place(plan, step.span)}: SaveConfig is not supported")
        case TearDown():
            yield _Command(("tear_down",))
        case _:
            assert_never(step)


def _run(plan: Plan, step: AssignAddress | BringUp | AddRoute, *words: object) -> _Command:
    return _Command(("run", *words), _from(plan, step.span))


def _from(plan: Plan, span: Span | None) -> str:
    """Return a remark about where a command comes from, which no linter takes for a directive."""
    return f"from {place(plan, span)}" if span else ""


def _shown(command: _Command) -> Raw:
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


def _reload(plan: Plan) -> Iterator[_Command]:
    """Yield the commands that have a tunnel that is up follow the config, where only peers differ from what it has."""
    routes = [step for step in plan.up if isinstance(step, AddRoute) and not step.default]
    routed = device.routed(plan)
    table = next((("table", step.table) for step in routes if step.table is not None), ())
    if routed:
        yield _Command((Raw("before=$(networks)"),))
    yield _Command(("sync_device",))
    if routed:
        yield _Command(("drop_routes", Raw('"$before"'), *table))
    for step in routes:
        yield _Command(("keep_route", f"-{step.destination.version}", step.destination, *table), _from(plan, step.span))
