"""The table of targets: what each is called, which options it heeds, and which of its versions brought what.

Nothing here loads a backend: the help of `--to` is made from this table, too.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wgtranspile.spelling import UnknownWordError, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The numbers of a version; empty if it is not known.
Version: TypeAlias = tuple[int, ...]


class KeyStorage(StrEnum):
    """Where private and preshared keys go: separate files, inside the artefact, nowhere, or systemd's credentials."""

    FILE = "file"
    INLINE = "inline"
    EXTERNAL = "external"
    CREDENTIAL = "credential"


class Activation(StrEnum):
    """Whether a boot brings the tunnel up, or only the `activate` commands do."""

    BOOT = "boot"
    MANUAL = "manual"


class Feature(StrEnum):
    """What a target has only since some version. Where an older one has to do, a backend asks for it."""

    LINK_SCOPE = "networkd gives a route without a gateway the scope `link`"
    UNIX_TIME = "`systemctl show --timestamp=unix`"
    NETDEV_CREDENTIALS = "a `.netdev` file can name a credential instead of a key"
    STEADY_LINK = "networkd keeps addresses, routes and rules while it reconfigures a link"
    SERVERS_WITHOUT_ADDRESS = "a profile can have DNS servers of a family without an address"


class Target(NamedTuple):
    """A row of the table: all that is known about a backend before its module is loaded.

    `summary` and `page` are for the README. `keys` are the ways to store keys, the default first; without any, the
    output holds no keys, or the backend decides. `options` are the other options that it heeds. `oldest` is the first
    version that is supported, empty if the target has no versions. In the `tested` ones, the lab has run the output.
    `features` are those that some supported versions lack, each with the version that brought it. `unit` is the daemon
    that reads the files, and `tells_version` the command that prints its version.
    """

    name: str
    module: str
    summary: str = ""
    page: str = ""
    short: str = ""
    keys: tuple[KeyStorage, ...] = ()
    options: tuple[str, ...] = ()
    oldest: Version = ()
    tested: tuple[Version, ...] = ()
    features: Mapping[str, Version] = {}
    unit: str = ""
    tells_version: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def keeps(self, keys: KeyStorage) -> bool:
        """Whether keys can be stored in this way."""
        return not self.keys or keys in self.keys

    @property
    def takes_over(self) -> bool:
        """Whether the activation ends a tunnel of wg-quick first, because a daemon is to have it."""
        return bool(self.unit)


class Chosen(NamedTuple):
    """A target, and the version that the output is for. Without one, no feature is known to be there or lacking."""

    target: Target
    version: Version = ()

    def __str__(self) -> str:
        """Return both as `--to` takes them."""
        return f"{self.target}@{dotted(self.version)}" if self.version else self.target.name

    def has(self, feature: str) -> bool:
        """Whether the version is known to have a feature."""
        return self.version >= self.target.features[feature]

    def lacks(self, feature: str) -> bool:
        """Whether the version is known to lack a feature."""
        return bool(self.version) and not self.has(feature)


class Options(NamedTuple):
    """What a backend is asked for besides the tunnel. `keep_foreign_rules` is None for the backend's own default."""

    chosen: Chosen
    keys: KeyStorage
    activation: Activation
    keep_foreign_rules: bool | None


_ROWS = (
    Target(
        "networkd",
        "wgtranspile.backends.networkd",
        "`.network` and `.netdev` files for systemd-networkd, and a service for what networkd cannot do, if the config "
        "needs it",
        page="docs/networkd.md",
        keys=(KeyStorage.FILE, KeyStorage.INLINE, KeyStorage.EXTERNAL, KeyStorage.CREDENTIAL),
        options=("activation", "keep_foreign_rules"),
        oldest=(249,),
        tested=((252,), (257,), (262,)),
        features={
            Feature.LINK_SCOPE: (251,),
            Feature.UNIX_TIME: (251,),
            Feature.NETDEV_CREDENTIALS: (256,),
            Feature.STEADY_LINK: (257,),  # the first version after 252 that was tried
        },
        unit="systemd-networkd.service",
        tells_version=("systemctl", "--version"),
    ),
    Target(
        "networkmanager",
        "wgtranspile.backends.networkmanager",
        "a NetworkManager keyfile, and a dispatcher script for what keyfiles cannot express, if the config needs it",
        page="docs/networkmanager.md",
        short="nm",
        keys=(KeyStorage.INLINE, KeyStorage.EXTERNAL),
        options=("activation",),
        oldest=(1, 42),
        tested=((1, 42), (1, 52), (1, 58)),
        features={Feature.SERVERS_WITHOUT_ADDRESS: (1, 46)},
        unit="NetworkManager.service",
        tells_version=("NetworkManager", "--version"),
    ),
    Target(
        "shell",
        "wgtranspile.backends.shell",
        "a POSIX shell script with `up`, `down`, `reload` and `status`, which makes the same decisions on the host as "
        "wg-quick does",
        keys=(KeyStorage.INLINE, KeyStorage.FILE, KeyStorage.EXTERNAL),
    ),
    Target("nft", "wgtranspile.backends.nft", "the firewall that wg-quick installs for a default route"),
    Target(
        "json",
        "wgtranspile.backends.json",
        "the plan itself ([schema](docs/plan.schema.json))",
        keys=(KeyStorage.INLINE, KeyStorage.EXTERNAL),
    ),
)
#: The targets by their names, and their names by the short ones.
TARGETS = {target.name: target for target in _ROWS}
SHORT = {target.short: target.name for target in _ROWS if target.short}

NETWORKD, NETWORKMANAGER = TARGETS["networkd"], TARGETS["networkmanager"]

#: The targets with a daemon, which `migrate` can give a tunnel.
DAEMONS = {target.name: target for target in _ROWS if target.unit}

_GROUP = "wgtranspile.backends"
_VERSION = r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}"


def find(word: str, what: str = "the backend") -> Chosen:
    """Return what a word such as `networkd` or `nm@1.42` stands for; `what` is the option it was given to.

    Raises UnknownWordError if there is no such target, or no such version of it.
    """
    name, at, text = word.partition("@")
    target = TARGETS.get(SHORT.get(name, name)) or _registered(name, what)
    if not at:
        return Chosen(target)
    version = tuple(map(int, text.split("."))) if re.fullmatch(_VERSION, text) else ()
    if not target.oldest or len(version) < len(target.oldest) or version < target.oldest:
        message = f"{what} names version {text!r} of {target}; {supported(target)}"
        raise UnknownWordError(message)
    return Chosen(target, version)


def supported(target: Target) -> str:
    """Return which versions of a target are supported and tested, as a sentence."""
    if not target.oldest:
        return "it has no versions"
    return f"{dotted(target.oldest)} and later are supported; {listed(map(dotted, target.tested))} are tested"


def _registered(name: str, what: str) -> Target:
    """Return the target of a backend that is registered as an entry point; its module may describe it in `TARGET`."""
    from importlib.metadata import entry_points  # lazy: only for names that are not built in

    registered = {point.name: point for point in entry_points(group=_GROUP)}
    one_of(what, name, [*TARGETS, *registered])
    module = registered[name].module
    target = getattr(__import__(module, fromlist=["TARGET"]), "TARGET", Target(name, module))
    return target._replace(name=name, module=module)


def dotted(version: Version) -> str:
    """Return a version as its program prints it."""
    return ".".join(map(str, version))


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return words as the part of a sentence."""
    *some, end = words
    return f"{', '.join(some)} {last} {end}" if some else end


def choices(targets: Iterable[Target]) -> str:
    """Return the names of targets as the part of a sentence, each with its short one."""
    return listed((f"{target} ({target.short})" if target.short else target.name for target in targets), "or")
