"""The interface for other programs; everything else may change from version to version.

In: sources with the names of their interfaces. Out: results, whose artefacts `write` writes to files. See docs/api.md.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from wgtranspile.artefact import Artefact, Command, Emission, Gap, KeyFile
from wgtranspile.backends import Activation, KeyStorage
from wgtranspile.diagnostics import Diagnostic, Fidelity, Label, Rule, Severity
from wgtranspile.files import CannotWriteError, write
from wgtranspile.many import in_order
from wgtranspile.model import Tunnel
from wgtranspile.pipeline import Options, Result, transpile, transpile_host
from wgtranspile.report.text import render, render_concise
from wgtranspile.source import Place, Position, Source, Span
from wgtranspile.spelling import UnknownWordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

__all__ = [
    "Activation",
    "Artefact",
    "CannotWriteError",
    "Command",
    "Configs",
    "Diagnostic",
    "Emission",
    "Fidelity",
    "Gap",
    "KeyFile",
    "KeyStorage",
    "Label",
    "Options",
    "Place",
    "Position",
    "Result",
    "Rule",
    "Severity",
    "Source",
    "Span",
    "Tunnel",
    "UnknownWordError",
    "render",
    "render_concise",
    "transpile",
    "transpile_host",
    "transpile_many",
    "write",
]

#: The configs of one host, each with the name of its interface.
Configs: TypeAlias = "Sequence[tuple[Source, str]]"


def transpile_many(
    sources: Iterable[Configs],
    backend: str,
    options: Options = Options(),  # noqa: B008  frozen
    executor: Executor | None = None,
    workers: int = 8,
) -> Iterator[list[Result]]:
    """Return the results for many hosts, in order: for each host those for its configs.

    Raises UnknownWordError, a LookupError, for an unknown backend or an unknown word in the options.

    The work is done in this process or by an executor, whose workers may be processes or other machines; `workers` is
    their number. Hosts are read only as results are consumed, so memory holds only a few of each.
    """
    function = partial(_transpile_all, backend, options)
    if executor is None:
        return (function([host])[0] for host in sources)
    return in_order(executor, function, sources, workers)


def _transpile_all(backend: str, options: Options, hosts: Iterable[Configs]) -> list[list[Result]]:
    return [list(transpile_host(host, backend, options)) for host in hosts]
