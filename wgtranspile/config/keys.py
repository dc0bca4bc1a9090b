"""The keys of a config: their names, their sections, who reads them, and what a mistyped one may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

INTERFACE = "Interface"
PEER = "Peer"


class KnownKey(NamedTuple):
    """A key in its usual spelling.

    wg-quick reads its own keys by their name without the blanks around it; wg deletes every blank, also inside a name.
    """

    name: str
    section: str
    of_wg_quick: bool = False


HOOKS = ("PreUp", "PostUp", "PreDown", "PostDown")
SECRETS = ("PrivateKey", "PresharedKey")

KNOWN = (
    *(KnownKey(name, INTERFACE, of_wg_quick=True) for name in ("Address", "MTU", "DNS", "Table", *HOOKS, "SaveConfig")),
    *(KnownKey(name, INTERFACE) for name in ("PrivateKey", "ListenPort", "FwMark")),
    *(KnownKey(name, PEER) for name in ("PublicKey", "PresharedKey", "Endpoint", "AllowedIPs", "PersistentKeepalive")),
)
BY_NAME = {key.name.lower(): key for key in KNOWN}

# amneziawg-tools, src/config.c
AMNEZIAWG = frozenset(
    (
        "jc",
        "jmin",
        "jmax",
        "itime",
        "advancedsecurity",
        *(f"{letter}{number}" for letter in "shij" for number in range(1, 6)),
    )
)


def closest(word: str, names: Iterable[str]) -> str | None:
    """Give the name that `word` most likely means, if any is near."""
    from difflib import get_close_matches  # lazy: only mistakes need it

    by_lower = {name.lower(): name for name in names}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[found[0]] if found else None
