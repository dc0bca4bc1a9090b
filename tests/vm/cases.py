"""The configs that are tried on machines: those of golden/, and of the corpus those that show something new.

In: the files. Out: a `Case` for each. What a case shows is a matter of its configs, whatever a
backend makes of them.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, assert_never

from tests import cases as golden_cases
from tests.lab import cases as configs_to_try
from tests.vm.course import recorded
from wgtranspile.config.keys import BY_NAME
from wgtranspile.diagnostics import Severity
from wgtranspile.pipeline import Options, lower_config, transpile_host
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
    TearDown,
    procedure,
)
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.model import Peer
    from wgtranspile.pipeline import Result
    from wgtranspile.procedure import Procedure, Step

# What a case counts on beside what its configs name.
_NEEDS = {
    # As a host has it from DHCP. Beside a default route without a metric, wg-quick fails to add its own.
    "golden/table-main-default-route": "ip route delete default; ip route add default via 100.127.254.1 metric 1024",
}
#: The golden cases whose keys only the host has.
ONLY_ON_THE_HOST = tuple(f"golden/keys-external-{name}" for name in ("hub", "no-private-key", "placeholders"))
_SPELLINGS = {
    "lines end in CRLF": r"\r\n",
    "last line has no end": r"[^\n]\Z",
    "comment beside a value": r"(?m)^[^#\n]*=[^#\n]*#",
    "tab": r"\t",
    "no blanks round =": r"(?m)^\w+=\S",
    "not ASCII": r"[^\0-\x7f]",
}


class Case(NamedTuple):
    """Configs of one host as they are written, by the names of their interfaces.

    `golden` tells what is asked of backends, `needs` is a script that must run before.
    """

    name: str
    written: Mapping[str, bytes]
    golden: golden_cases.Case | None = None
    needs: str = ""

    @property
    def configs(self) -> dict[str, bytes]:
        """Give the configs as they are tried: their hooks recorded."""
        return {name: recorded(config) for name, config in self.written.items()}

    def findings(self, backend: str) -> list[Diagnostic]:
        """Give what a backend finds in the configs as they are written."""
        results = _transpiled(self.written, self._target(backend), self._options(backend))
        return [found for result in results for found in result.diagnostics]

    def refusals(self, backend: str) -> set[str]:
        """Give the codes for which a backend refuses the configs as they are written; none when it does not."""
        return {found.rule.code for found in self.findings(backend) if found.severity is Severity.ERROR}

    def transpiled(self, backend: str, mtus: Mapping[str, int]) -> list[Result]:
        """Give what a backend makes of each config as it is tried, its MTU pinned."""
        chosen = self._options(backend)
        return [
            _transpiled(self.configs, self._target(backend), chosen._replace(mtu=mtus[name]))[number]
            for number, name in enumerate(self.written)
        ]

    def _target(self, backend: str) -> str:
        return self.golden.target(backend) if self.golden else backend

    def _options(self, backend: str) -> Options:
        return golden_cases.options(self.golden, backend) if self.golden else Options()

    def features(self) -> frozenset[str]:
        """Give what the case shows: nothing where wg-quick would fail halfway."""
        results = [lower_config(_source(name, config), name) for name, config in self.configs.items()]
        shown = {f"configs: {len(results)}"}
        for result, config in zip(results, self.configs.values(), strict=True):
            if result.tunnel is None:
                return frozenset()
            shown |= {found.rule.name for found in result.diagnostics}
            shown |= {*_of_procedure(procedure(result.tunnel)), *_of_spelling(config.decode("utf-8", "replace"))}
        if self.golden:
            shown |= {f"asked: {word}" for words in self.golden.options.values() for word in words}
            shown |= {f"version: {self.golden.target(backend)}" for backend in self.golden.versions}
        return frozenset(shown)


def golden(*backends: str) -> list[Case]:
    """Give the golden cases, or those that are about one of these backends."""
    return [
        Case(
            f"golden/{name}",
            {path.stem: path.read_bytes() for path in case.configs},
            case,
            _NEEDS.get(f"golden/{name}", ""),
        )
        for name, case in golden_cases.CASES.items()
        if not backends or {*backends} & {*case.backends}
    ]


def corpus() -> list[Case]:
    """Give of the corpus the configs that show two features together for the first time, those with most of them first.

    Where the corpus is absent there is none.
    """
    cases = [
        Case(f"corpus/{str(parameter.id).split('/')[1]}", {config.name: config.content})
        for parameter in configs_to_try.corpus("valid")
        for config in parameter.values
        if isinstance(config, configs_to_try.Case)
    ]
    return showing_new(sorted(cases, key=lambda case: len(case.features()), reverse=True), together=2)


def named(name: str) -> Case:
    """Give a case by its name, or by the path to a NAME.conf."""
    cases = {case.name: case for case in (*golden(), *corpus())}
    path = Path(name)
    return cases.get(name.rstrip("/")) or Case(name, {path.stem: path.read_bytes()})


def showing_new(cases: Iterable[Case], together: int) -> list[Case]:
    """Give in their order the cases that show so many features together as no case before does."""
    seen: set[tuple[str, ...]] = set()
    chosen = []
    for case in cases:
        shown = set(combinations(sorted(case.features()), together))
        if not shown <= seen:
            chosen.append(case)
        seen |= shown
    return chosen


def _transpiled(configs: Mapping[str, bytes], backend: str, options: Options) -> list[Result]:
    sources = [(_source(name, config), name) for name, config in configs.items()]
    return list(transpile_host(sources, backend, options))


def _source(name: str, config: bytes) -> Source:
    return Source.from_bytes(f"{name}.conf", config)


def _of_spelling(text: str) -> Iterator[str]:
    yield from (name for name, pattern in _SPELLINGS.items() if re.search(pattern, text))
    keys = re.findall(r"(?m)^\s*(\w+)\s*=", text)
    if any(key != BY_NAME[key.lower()].name for key in keys if key.lower() in BY_NAME):
        yield "key in other letters"


def _of_procedure(taken: Procedure) -> Iterator[str]:
    steps = (*taken.up, *taken.down)
    for step in steps:
        yield from _of_step(step)
    if not any(isinstance(step, AddRoute | SkipRoute) for step in steps):
        yield "no route"
    families = Counter(step.address.version for step in steps if isinstance(step, AssignAddress))
    yield from (f"several: Address of IPv{family}" for family, number in families.items() if number > 1)
    if sum(isinstance(step, RunHook) for step in steps) > 1:
        yield "several hooks"


def _of_step(step: Step) -> Iterator[str]:  # noqa: C901, PLR0912  one case for each step
    match step:
        case AssignAddress(address):
            kind = "Address alone" if address.network.num_addresses == 1 else "Address in a network"
            yield f"{kind}, IPv{address.version}"
        case BringUp(mtu=int()):
            yield "MTU"
        case SetResolver(servers, search):
            yield from (f"DNS of IPv{server.version}" for server in servers)
            if search:
                yield "search domain"
        case ConfigureDevice():
            yield f"peers: {min(len(step.peers), 3)}"
            yield from (feature for peer in step.peers for feature in _of_peer(peer))
            if step.listen_port:
                yield "ListenPort"
            if step.fwmark:
                yield "FwMark"
        case SetMark(from_config=True):
            yield "FwMark of a default route"
        case AddRoute(destination, table):
            kind = "default route" if destination.prefixlen == 0 else "route"
            yield f"{kind} of IPv{destination.version}"
            if table is not None and not step.default:
                yield f"Table as {type(table).__name__}"
        case SkipRoute():
            yield "covered route"
        case RunHook(phase):
            yield phase
        case SaveConfig():
            yield "SaveConfig"
        case CreateLink() | BringUp() | SetMark() | AddRules() | SetSourceValidMark() | InstallFirewall() | TearDown():
            pass
        case _:
            assert_never(step)


def _of_peer(peer: Peer) -> Iterator[str]:
    if peer.preshared_key:
        yield "PresharedKey"
    if peer.persistent_keepalive:
        yield "PersistentKeepalive"
    if not peer.allowed_ips:
        yield "peer without AllowedIPs"
    if peer.endpoint is None:
        yield "peer without Endpoint"
    elif not peer.endpoint.is_numeric:
        yield "Endpoint by name"
    else:
        yield "Endpoint of IPv6" if ":" in peer.endpoint.host else "Endpoint of IPv4"
