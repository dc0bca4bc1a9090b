"""The findings that options name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.cli.command import WrongUsageError
from wgtranspile.diagnostics import Severity, catalogue
from wgtranspile.diagnostics.catalogue.environment import MORE_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable


def codes(option: str, names: Iterable[str]) -> frozenset[str]:
    """Return the codes of findings that an option names by their codes or names. Raises WrongUsageError."""
    rules = {name: catalogue.rule(name) for name in names}
    if unknown := next((name for name, rule in rules.items() if rule is None), None):
        raise WrongUsageError(f"{option}: {catalogue.no_finding(unknown)}")
    return frozenset(rule.code for rule in rules.values() if rule)


def ignored(names: Iterable[str]) -> frozenset[str]:
    """Return the codes of findings that are to be ignored: none is an error, or stands for findings that may be."""
    found = codes("--ignore", names)
    for rule in catalogue.rules():
        if rule.code in found and rule.severity is Severity.ERROR:
            raise WrongUsageError(f"--ignore: {rule.code} ({rule.name}) is an error, which cannot be ignored")
    if MORE_FINDINGS.code in found:
        raise WrongUsageError(
            f"--ignore: {MORE_FINDINGS.code} stands for findings that are not shown, which may be errors"
        )
    return found
