"""`Config` in, `Plan` out: what wg-quick would do with it, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.config import Endpoint, ExternalKey, Key, Phase
from wgtranspile.config.lowering import FIRST_TABLE, Assumptions, lower
from wgtranspile.config.numbers import default_routes, numbers
from wgtranspile.model import Family, Peer, Tunnel
from wgtranspile.procedure import (
    AddRoute,
    AddRules,
    AssignAddress,
    BringUp,
    ConfigureDevice,
    CreateLink,
    InstallFirewall,
    RunHook,
    SaveConfig,
    SetMark,
    SetResolver,
    SetSourceValidMark,
    SkipRoute,
    Step,
    TearDown,
    procedure,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wgtranspile.config import Config
    from wgtranspile.diagnostics import Collector
    from wgtranspile.source import Source, Span


class Plan(NamedTuple):
    """What happens to `interface` on the way up and on the way down, each in wg-quick's order.

    `table_span` is the place of `Table`, if the config sets it: no step is made from it alone.
    """

    interface: str
    source: Source
    up: tuple[Step, ...]
    down: tuple[Step, ...]
    table_span: Span | None = None
    tunnel: Tunnel | None = None

    @property
    def device(self) -> ConfigureDevice:
        """What the WireGuard device is told: there is always such a step."""
        return next(step for step in self.up if isinstance(step, ConfigureDevice))

    @property
    def fwmark(self) -> int:
        """The mark that the device has in the end: that of a default route, or the config's own; 0 for none."""
        return next((step.mark for step in self.up if isinstance(step, SetMark)), self.device.fwmark)

    @property
    def hooks(self) -> tuple[RunHook, ...]:
        """All hooks, in the order of the moments at which they run."""
        return tuple(step for step in (*self.up, *self.down) if isinstance(step, RunHook))

    def secrets(self) -> Iterator[str]:
        """Give what is not for everyone to see."""
        assert self.tunnel
        return self.tunnel.secrets()


def plan(config: Config, assumptions: Assumptions, collector: Collector) -> Plan | None:
    """Give the plan of a config."""
    tunnel = lower(config, assumptions, collector)
    if tunnel is None:
        return None
    steps = procedure(tunnel)
    return Plan(tunnel.interface, tunnel.source, steps.up, steps.down, tunnel.table_span, tunnel)
