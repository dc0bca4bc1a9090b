"""How a run is shown on stderr: one class a message format.

In: findings, and at the end what the run did. Out: text. Each format is loaded only where it is asked for.
"""

from __future__ import annotations

from wgtranspile.report.base import Report, Run, Written

__all__ = ["FORMATS", "Report", "Run", "Written", "for_people", "load"]

#: The modules and classes of the message formats, by the words of `--message-format`.
FORMATS = {
    "text": ("text", "Text"),
    "concise": ("text", "Concise"),
    "json": ("json", "Json"),
    "json-lines": ("json", "JsonLines"),
    "github": ("github", "Github"),
    "sarif": ("sarif", "Sarif"),
}


def load(name: str) -> type[Report]:
    """Return the class of a message format."""
    module, kind = FORMATS[name]
    found: type[Report] = getattr(__import__(f"{__name__}.{module}", fromlist=[kind]), kind)
    return found


def for_people() -> list[str]:
    """Return the formats that people read."""
    return [name for name in FORMATS if load(name).is_for_people]
