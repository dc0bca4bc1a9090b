"""The keys of a config: their names, their sections, and who reads them."""

from __future__ import annotations

from typing import NamedTuple

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
