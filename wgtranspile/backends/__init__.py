"""The backends by name. A backend is one module below this package, one row here, and one folder of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.backends.base import Activation, KeyStorage, Options
from wgtranspile.spelling import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.artefact import Emission
    from wgtranspile.model import Tunnel

    Emit = Callable[[Tunnel, Options], Emission]

__all__ = ["BACKENDS", "SHORT", "Activation", "KeyStorage", "Options", "Row", "load", "names"]


class Row(NamedTuple):
    """What is known about a backend before its module is loaded."""

    module: str
    summary: str


BACKENDS = {
    "networkd": Row("wgtranspile.backends.networkd", "systemd-networkd: .netdev, .network, and a service where needed"),
    "networkmanager": Row(
        "wgtranspile.backends.networkmanager", "NetworkManager: a keyfile, and a dispatcher script where needed"
    ),
    "nft": Row("wgtranspile.backends.nft", "the firewall that wg-quick installs, as an nft script"),
    "shell": Row("wgtranspile.backends.shell", "a POSIX shell script: up, down, status"),
    "json": Row("wgtranspile.backends.json", "the plan itself"),
}

#: Short names of backends.
SHORT = {"nm": "networkmanager"}


_GROUP = "wgtranspile.backends"


def names() -> list[str]:
    """Return the names of all backends: the built-in ones, and those registered as entry points."""
    from importlib.metadata import entry_points  # lazy: only for names that are not built in

    return [*BACKENDS, *(point.name for point in entry_points(group=_GROUP))]


def load(name: str) -> Emit:
    """Return the `emit` of a backend; raise UnknownWordError if there is no such backend."""
    if name in BACKENDS:
        emit: Emit = __import__(BACKENDS[name].module, fromlist=["emit"]).emit  # importlib would take a millisecond
        return emit
    from importlib.metadata import entry_points  # lazy: only for names that are not built in

    one_of("the backend", name, names())
    [point, *_] = entry_points(group=_GROUP, name=name)
    found: Emit = point.load().emit
    return found
