"""The catalogue of findings: a table for each stage that reports some, one row each.

A code begins with the letter of its stage. A name reads well after "allow". `docs/diagnostics.md` and `wgtranspile
explain` are generated from these tables. Each module imports only the table of its own stage; `rules` loads all.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.diagnostics.model import Rule
from wgtranspile.spelling import UnknownWordError, question

if TYPE_CHECKING:
    from collections.abc import Collection


class Stage(NamedTuple):
    """Who reports findings: how that is called, and the module with its table."""

    title: str
    table: str


#: The stages by the first letters of their codes.
STAGES = {
    "S": Stage("Syntax", "syntax"),
    "C": Stage("Config", "config"),
    "P": Stage("Plan", "plan"),
    "B": Stage("Backends", "backends"),
    "K": Stage("Security", "security"),
    "H": Stage("The configs of one host", "host"),
    "F": Stage("The fleet", "fleet"),
    "M": Stage("Migration of a running host", "migration"),
    "X": Stage("Environment", "environment"),
}


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rows of all tables, in the order of their codes."""
    tables = (vars(import_module(f"{__name__}.{stage.table}")) for stage in STAGES.values())
    rows = (row for table in tables for row in table.values() if isinstance(row, Rule))
    return tuple(sorted(rows, key=lambda row: row.code))


def rule(word: str) -> Rule | None:
    """Return the rule with this code or name, in upper or lower case."""
    word = word.lower()
    return next((row for row in rules() if word in (row.code.lower(), row.name)), None)


def check_words(words: Collection[str]) -> None:
    """Check codes and names of findings; raise UnknownWordError for one that does not exist."""
    known = {word for row in rules() for word in (row.code, row.name)} if words else set()
    if unknown := next((word for word in words if word not in known), None):
        raise UnknownWordError(no_finding(unknown))


def no_finding(word: str) -> str:
    """Return a sentence that says that the finding does not exist, with a suggestion or else all codes."""
    listed = f"; the codes are {', '.join(row.code for row in rules())}"
    meant = question(word, (known for row in rules() for known in (row.code, row.name)))
    return f"there is no finding {word!r}{meant or listed}"
