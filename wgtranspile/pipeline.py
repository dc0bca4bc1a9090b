"""Connects the stages: text -> document -> config -> plan -> emission, and collects their findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import backends
from wgtranspile.checks.host import Comparison
from wgtranspile.config import Assumptions, lower, numbers, read
from wgtranspile.diagnostics import Collector, Severity, catalogue
from wgtranspile.diagnostics.catalogue.backends import KEYS_NOT_EXPRESSIBLE
from wgtranspile.spelling import one_of
from wgtranspile.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wgtranspile.artefact import Emission
    from wgtranspile.checks.fleet import Member
    from wgtranspile.config import Config
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.model import Tunnel
    from wgtranspile.source import Source


class Options(NamedTuple):
    """The user's choices: where keys are stored, which values are pinned, and how severe findings are.

    `strict` turns each warning into an error; `allow` contains codes and names of warnings that become notes. `ignore`
    contains those of warnings and notes that are marked as ignored; `strict` does not affect them. With `fleet_checks`,
    each result contains the data about its config that a check of the whole fleet needs.
    """

    keys: backends.KeyStorage | None = None
    activation: backends.Activation = backends.Activation.BOOT
    keep_foreign_rules: bool | None = None
    fwmark: int | None = None
    mtu: int | None = None
    strict: bool = False
    allow: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    fleet_checks: bool = False


class Result(NamedTuple):
    """What became of one config. `emission` is None if it is refused; `tunnel` also if wg-quick would fail halfway."""

    diagnostics: tuple[Diagnostic, ...]
    tunnel: Tunnel | None = None
    emission: Emission | None = None
    member: Member | None = None

    @property
    def failed(self) -> bool:
        """Whether there was an error."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def transpile(source: Source, name: str, backend: str, options: Options = Options()) -> Result:  # noqa: B008  frozen
    """Return what `backend` makes of the config of the interface `name`.

    `backend` may name a version of the target, as in `networkd@252`. Raises UnknownWordError, a LookupError, for an
    unknown backend or version, or an unknown word in the options.
    """
    return next(transpile_host([(source, name)], backend, options))


def transpile_host(configs: Iterable[tuple[Source, str]], backend: str, options: Options) -> Iterator[Result]:
    """Yield the results for the configs of one host, in order: each default route gets a mark of its own.

    Raises UnknownWordError, a LookupError, for an unknown backend or version, or an unknown word in the options.
    """
    chosen = backends.find(backend)
    target = chosen.target
    emit = backends.load(target)
    backend_options = _backend_options(chosen, options)
    catalogue.check_words(options.allow)
    read_configs = [_read(source, name, options) for source, name in configs]
    comparison = Comparison()
    number_of = numbers((config for config, _ in read_configs if config), options.fwmark)
    for config, collector in read_configs:
        tunnel = config and lower(config, _assumptions(config, number_of, options), collector)
        emission = member = None
        if config and tunnel:
            comparison.check(config, collector)
            if options.fleet_checks:
                from wgtranspile.checks import fleet  # lazy: few runs ask for it

                member = fleet.member(config, tunnel)
            if target.keeps(backend_options.keys):
                emission = emit(tunnel, backend_options)
                for gap in emission.gaps:
                    collector.report(gap.rule, gap.span, backend=target.name, **gap.facts)
            else:
                _report_keys(target, backend_options.keys, collector)
        diagnostics = tuple(judge(collector.diagnostics, options))
        result = Result(diagnostics, tunnel, member=member)
        yield result if result.failed else result._replace(emission=emission)


def lower_config(source: Source, name: str, options: Options = Options()) -> Result:  # noqa: B008  frozen
    """Return the tunnel of a config, without any backend."""
    config, collector = _read(source, name, options)
    tunnel = config and lower(config, _assumptions(config, numbers([config], options.fwmark), options), collector)
    return Result(tuple(judge(collector.diagnostics, options)), tunnel or None)


def judge(diagnostics: Iterable[Diagnostic], options: Options) -> Iterator[Diagnostic]:
    """Yield the findings in the order of the file, with the weight that the user's options give them."""
    for found in sorted(diagnostics, key=lambda found: found.labels[0].span.start if found.labels else -1):
        yield found if found.severity is Severity.ERROR else _weighed(found, options)


def _weighed(found: Diagnostic, options: Options) -> Diagnostic:
    """Return a warning or note with its weight, and whether it is ignored."""
    names = {found.rule.code, found.rule.name}
    severity, ignored = found.severity, bool(options.ignore & names)
    if severity is Severity.WARNING and options.allow & names:
        severity = Severity.NOTE
    elif severity is Severity.WARNING and options.strict and not ignored:
        severity = Severity.ERROR
    return found._replace(severity=severity, ignored=ignored)


def _report_keys(target: backends.Target, keys: backends.KeyStorage, collector: Collector) -> None:
    """Report that a target cannot keep keys in this way."""
    possible = "` or `".join(way for way in backends.KeyStorage if way in target.keys)
    collector.report(KEYS_NOT_EXPRESSIBLE, backend=target.name, keys=keys, where=possible)


def _backend_options(chosen: backends.Chosen, options: Options) -> backends.Options:
    """Return what the backend is asked for; other programs may use the words in place of the members."""
    if options.keys is not None:
        one_of("keys", options.keys, backends.KeyStorage)
    one_of("activation", options.activation, backends.Activation)
    default = next(iter(chosen.target.keys), backends.KeyStorage.INLINE)
    keys = default if options.keys is None else backends.KeyStorage(options.keys)
    return backends.Options(chosen, keys, backends.Activation(options.activation), options.keep_foreign_rules)


def _assumptions(config: Config, number_of: Mapping[str, int], options: Options) -> Assumptions:
    return Assumptions(options.fwmark, options.mtu, number_of.get(config.name, 0), _has_external_keys(options))


def _has_external_keys(options: Options) -> bool:
    return options.keys is backends.KeyStorage.EXTERNAL


def _read(source: Source, name: str, options: Options) -> tuple[Config | None, Collector]:
    collector = Collector(source.path, source)
    document = parse(source, collector)
    return read(document, name, collector, external_keys=_has_external_keys(options)), collector
