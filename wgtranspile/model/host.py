"""A live host that has a tunnel, and what is beside it there."""

# The annotations are evaluated, as in tunnel.py.
from collections.abc import Mapping
from typing import NamedTuple

from wgtranspile.model.firewall import Ruleset
from wgtranspile.model.linux import IPAddress
from wgtranspile.model.open import Unknown
from wgtranspile.model.record import record
from wgtranspile.model.tunnel import PolicyRule, Resolver, Sysctl, Tunnel
from wgtranspile.model.words import Key


@record
class Contact(NamedTuple):
    """What a host knows of a peer: whether it has ever heard it, and the MTU of the path to its endpoint."""

    handshake: bool = False
    path_mtu: int | None = None


@record
class Host(NamedTuple):
    """A host with what a tunnel has there.

    Of the tunnel itself there is what belongs to its link; the rules are those of the whole host, in the order in which
    the kernel asks those of a family, the rulesets those with the tunnel's name, the resolver's settings those of its
    link. `path_mtu` is the MTU of the default route. `tables` has the numbers of named routing tables, `names` the
    addresses of host names.
    """

    tunnel: Tunnel
    rules: tuple[PolicyRule, ...]
    rulesets: tuple[Ruleset, ...] | Unknown
    sysctls: tuple[Sysctl, ...]
    resolver: Resolver | Unknown | None
    contacts: Mapping[Key, Contact]
    path_mtu: int | None
    tables: Mapping[str, int]
    names: Mapping[str, frozenset[IPAddress]]
