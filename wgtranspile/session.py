"""One run of the main command: configs in, artefacts to files or stdout, findings to stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from wgtranspile import pipeline
from wgtranspile.diagnostics import Collector, Severity, catalogue
from wgtranspile.inputs import Input, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path, PurePosixPath

    from wgtranspile.artefact import Artefact, Emission
    from wgtranspile.diagnostics import Diagnostic

MESSAGE_FORMATS = ("text", "concise", "json")


class Session:
    """What was read, what became of it, and what was found."""

    def __init__(self, backend: str, options: pipeline.Options, message_format: str) -> None:
        self.backend = backend
        self.options = options
        self.message_format = message_format
        self.diagnostics: list[Diagnostic] = []
        self.done: list[tuple[Input, pipeline.Result, Emission]] = []
        self.failed = False

    def transpile(self, found: Iterable[Input | Unreadable]) -> None:
        """Transpile configs; those of one folder are those of one host."""
        hosts: dict[PurePosixPath, list[Input]] = {}
        for item in found:
            if isinstance(item, Unreadable):
                self._report(item.diagnostics)
            else:
                hosts.setdefault(item.prefix, []).append(item)
        for host in hosts.values():
            results = pipeline.transpile_host([(item.source, item.name) for item in host], self.backend, self.options)
            for item, result in zip(host, results, strict=True):
                warnings = pipeline.judge(item.diagnostics, self.options)
                if not self._report([*warnings, *result.diagnostics]) and result.emission:
                    self.done.append((item, result, result.emission))
        self._refuse_same_outputs()

    def write(self, root: Path) -> None:
        """Write the artefacts as a tree below `root`, and say so."""
        from wgtranspile.writer import CannotWriteError, write

        artefacts = self._artefacts()
        try:
            write(artefacts, root)
        except CannotWriteError as error:
            collector = Collector(str(root))
            collector.report(catalogue.CANNOT_WRITE, file=root / error.path, why=error.why)
            self._report(collector.diagnostics)
            self.done.clear()
        self.show_findings()
        if self.done and self.message_format == "text":
            print("\n".join(self._closing_note(artefacts, root)), file=sys.stderr)

    def give(self, *, show_keys: bool) -> None:
        """Write the artefacts to stdout, each below a line with its place if there are several."""
        self.show_findings()
        artefacts = self._artefacts()
        try:
            for artefact in artefacts:
                sys.stdout.buffer.write(self._shown(artefact, len(artefacts), show_keys=show_keys))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # whoever read it has enough
        except OSError as error:
            collector = Collector("standard output")
            collector.report(catalogue.CANNOT_WRITE, file="standard output", why=error.strerror)
            self.diagnostics.clear()
            self._report(collector.diagnostics)
            self.show_findings()

    def _shown(self, artefact: Artefact, count: int, *, show_keys: bool) -> bytes:
        text = artefact.content if show_keys else self._without_keys(artefact.content)
        if count > 1:
            text = f"# {self._described(artefact)}\n{text}"
        return text.encode("utf-8", "surrogateescape")

    def show_findings(self) -> None:
        """Show what was found, on stderr."""
        if self.message_format == "json":
            from wgtranspile.diagnostics.json import render as render_json  # lazy: each format needs its own

            emissions = [emission for _, _, emission in self.done]
            activate = [command for emission in emissions for command in emission.activate]
            deactivate = [command for emission in emissions for command in emission.deactivate]
            print(render_json(self.diagnostics, self._artefacts(), activate, deactivate), end="", file=sys.stderr)
        elif self.diagnostics:
            from wgtranspile.diagnostics.text import render, render_concise

            if self.message_format == "concise":
                print(render_concise(self.diagnostics), end="", file=sys.stderr)
            else:
                color = sys.stderr.isatty() and "NO_COLOR" not in os.environ
                print(render(self.diagnostics, color=color), end="", file=sys.stderr)

    def refuse(self) -> None:
        """Give up what was done: nothing of it is to be written."""
        self.done.clear()

    def _report(self, diagnostics: Iterable[Diagnostic]) -> bool:
        """Keep findings; give whether there is an error among them."""
        found = list(diagnostics)
        self.diagnostics += found
        failed = any(diagnostic.severity is Severity.ERROR for diagnostic in found)
        self.failed |= failed
        return failed

    def _artefacts(self) -> list[Artefact]:
        """Give all artefacts at their places below the root of the output, once those that several tunnels share."""
        placed = (
            artefact._replace(path=item.prefix / artefact.path)
            for item, _, emission in self.done
            for artefact in emission.artefacts
        )
        return list({artefact.path: artefact for artefact in placed}.values())

    @staticmethod
    def _described(artefact: Artefact) -> str:
        """Give the place of an artefact, with its mode and owner or with what it links to."""
        if artefact.link_to is not None:
            return f"{artefact.path} -> {artefact.link_to}"
        return f"{artefact.path} ({artefact.mode:04o} {artefact.owner}:{artefact.group})"

    def _without_keys(self, text: str) -> str:
        from wgtranspile.redact import hide

        return hide(text, {key for _, result, _ in self.done if result.plan for key in result.plan.secrets()})

    def _closing_note(self, artefacts: Iterable[Artefact], root: Path) -> Iterable[str]:
        from wgtranspile.diagnostics.text import visible

        for artefact in artefacts:
            after = f" -> {artefact.link_to}" if artefact.link_to else f" ({artefact.mode:04o})"
            yield f"wrote {visible(str(root / artefact.path))}{after}"
        commands = [command for _, _, emission in self.done for command in emission.activate]
        if commands:
            yield "to bring it up as root, once the tree lies under /:"
            yield from (f"  {command}" for command in commands)
        if os.geteuid() != 0:
            yield "the files are yours; on the host they belong to root"

    def _refuse_same_outputs(self) -> None:
        owners: dict[PurePosixPath, tuple[Input, Artefact]] = {}
        for item, _, emission in self.done:
            for artefact in emission.artefacts:
                path = item.prefix / artefact.path
                owner, same = owners.setdefault(path, (item, artefact))
                if owner is not item and (same != artefact or owner.name == item.name):
                    collector = Collector(item.source.path)
                    collector.report(catalogue.SAME_OUTPUT, file=path, other=owner.source.path)
                    self._report(collector.diagnostics)
                    self.done.clear()
                    return
