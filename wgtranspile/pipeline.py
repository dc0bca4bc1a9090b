"""The wiring: text -> document -> config -> plan -> emission, with what was found on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import backends
from wgtranspile.config import read
from wgtranspile.diagnostics import Collector, Severity
from wgtranspile.plan import AddRules, Assumptions, SetMark, plan
from wgtranspile.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wgtranspile.artefact import Emission
    from wgtranspile.config import Config
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.plan import Plan
    from wgtranspile.source import Source


class Options(NamedTuple):
    """What a user may choose: how keys are kept, what is pinned, and which findings weigh how much.

    `strict` makes each warning an error; `allow` holds codes and names of warnings that are only notes.
    """

    keys: backends.KeyStorage | None = None
    activation: backends.Activation = backends.Activation.BOOT
    keep_foreign_rules: bool = False
    fwmark: int | None = None
    mtu: int | None = None
    strict: bool = False
    allow: frozenset[str] = frozenset()


class Result(NamedTuple):
    """What became of one config. `emission` is None when it is refused; `plan` also when it could not be planned."""

    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None = None
    emission: Emission | None = None

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return any(found.severity is Severity.ERROR for found in self.diagnostics)


def transpile(source: Source, name: str, backend: str, options: Options = Options()) -> Result:  # noqa: B008  frozen
    """Give what `backend` makes of the config of the interface `name`; raises LookupError for an unknown backend."""
    return next(transpile_host([(source, name)], backend, options))


def transpile_host(configs: Iterable[tuple[Source, str]], backend: str, options: Options) -> Iterator[Result]:
    """Give the results for the configs of one host, in order: each default route gets a mark of its own.

    Raises LookupError for an unknown backend.
    """
    emit = backends.load(backend)
    if emit is None:
        raise LookupError(backend)
    backend_options = backends.Options(options.keys, options.activation, options.keep_foreign_rules)
    read_configs = [_read(source, name) for source, name in configs]
    taken = {config.interface.fwmark.value for config, _ in read_configs if config and config.interface.fwmark}
    priorities: set[int] = set()
    for config, collector in read_configs:
        assumptions = Assumptions(options.fwmark, options.mtu, frozenset(taken), frozenset(priorities))
        planned = config and plan(config, assumptions, collector)
        emission = None
        if planned:
            taken |= {step.mark for step in planned.up if isinstance(step, SetMark)}
            priorities |= {step.priority for step in planned.up if isinstance(step, AddRules)}
            emission = emit(planned, backend_options)
            for gap in emission.gaps:
                collector.report(gap.rule, gap.span, backend=backend, **gap.facts)
        diagnostics = tuple(judge(collector.diagnostics, options))
        result = Result(diagnostics, planned)
        yield result if result.failed else result._replace(emission=emission)


def plan_config(source: Source, name: str, options: Options = Options()) -> Result:  # noqa: B008  frozen
    """Give the plan of a config, without any backend."""
    config, collector = _read(source, name)
    planned = config and plan(config, Assumptions(options.fwmark, options.mtu), collector)
    return Result(tuple(judge(collector.diagnostics, options)), planned or None)


def judge(diagnostics: Iterable[Diagnostic], options: Options) -> Iterator[Diagnostic]:
    """Give the findings in the order of the file, with the weight that the user's options give them."""
    for found in sorted(diagnostics, key=lambda found: found.labels[0].span.start if found.labels else -1):
        if found.severity is not Severity.WARNING:
            yield found
        elif options.allow & {found.rule.code, found.rule.name}:
            yield found._replace(severity=Severity.NOTE)
        else:
            yield found._replace(severity=Severity.ERROR) if options.strict else found


def _read(source: Source, name: str) -> tuple[Config | None, Collector]:
    collector = Collector(source.path, source)
    return read(parse(source, collector), name, collector), collector
