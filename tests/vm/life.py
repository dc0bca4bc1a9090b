"""What the tests of lives share: tunnels, what becomes of them on a machine, and what hooks note there.

In: a machine, configs, and the name of a backend. Out: emissions, and the states of the machine.
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.lab.snapshot import Snapshot
from tests.vm.course import succeed
from tests.vm.snapshot import TUNNEL
from wgtranspile.artefact import Artefact
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.vm.machine import Machine
    from wgtranspile.artefact import Emission

PEER = "PublicKey = pxU5zPwaFkN+cIdkR/nId8qVViY6gg3eZy2OkwIYOT0=\nEndpoint = 198.51.100.1:51820"
BY_NAME = PEER.replace("198.51.100.1", "vpn.example.net")
OTHER_PEER = "PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=\nEndpoint = 203.0.113.1:9"
PRESHARED_KEY = "PresharedKey = tT8wz8jrceSptTgE6Rz6K/OJM5Gyl2C0wF7C0yv+3Q0="
SOME = "AllowedIPs = 172.{number}.0.0/16, fd16:{number}::/48"
ALL = "AllowedIPs = 0.0.0.0/0, ::/0"
NOTES = "/run/notes"
HOOKS = "\n".join(f"{key} = echo {key} >>{NOTES}" for key in ("PreUp", "PostUp", "PreDown", "PostDown"))


def config(number: int, allowed: str, *interface: str, peer: str = PEER) -> bytes:
    """Give the config of the tunnel of a number."""
    key = "PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
    address = f"Address = 10.8.{number}.2/24, fd08:{number}::2/64"
    lines = ("[Interface]", key, address, "MTU = 1420", *interface, "[Peer]", peer, allowed.format(number=number), "")
    return "\n".join(lines).encode()


def emitted(
    configs: Mapping[str, bytes],
    backend: str,
    options: Options = Options(),  # noqa: B008  frozen
) -> list[Emission]:
    """Give what a backend makes of the configs of a host."""
    sources = [(Source.from_bytes(f"{name}.conf", text), name) for name, text in configs.items()]
    return [result.emission for result in transpile_host(sources, backend, options) if result.emission]


def activation(emissions: Sequence[Emission]) -> Iterator[str]:
    """Give all commands that bring tunnels up."""
    return (str(command) for emission in emissions for command in emission.activate)


def deactivation(emissions: Sequence[Emission]) -> Iterator[str]:
    """Give all commands that end tunnels."""
    return (str(command) for emission in reversed(emissions) for command in emission.deactivate)


def lay(machine: Machine, emissions: Sequence[Emission]) -> list[str]:
    return machine.put(artefact for emission in emissions for artefact in emission.artefacts)


def lay_configs(machine: Machine, configs: Mapping[str, bytes]) -> None:
    machine.put(Artefact(PurePosixPath(f"root/{name}.conf"), text.decode(), 0o600) for name, text in configs.items())


def state(machine: Machine, *more: str) -> Snapshot:
    """Give the state of tunnels, in whatever order they were made, and more parts of the machine's."""
    parts = machine.snapshot().parts
    return Snapshot({name: tuple(sorted(parts[name])) for name in (*TUNNEL, *more)})


def notes(machine: Machine) -> list[str]:
    """Give what hooks have noted since the last time."""
    return machine.run(f"cat {NOTES}; rm -f {NOTES}").out.split()


VERSIONS = {
    "some": config(0, SOME, peer=f"{PEER}\n{PRESHARED_KEY}"),
    "other": config(0, SOME, "ListenPort = 5555", "FwMark = 7", "MTU = 1300", "DNS = 10.8.0.9", peer=OTHER_PEER),
    "all": config(0, ALL),
    "hooks": config(0, SOME, HOOKS),
    "all, hooks": config(0, ALL, HOOKS),
}
SUCCESSION = ("some", "other", "all", "other", "all, hooks", "hooks", "all", "hooks", "some", "all, hooks", "some")


def succession(machine: Machine, backend: str) -> Iterator[tuple[str, Snapshot, Snapshot]]:
    """Give the state of a fresh activation of each version, and that when it is laid over another and activated."""
    emissions = {name: emitted({"wg0": text}, backend) for name, text in VERSIONS.items()}
    fresh = {}
    for name in VERSIONS:
        machine.reset()
        lay(machine, emissions[name])
        succeed(machine, activation(emissions[name]))
        fresh[name] = _without_files(machine.snapshot())
    machine.reset()
    for earlier, later in zip(("", *SUCCESSION), SUCCESSION, strict=False):
        lay(machine, emissions[later])
        succeed(machine, activation(emissions[later]))
        yield f"{earlier} -> {later}", fresh[later], _without_files(machine.snapshot())


def _without_files(snapshot: Snapshot) -> Snapshot:
    return Snapshot(snapshot.parts | {"files": ()})


# Which tunnel ends first, and where the rule of the other one is that wg-quick takes away with its own: a defect.
ENDS = {("wg0", "wg1"): 32762, ("wg1", "wg0"): 32764}


def ending_in_turn(
    machine: Machine, ends: tuple[str, str], backend: str, stop: str
) -> Iterator[tuple[Snapshot, Snapshot]]:
    """Give the states of wg-quick and of a backend: with two default routes, with the second of `ends`, and with none.

    `stop` is the command that ends a tunnel, whose name is put into it.
    """
    first, second = ends
    configs = {"wg0": config(0, ALL, "DNS = 10.8.0.1"), "wg1": config(1, ALL, "DNS = 10.8.1.1", peer=OTHER_PEER)}
    emissions = emitted(configs, backend)
    repair = [f"ip -{family} rule add priority {ENDS[ends]} table main suppress_prefixlength 0" for family in (4, 6)]

    machine.reset()
    lay_configs(machine, configs)
    theirs = list(
        _states(
            machine,
            ("wg-quick up /root/wg0.conf", "wg-quick up /root/wg1.conf"),
            (f"wg-quick down /root/{first}.conf", *repair),
            (f"wg-quick down /root/{second}.conf",),
        )
    )
    machine.reset()
    lay(machine, emissions)
    stops = ((stop.format(name),) for name in ends)
    mine = list(_states(machine, tuple(activation(emissions)), *stops))

    yield from zip(theirs, mine, strict=True)


def _states(machine: Machine, *courses: tuple[str, ...]) -> Iterator[Snapshot]:
    for commands in courses:
        succeed(machine, commands)
        yield state(machine)


BROKEN_NFT = """\
cat >/usr/local/sbin/nft <<'SCRIPT'
#!/bin/sh
[ "$1" != -f ] || [ -e /run/cured ] || exit 1
exec /usr/sbin/nft "$@"
SCRIPT
chmod +x /usr/local/sbin/nft
"""


def failed_and_cured(machine: Machine, start: str) -> list[tuple[Snapshot, list[str]]]:
    """Give the states and the notes of hooks after a start that fails, and after one when its cause is gone."""
    assert machine.run(start).status
    failed = state(machine), notes(machine)
    machine.run("touch /run/cured")
    succeed(machine, (start,))
    return [failed, (state(machine), notes(machine))]


def remove(machine: Machine, emissions: Sequence[Emission], folders: Sequence[str]) -> None:
    """Remove the files of emissions, and the folders that were made for them."""
    paths = (f"/{artefact.path}" for emission in emissions for artefact in emission.artefacts)
    succeed(machine, (f"rm -f -- {shlex.join(paths)}", f"rmdir -- {shlex.join(sorted(folders, reverse=True))}"))
