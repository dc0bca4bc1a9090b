"""A migration for people, and for programs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from wgtranspile.channels import is_colored, visible
from wgtranspile.diagnostics.limit import limited
from wgtranspile.migration import course
from wgtranspile.migration.commands import this_program
from wgtranspile.migration.model import Outcome
from wgtranspile.report.json import as_dict
from wgtranspile.report.text import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.migration import Prepared
    from wgtranspile.migration.model import Done

SCHEMA = 1
_OUTCOMES = {
    Outcome.DONE: "migrated",
    Outcome.REFUSED: "refused",
    Outcome.ROLLED_BACK: "rolled back",
    Outcome.ROLLBACK_FAILED: "rollback failed",
}


def render_findings(prepared: Prepared, *, dry_run: bool) -> str:
    """Return the findings, and for a dry run what would be done."""
    text = render(limited(prepared.findings), color=is_colored(sys.stderr))
    migration, facts = prepared.migration, prepared.facts
    if not dry_run or prepared.refused or migration is None or facts is None:
        return text
    lines = [("install", str(path)) for path in course.files(migration)]
    lines += [("load", str(command)) for command in course.load(migration, facts)]
    lines += [("stop", str(command)) for command in course.stop(migration)]
    lines += [("activate", str(command)) for command in course.activate(migration)]
    lines += [("switch", str(command)) for command in course.switch(migration)]
    return text + "".join(f"{step:<9} {visible(what)}\n" for step, what in lines)


def tell(done: Done) -> None:
    """Show a step as soon as it is taken; what it said only where it failed."""
    print(f"{done.step:<9} {visible(done.command)}".rstrip(), file=sys.stderr)
    if done.status:
        for line in done.output.splitlines():
            print(f"          {visible(line)}", file=sys.stderr)


def silent(done: Done) -> None:
    """Show nothing: the report has it."""


def render_outcome(prepared: Prepared, outcome: Outcome, *, dry_run: bool) -> str:
    """Return the line that says how it ended."""
    if outcome is Outcome.REFUSED or prepared.migration is None:
        return "nothing was changed"
    names, target = prepared.migration.name, prepared.migration.target
    if prepared.already:
        return f"{names}: already under {target}"
    if dry_run:
        return f"{names}: ready to migrate; nothing was changed"
    log = prepared.migration.folder / "log"
    if outcome is Outcome.DONE:
        rollback = visible(f"{this_program()} rollback {prepared.migration.tunnels[0].name}")
        return f"{names}: now under {target}, in the same state as under wg-quick; `{rollback}` reverts this"
    if outcome is Outcome.ROLLED_BACK:
        return f"{names}: rolled back to wg-quick, in the earlier state; see {log}"
    return f"{names}: NOT IN ITS EARLIER STATE; see {log}, and run `wgtranspile verify`"


def as_json(prepared: Prepared, outcome: Outcome, done: Iterable[Done], *, dry_run: bool) -> str:
    """Return all of it as one object."""
    said = "already" if prepared.already else _OUTCOMES[outcome]
    return json.dumps(
        {
            "schema": SCHEMA,
            "interfaces": prepared.migration.name.split(",") if prepared.migration else [],
            "outcome": "dry run" if dry_run and outcome is Outcome.DONE else said,
            "diagnostics": [as_dict(found) for found in limited(prepared.findings)],
            "steps": [step._asdict() for step in done],
        },
        indent=2,
    )
