"""One host of a run: its configs in, what becomes of them out. It may run in any process."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile import pipeline
from wgtranspile.diagnostics import Collector, Severity
from wgtranspile.diagnostics.catalogue import environment as catalogue
from wgtranspile.diagnostics.catalogue.config import LONG_NAME_IN_HOOK
from wgtranspile.diagnostics.defect import defect
from wgtranspile.files import CannotWriteError, inputs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path, PurePosixPath

    from wgtranspile.artefact import Artefact, Emission, KeyFile
    from wgtranspile.checks.fleet import Member
    from wgtranspile.diagnostics import Diagnostic
    from wgtranspile.files.manifest import Recorded
    from wgtranspile.files.tree import Staging
    from wgtranspile.model import Tunnel

_NEEDS_A_FOLDER = "`-o` needs a folder; omit it to write to stdout, or use `--check` to only check"


class Order(NamedTuple):
    """What is asked for each host: files in `staging`, or artefacts without one; with `check` only what differs.

    With `listed`, the outcome names the artefacts also where it need not hold them. `backend` may name a version.
    """

    backend: str
    options: pipeline.Options
    staging: Staging | None = None
    check: bool = False
    listed: bool = False


class Made(NamedTuple):
    """What was made of a config of an interface, the keys that it holds, and where its host goes below the output."""

    config: str
    name: str
    emission: Emission
    secrets: frozenset[str]
    host: PurePosixPath

    def key_files(self) -> Iterator[KeyFile]:
        """Return the key files that the host must have, with their paths under the output."""
        return (file._replace(path=self.host / file.path) for file in self.emission.key_files)

    def without_contents(self) -> Made:
        """Return a copy without the contents of its artefacts."""
        artefacts = tuple(artefact._replace(content="") for artefact in self.emission.artefacts)
        return self._replace(emission=self.emission._replace(artefacts=artefacts, gaps=()), secrets=frozenset())


class Outcome(NamedTuple):
    """What became of a host: what was found of all its configs, and what and how much was made of those that are fine.

    With a staging, `files` are those below the output that are ours from then on, `difference` is what would change.
    `members` is what a check of the whole fleet needs, where that was asked.
    """

    host: PurePosixPath
    configs: int
    diagnostics: tuple[Diagnostic, ...]
    made: tuple[Made, ...]
    number: int
    files: Recorded
    difference: str = ""
    members: tuple[Member, ...] = ()

    def artefacts(self) -> Collection[Artefact]:
        """Return all artefacts below the folder of the host, once those that several tunnels share."""
        if len(self.made) == 1:
            return self.made[0].emission.artefacts
        return list({artefact.path: artefact for made in self.made for artefact in made.emission.artefacts}.values())

    def placed(self) -> Iterator[Artefact]:
        """Return the artefacts with their paths under the output."""
        return (artefact._replace(path=self.host / artefact.path) for artefact in self.artefacts())

    def told(self, *, listed: bool) -> Outcome:
        """Return the outcome without what need not go to another process, as it has been written."""
        return self._replace(made=tuple(made.without_contents() for made in self.made) if listed else ())


def transpile_all(order: Order, work: Iterable[tuple[inputs.Host, Recorded]]) -> list[Outcome]:
    """Return what becomes of some hosts; beside each stand the files that were ours."""
    # All hosts go through one stage before the next: the processor then has at hand what it needs for it.
    transpiled = [(host, recorded, _transpiled(order, host)) for host, recorded in work]
    if order.staging is None:
        return [outcome.told(listed=order.listed) if order.check else outcome for _, _, outcome in transpiled]
    return [
        _placed(order, order.staging, host, recorded, outcome).told(listed=order.listed)
        for host, recorded, outcome in transpiled
    ]


def _placed(order: Order, staging: Staging, host: inputs.Host, recorded: Recorded, outcome: Outcome) -> Outcome:
    """Make or compare the files of a host."""
    # The files of a config that is refused, or cannot be read, are not those of none.
    unread = any(isinstance(config, inputs.Unreadable) for config in host.configs)
    if unread or failed(outcome.diagnostics):
        staging = staging._replace(prune=False)
    try:
        if order.check:
            return outcome._replace(difference=staging.difference(host.path, outcome.artefacts(), recorded))
        return outcome._replace(files=staging.prepare(host.path, outcome.artefacts(), recorded))
    except CannotWriteError as error:
        found = cannot_write(staging.root, error)
    except Exception as error:  # noqa: BLE001  one host stops no other
        found = defect(str(staging.root / host.path), error)
    return outcome._replace(diagnostics=(*outcome.diagnostics, found), made=(), number=0, files=recorded)


def cannot_write(root: Path, error: CannotWriteError) -> Diagnostic:
    """Return the finding that a file below the output could not be written."""
    collector = Collector(str(root))
    if obstacle := _not_a_folder(root):
        why = f"it is {_kind(obstacle)}, not a folder"
        collector.report(catalogue.CANNOT_WRITE, help=_NEEDS_A_FOLDER, file=obstacle, why=why)
        return collector.diagnostics[0]
    rule = catalogue.CANNOT_WRITE if error.owner is None else catalogue.UNTRUSTED_FOLDER
    if error.foreign:
        rule = catalogue.FOREIGN_FILE
    collector.report(rule, file=root / error.path, why=error.why, owner=error.owner)
    return collector.diagnostics[0]


def _not_a_folder(root: Path) -> Path | None:
    """Return what is in the place of a folder: the path itself, or one above it."""
    there = next((path for path in (root, *root.parents) if os.path.exists(path)), None)  # noqa: PTH110  never raises
    return None if there is None or there.is_dir() else there


def _kind(path: Path) -> str:
    kinds = {
        "a file": path.is_file,
        "a named pipe": path.is_fifo,
        "a socket": path.is_socket,
        "a device": path.exists,
    }
    return next((kind for kind, is_one in kinds.items() if is_one()), "something else")


def _transpiled(order: Order, host: inputs.Host) -> Outcome:
    read = [inputs.read(config) for config in host.configs]
    found = [item for item in read if isinstance(item, inputs.Input)]
    diagnostics = [finding for item in read if isinstance(item, inputs.Unreadable) for finding in item.diagnostics]
    made: list[Made] = []
    members: list[Member] = []
    for item, result in zip(found, _results(order, found), strict=True):
        own = (*item.diagnostics, *_long_name_in_hooks(item, result.tunnel))
        findings = [*pipeline.judge(own, order.options), *result.diagnostics]
        if result.tunnel and result.emission and not failed(findings):
            secrets = frozenset(result.tunnel.secrets())
            made.append(Made(item.source.path, item.name, result.emission, secrets, host.path))
        if result.member:
            members.append(result.member)
        diagnostics += findings
    if refusal := _same_output(made):
        diagnostics.append(refusal)
        made.clear()
    outcome = Outcome(host.path, len(host.configs), tuple(diagnostics), tuple(made), 0, {}, members=tuple(members))
    return outcome._replace(number=len(outcome.artefacts()))


def _results(order: Order, found: Sequence[inputs.Input]) -> list[pipeline.Result]:
    """Return the result of each config. One on which wgtranspile itself fails is refused, and stops no other."""
    configs = [(item.source, item.name) for item in found]
    try:
        return [*pipeline.transpile_host(configs, order.backend, order.options)]
    except Exception:  # noqa: BLE001  whatever it is; now each config by itself, to see which it is
        defects = [_defect_of(order, item) for item in found]
    fine = [config for config, found_in in zip(configs, defects, strict=True) if not found_in]
    try:
        results = iter([*pipeline.transpile_host(fine, order.backend, order.options)])
    except Exception as error:  # noqa: BLE001  of all together
        return [pipeline.Result((defect(source.path, error),)) for source, _ in configs]
    return [pipeline.Result((found_in,)) if found_in else next(results) for found_in in defects]


def _long_name_in_hooks(item: inputs.Input, tunnel: Tunnel | None) -> list[Diagnostic]:
    """Return the findings that hooks spell out a name which has been shortened; in a path it names a file."""
    collector = Collector(item.source.path, item.source)
    name = rf"(?<![\w=+./-]){re.escape(item.long_name)}(?![\w=+.-])"
    for hook in tunnel.hooks if tunnel and item.long_name else ():
        if re.search(name, hook.command):
            collector.report(LONG_NAME_IN_HOOK, hook.span, name=item.long_name, interface=item.name)
    return collector.diagnostics


def _defect_of(order: Order, item: inputs.Input) -> Diagnostic | None:
    try:
        pipeline.transpile(item.source, item.name, order.backend, order.options)
    except Exception as error:  # noqa: BLE001  as above
        return defect(item.source.path, error)
    return None


def failed(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether there is an error among findings."""
    return any(found.severity is Severity.ERROR for found in diagnostics)


def _same_output(made: Sequence[Made]) -> Diagnostic | None:
    """Return the finding that two configs would write the same file, where they do not mean to share it."""
    owners: dict[PurePosixPath, tuple[Made, Artefact]] = {}
    for item in made if len(made) > 1 else ():  # one config does not write a file twice
        for artefact in item.emission.artefacts:
            owner, same = owners.setdefault(artefact.path, (item, artefact))
            if owner is not item and (same != artefact or owner.name == item.name):
                collector = Collector(item.config)
                collector.report(catalogue.SAME_OUTPUT, file=artefact.path, other=owner.config)
                return collector.diagnostics[0]
    return None
