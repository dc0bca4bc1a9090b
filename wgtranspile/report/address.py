"""Where the page of a finding is on the web: below an address that the environment gives, as of a fork or a mirror."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wgtranspile.diagnostics.model import Rule

#: The variable with the address of the page that docs/diagnostics.md is published as.
VARIABLE = "WGTRANSPILE_DOCS_URL"
_SCHEMES = ("https://", "http://")


def address(rule: Rule) -> str | None:
    """Return the address of what is said about a rule, or None where no page is known."""
    page = os.environ.get(VARIABLE, "")
    return f"{page}#{anchor(rule)}" if page.startswith(_SCHEMES) else None


def anchor(rule: Rule) -> str:
    """Return the name of the place of a rule in docs/diagnostics.md."""
    return f"{rule.code}-{rule.name}".lower()
