"""Values of the model that configs have in the same form: keys, endpoints, and the moments of hooks."""

from base64 import b64decode
from enum import StrEnum
from typing import NamedTuple


class Key(str):
    """A WireGuard key in base64; never shown by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a placeholder: keys stay inside."""
        return "Key(…)"

    @property
    def digest(self) -> str:
        """What equal keys share without telling them."""
        from hashlib import sha256  # lazy: most runs need none

        return sha256(b64decode(self)).hexdigest()


class ExternalKey(NamedTuple):
    """A key that only the host has.

    `placeholder` is the name that stands for it in the config, if any. `fingerprint` is what a live host tells of it:
    of a private key the public one, of a preshared key a digest.
    """

    placeholder: str | None = None
    fingerprint: str | None = None

    def __repr__(self) -> str:
        """Return a placeholder: what may tell keys apart stays inside, too."""
        return "ExternalKey(…)"


class Endpoint(NamedTuple):
    """Where a peer is reached: a host name, IPv4 or IPv6 address (perhaps with a zone), and a UDP port."""

    host: str
    port: int

    @property
    def is_numeric(self) -> bool:
        """Whether the host is an address rather than a name."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()

    def __str__(self) -> str:
        """Return the form that wg(8) takes."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Phase(StrEnum):
    """The moments at which hooks run, named as their keys are."""

    PRE_UP = "PreUp"
    POST_UP = "PostUp"
    PRE_DOWN = "PreDown"
    POST_DOWN = "PostDown"
