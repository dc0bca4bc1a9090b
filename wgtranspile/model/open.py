"""What a host decides when the tunnel comes up, and what it does not tell."""

from enum import Enum
from typing import NamedTuple

from wgtranspile.model.record import record


class Reason(Enum):
    """Why something is open until then."""

    FREE_TABLE = "the first number whose routing table is empty"
    NAMED_TABLE = "a routing table whose number only the host knows"
    PATH_MTU = "the MTU on the way to the endpoints, less the overhead of WireGuard"
    ANY_PORT = "any port that is free"


@record
class Open(NamedTuple):
    """Something that the host decides: why, what it usually comes to, and what the user has pinned it to.

    `usual` is None where nothing is usual; of a named table it is the name.
    """

    why: Reason
    usual: int | str | None = None
    pinned: int | None = None


@record
class Unknown(NamedTuple):
    """Something that a host does not tell, and why."""

    reason: str
