"""What a migration is made of: the interfaces with all that is known of them, and the steps with what came of each."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, NamedTuple

from wgtranspile.artefact import Command

if TYPE_CHECKING:
    from pathlib import Path

    from wgtranspile.artefact import Emission
    from wgtranspile.backends.targets import Target, Version
    from wgtranspile.compare import Difference
    from wgtranspile.model import Tunnel
    from wgtranspile.model.host import Host


class Status(StrEnum):
    """Where a migration stands: the name of the one marker in its folder."""

    CHANGING = "changing"
    UNCONFIRMED = "unconfirmed"
    MIGRATED = "migrated"
    BACK = "back"
    FAILED = "failed"


class Outcome(IntEnum):
    """How a run ended, as its exit status."""

    DONE = 0
    REFUSED = 1
    ROLLED_BACK = 3
    ROLLBACK_FAILED = 4


class Unit(NamedTuple):
    """A unit as systemctl tells of it: whether it is active, and the word for whether it is enabled."""

    active: bool
    enabled: str

    @property
    def is_enabled(self) -> bool:
        """Whether a boot starts it."""
        return self.enabled.startswith("enabled")


class Candidate(NamedTuple):
    """An interface that wg-quick has up, `live`, and what it is to become.

    `differences` tells how it is other than planned; a hook may do that, and has to do it again under the target.
    `by_unit` tells whether its unit brought it up, `enabled` whether a boot would.
    """

    wanted: Tunnel
    emission: Emission
    live: Host
    differences: tuple[Difference, ...]
    by_unit: bool
    enabled: bool

    @property
    def name(self) -> str:
        """The interface."""
        return self.wanted.interface

    @property
    def unit(self) -> str:
        """The unit of wg-quick."""
        return f"wg-quick@{self.name}.service"

    @property
    def up(self) -> Command:
        """The command that brings it up under wg-quick."""
        return Command(("systemctl", "start", self.unit) if self.by_unit else ("wg-quick", "up", self.name))

    @property
    def down(self) -> Command:
        """The command that ends it under wg-quick."""
        return Command(("systemctl", "stop", self.unit) if self.by_unit else ("wg-quick", "down", self.name))


class Migration(NamedTuple):
    """All that is to be done: tunnels that change over together, with the state of the target's daemon before.

    `version` is that of the daemon, empty where it is not there.
    """

    target: Target
    tunnels: tuple[Candidate, ...]
    daemon: Unit
    version: Version
    folder: Path
    seconds_to_confirm: int = 0
    hold: bool = False

    @property
    def name(self) -> str:
        """The name of its folder and units: the interfaces with a comma between them."""
        return ",".join(tunnel.name for tunnel in self.tunnels)


class About(NamedTuple):
    """What is on record of a migration: its target by name, and how each tunnel differed from its config before."""

    target: str
    differences: dict[str, tuple[Difference, ...]]


class Done(NamedTuple):
    """A step that was taken: the command, if it is one, its exit status, and what it said, without keys."""

    step: str
    command: str
    status: int
    output: str
