"""Suggestions for mistyped words.

In: the word, and the valid words. Out: the most similar one, if any is similar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that `word` most likely means, in any case, or None if there is none like it."""
    from difflib import get_close_matches  # lazy: only mistakes need it

    by_lower = {known.lower(): known for known in words}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[found[0]] if found else None


def question(word: str, words: Iterable[str]) -> str:
    """Return the end of a sentence that asks whether another word was meant; empty if there is none like it."""
    found = closest(word, words)
    return f"; did you mean `{found}`?" if found else ""


class UnknownWordError(LookupError):
    """A word is unknown; the text is a sentence that lists the valid words or asks whether one was meant."""


def one_of(what: str, word: str, words: Iterable[str]) -> None:
    """Check a word that stands for `what`; raise UnknownWordError if it is not one of the words."""
    known = list(words)
    if word not in known:
        message = f"{what} must be one of {', '.join(known)}, not {word!r}{question(word, known)}"
        raise UnknownWordError(message)
