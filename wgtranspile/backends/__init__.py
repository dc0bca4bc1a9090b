"""The backends by name. A backend is one module below this package, one row here, and one folder of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.backends.base import Activation, KeyStorage, Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from wgtranspile.artefact import Emission
    from wgtranspile.plan import Plan

    Emit = Callable[[Plan, Options], Emission]

__all__ = ["BACKENDS", "SHORT", "Activation", "KeyStorage", "Options", "Row", "load"]


class Row(NamedTuple):
    """What is known of a backend before its module is loaded."""

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


def load(name: str) -> Emit | None:
    """Give the `emit` of a backend: a built-in one, or one registered as entry point; None if there is none."""
    if name in BACKENDS:
        emit: Emit = __import__(BACKENDS[name].module, fromlist=["emit"]).emit  # importlib would take a millisecond
        return emit
    from importlib.metadata import entry_points  # lazy: only for names that are not built in

    for point in entry_points(group="wgtranspile.backends", name=name):
        found: Emit = point.load().emit
        return found
    return None
