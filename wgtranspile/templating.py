"""Templates: a view in, text out; every value quoted for the target's language unless it says that it is raw."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from wgtranspile._resources import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import jinja2


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
    """Return the text of a template (its path below templates/), which sees `view`.

    Each `{{ value }}` goes through `quote`, the one place where the target's language is known. `filters` are the other
    quotings that the language has, for its comments say; their results are raw.
    """
    return _environment(quote, tuple((filters or {}).items())).get_template(template).render(view=view)


def text(name: str) -> str:
    """Return a file below templates/. Raise OSError if there is none."""
    return read(f"templates/{name}")


@cache
def _environment(
    quote: Callable[[object], str], filters: tuple[tuple[str, Callable[[object], Raw]], ...]
) -> jinja2.Environment:
    """Return the environment of one language; it keeps the templates it has compiled."""
    import jinja2  # lazy: not for the plan itself, or where a config is refused

    environment = jinja2.Environment(  # noqa: S701  nothing here is HTML; `quote` knows the language at hand
        loader=jinja2.FunctionLoader(text),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        finalize=lambda value: value if isinstance(value, Raw) else quote(value),
    )
    environment.filters.update(filters)
    return environment
