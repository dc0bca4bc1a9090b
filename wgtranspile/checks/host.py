"""What the configs of one host must not share: keys, ports, addresses and default routes.

In: the configs of a host, one after the other. Out: findings at the later of two places, which show both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.config import default_routes, values
from wgtranspile.diagnostics.catalogue import host as catalogue
from wgtranspile.source import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.config import Config
    from wgtranspile.diagnostics import Collector, Rule
    from wgtranspile.source import Span


class Comparison:
    """What the configs of a host hold, as far as they are checked."""

    def __init__(self) -> None:
        self._first: dict[tuple[Rule, object], tuple[Config, Span]] = {}

    def check(self, config: Config, collector: Collector) -> None:
        """Report each thing that a config holds although an earlier one of another interface does.

        Two configs of one interface are not compared: they would write the same files, and are refused for that.
        """
        for rule, thing, span in _held(config):
            first, earlier = self._first.setdefault((rule, thing), (config, span))
            if first.name != config.name:
                other = Place(first.source, earlier)
                collector.report(rule, span, also=[(other, "first here")], thing=thing, other=other)


def _held(config: Config) -> Iterator[tuple[Rule, object, Span]]:
    """Yield what a config takes for itself alone, with the rule that says so."""
    interface = config.interface
    if interface.private_key and not values.is_zero(interface.private_key.value):
        yield catalogue.SAME_PRIVATE_KEY, *interface.private_key
    if interface.listen_port and interface.listen_port.value:
        yield catalogue.SAME_LISTEN_PORT, *interface.listen_port
    for address, span in interface.addresses:
        if not address.is_link_local:  # one means the same on each link, and so nothing on another
            yield catalogue.SAME_ADDRESS, address.ip, span
    for network, span in default_routes(config).items():
        yield catalogue.SECOND_DEFAULT_ROUTE, network, span
