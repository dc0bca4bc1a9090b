"""Records of the model: named tuples that know their type, and leave out of equality where they come from."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from wgtranspile.source import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.source import Source

#: What a host tells of a thing that no config asks for, each fact by its name.
Facts: TypeAlias = tuple[tuple[str, str], ...]

_ORIGINS = ("source", "span")
Tuple = TypeVar("Tuple", bound=tuple[Any, ...])


def record(cls: type[Tuple]) -> type[Tuple]:
    """Make a named tuple equal only to another of its type, whatever the places of both are.

    Plain named tuples of different types are equal if their fields are: `CreateLink() == TearDown()`. Fields named
    `source` or `span`, or ending in `_span`, tell where a record comes from, and are not part of what it says.
    """
    fields: tuple[str, ...] = cls._fields  # type: ignore[attr-defined]  # of every named tuple
    compared = _getter([number for number, name in enumerate(fields) if not name.endswith(_ORIGINS)])

    def equal(self: Tuple, other: object) -> bool:
        return type(other) is cls and compared(self) == compared(other)

    def unequal(self: Tuple, other: object) -> bool:
        return not equal(self, other)

    def digest(self: Tuple) -> int:
        return hash((cls, compared(self)))

    cls.__eq__, cls.__ne__, cls.__hash__ = equal, unequal, digest  # type: ignore[method-assign,assignment]
    return cls


def moved(item: Tuple, source: Source) -> Tuple:
    """Return an item of the model as if it and all its parts came from another source."""
    if isinstance(item, Place):
        return item._replace(source=source)
    parts = [moved(part, source) if isinstance(part, tuple) else part for part in item]
    return type(item)(*parts) if hasattr(item, "_fields") else type(item)(parts)


def _getter(numbers: list[int]) -> Callable[[Any], object]:
    return itemgetter(*numbers) if numbers else lambda _: ()
