"""Measures wgtranspile against wg-quick and against itself, as ratios within one run, so that machines may differ.

In: the reference wg-quick of the laboratory; start it as root, `python -m benchmarks.run`. Out: a table of figures and
their limits; the exit status is 1 when one is over its limit.
"""

from __future__ import annotations

import base64
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.lab import reference

SMALL = """\
[Interface]
PrivateKey = {}
Address = 10.0.0.2/24, fd00::2/64
DNS = 10.0.0.1

[Peer]
PublicKey = {}
Endpoint = 192.0.2.1:51820
AllowedIPs = 0.0.0.0/0, ::/0
"""
# What the installed command does.
WGTRANSPILE = (sys.executable, "-c", "from wgtranspile.__main__ import run; run()")
# Byte code is written at the first start, as for every installed program.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
LARGE_RUNS = 3
SMALL_RUNS = 31


class Usage(NamedTuple):
    """What a run took: seconds by the clock, seconds of CPU, and bytes of memory at the peak."""

    wall: float
    cpu: float
    memory: int


class Figure(NamedTuple):
    """A row of the table."""

    name: str
    measured: float
    limit: float
    unit: str = ""


def main() -> int:
    """Measure, print, and give the exit status."""
    with tempfile.TemporaryDirectory() as scratch:
        figures = [*large(Path(scratch)), small(Path(scratch))]
    print(f"{'figure':<60} {'measured':>12} {'limit':>9}")
    for name, measured, limit, unit in figures:
        print(f"{name:<60} {measured:>9.2f} {unit:<2} {limit:>6.2f} {unit:<2} {'ok' if measured <= limit else 'OVER'}")
    return int(any(figure.measured > figure.limit for figure in figures))


def large(scratch: Path) -> list[Figure]:
    """Measure a hub of 10,000 peers, against wg-quick and against one of 20,000."""
    hub, twice = scratch / "hub.conf", scratch / "twice.conf"
    write_hub(hub, 10_000)
    write_hub(twice, 20_000)
    commands = {
        "strip": (str(reference.folder() / "bin/wg-quick"), "strip", str(hub)),
        "hub": (*WGTRANSPILE, "--to", "shell", str(hub)),
        "twice": (*WGTRANSPILE, "--to", "shell", str(twice)),
    }
    usages = measure(commands, LARGE_RUNS)
    strip, ten, twenty = (min(usage.wall for usage in usages[name]) for name in commands)
    print(f"hub of 10,000 peers: wg-quick strip {strip:.2f} s, wgtranspile {ten:.2f} s; 20,000 peers: {twenty:.2f} s")
    return [
        Figure("10,000 peers --to shell / wg-quick strip, time", ten / strip, 0.25),
        Figure("20,000 peers / 10,000 peers, time", twenty / ten, 2.4),
        Figure("10,000 peers, memory at the peak", max(usage.memory for usage in usages["hub"]) / 1e6, 400, "MB"),
    ]


def small(scratch: Path) -> Figure:
    """Measure one small config against a Python that does nothing."""
    config = scratch / "wg0.conf"
    config.write_text(SMALL.format(key(random.Random(1)), key(random.Random(2))))
    config.chmod(0o600)
    commands = {
        "nothing": (sys.executable, "-c", "pass"),
        "config": (*WGTRANSPILE, "--to", "shell", str(config)),
    }
    usages = measure(commands, SMALL_RUNS)
    nothing, ours = (statistics.median(usage.cpu for usage in usages[name]) for name in commands)
    print(f"one small config: python -c pass {nothing * 1000:.1f} ms, wgtranspile {ours * 1000:.1f} ms of CPU")
    return Figure("one small config --to shell / python -c pass, CPU time", ours / nothing, 11)


def measure(commands: dict[str, tuple[str, ...]], runs: int) -> dict[str, list[Usage]]:
    """Run the commands in turns, after a first turn that does not count, and give what each run took."""
    turns = [{name: run(command) for name, command in commands.items()} for _ in range(runs + 1)]
    return {name: [turn[name] for turn in turns[1:]] for name in commands}


def run(command: tuple[str, ...]) -> Usage:
    """Run a command to its end, its output thrown away, and give what it took with all its children."""
    start = time.perf_counter()
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    process = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=[nowhere])
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return Usage(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def write_hub(path: Path, peers: int) -> None:
    """Write the config of a hub, each peer with an address of either family, as a VPN server has it."""
    chance = random.Random(peers)
    with path.open("w") as config:
        config.write(f"[Interface]\nPrivateKey = {key(chance)}\nListenPort = 51820\n")
        config.write("Address = 10.0.0.1/8, fd00::1/64\n")
        for number in range(2, peers + 2):
            high, low = divmod(number, 256)
            config.write(f"\n# peer {number}\n[Peer]\nPublicKey = {key(chance)}\nPresharedKey = {key(chance)}\n")
            config.write(f"AllowedIPs = 10.0.{high}.{low}/32, fd00::{number:x}/128\nPersistentKeepalive = 25\n")
    path.chmod(0o600)


def key(chance: random.Random) -> str:
    """Give a key that is the same in each run."""
    return base64.b64encode(chance.randbytes(32)).decode()


if __name__ == "__main__":
    sys.exit(main())
