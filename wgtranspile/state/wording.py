"""Items of a state in the words of `ip`, `wg` and `nft`: for each a name, and the particulars that may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.model.linux import TABLES

if TYPE_CHECKING:
    from wgtranspile.state.model import Address, FirewallItem, Route, Rule

PRESENT = "present"

_SCOPES = {200: "site", 253: "link", 254: "host"}
_NAMES = {number: name for name, number in TABLES.items()}


def address(item: Address) -> tuple[str, str]:
    """Name an address by all that is known of it."""
    return " ".join((str(item.address), *item.other)), PRESENT


def route(item: Route) -> tuple[str, str]:
    """Name a route by destination and, outside of main, table."""
    name = str(item.destination)
    if item.table != TABLES["main"]:
        name += f" table {table(item.table)}"
    words = [f"scope {_SCOPES.get(item.scope, item.scope)}" if item.scope else ""]
    words += [f"metric {item.metric}" if item.metric else "", f"src {item.source}" if item.source else "", *item.other]
    return name, " ".join(filter(None, words)) or PRESENT


def rule(item: Rule) -> tuple[str, str]:
    """Name a rule by everything that it says."""
    words = [f"IPv{item.family}", "not" if item.inverted else ""]
    words += ["" if item.mark is None else f"fwmark {item.mark}", *item.other]
    words += ["" if item.table is None else f"lookup {table(item.table)}"]
    words += ["" if item.suppress is None else f"suppress_prefixlength {item.suppress}"]
    return " ".join(filter(None, words)), PRESENT


def firewall(item: FirewallItem) -> tuple[str, str]:
    """Name a rule by its chain and text, a table or chain by itself."""
    if item.rule:
        return f"IPv{item.family} {item.chain} `{item.text}`", PRESENT
    return f"IPv{item.family} chain {item.chain}" if item.chain else f"IPv{item.family} table", item.text or PRESENT


def table(number: int | str) -> str:
    """Return the name of a table of the kernel's own, the number of another."""
    return _NAMES.get(number, str(number)) if isinstance(number, int) else number


def mark(number: int) -> str:
    """Return a mark as the config writes it."""
    return str(number) if number else "off"


def answer(fact: bool | None) -> str:  # noqa: FBT001  the fact is all there is
    """Return yes or no."""
    return "yes" if fact else "no"


def presence(value: object) -> str:
    """Tell that something secret is there, or not."""
    return "none" if value is None else PRESENT
