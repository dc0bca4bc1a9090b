"""Templates: a view in, text out; every value quoted for the target's language unless it says that it is raw."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import jinja2

from wgtranspile._resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Raw(str):
    """Text that is already in the target's language: a template writes it as it is."""

    __slots__ = ()


def render(
    template: str,
    view: object,
    *,
    quote: Callable[[object], str],
    filters: Mapping[str, Callable[[object], Raw]] | None = None,
) -> str:
    """Give the text of a template (its path below templates/), which sees `view`.

    Each `{{ value }}` goes through `quote`, the one place where the target's language is known. `filters` are the other
    quotings that the language has, for its comments say; their results are raw.
    """
    environment = _environment().overlay(
        finalize=lambda value: value if isinstance(value, Raw) else quote(value)  # type: ignore[arg-type]
    )
    environment.filters = {**environment.filters, **(filters or {})}
    return environment.get_template(template).render(view=view)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(  # noqa: S701  nothing here is HTML; `render` quotes for the language at hand
        loader=jinja2.FileSystemLoader(folder("templates")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
