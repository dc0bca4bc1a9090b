"""Measures wgtranspile against wg-quick and against itself, as ratios within one run, so that machines may differ.

In: the reference wg-quick of the laboratory; start it as root, `python -m benchmarks.run`. Out: a table of figures and
their limits; the exit status is 1 when one is over its limit. Files lie in memory where the system has a place for
that, so that no disk is measured.
"""

from __future__ import annotations

import base64
import os
import random
import shutil
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
NOTHING = (sys.executable, "-c", "pass")
MEMORY = Path("/dev/shm")  # noqa: S108  what is made there has a folder of its own
LARGE_RUNS = 3
SMALL_RUNS = 31
FLEET_RUNS = 5


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
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        figures = [*large(Path(scratch)), small(Path(scratch)), *fleet(Path(scratch))]
    print(f"{'figure':<68} {'measured':>12} {'limit':>9}")
    for name, measured, limit, unit in figures:
        print(f"{name:<68} {measured:>9.3f} {unit:<2} {limit:>6.2f} {unit:<2} {'ok' if measured <= limit else 'OVER'}")
    return int(any(figure.measured > figure.limit for figure in figures))


def large(scratch: Path) -> list[Figure]:
    """Measure a hub of 10,000 peers, against wg-quick and against larger ones."""
    hubs = {peers: scratch / f"hub{peers // 1000}.conf" for peers in (10_000, 20_000, 100_000)}
    for peers, hub in hubs.items():
        write_hub(hub, peers)
    shell = (*WGTRANSPILE, "--to", "shell")
    networkd = (*WGTRANSPILE, "--to", "networkd", "--keys", "inline", "-o", str(scratch / "out"))
    commands = {
        "wg-quick strip": (str(reference.folder() / "bin/wg-quick"), "strip", str(hubs[10_000])),
        "shell": (*shell, str(hubs[10_000])),
        "shell, 20,000 peers": (*shell, str(hubs[20_000])),
        "networkd": (*networkd, str(hubs[10_000])),
        "networkd, 100,000 peers": (*networkd, str(hubs[100_000])),
    }
    usages = measure(commands, LARGE_RUNS)
    times = {name: min(usage.wall for usage in usages[name]) for name in commands}
    print("hub of 10,000 peers:", ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items()))
    return [
        Figure("10,000 peers --to shell / wg-quick strip, time", times["shell"] / times["wg-quick strip"], 0.25),
        Figure("20,000 peers / 10,000 peers --to shell, time", times["shell, 20,000 peers"] / times["shell"], 2.4),
        Figure("10,000 peers --to shell, memory", max(usage.memory for usage in usages["shell"]) / 1e6, 400, "MB"),
        Figure(
            "10,000 peers --to networkd --keys inline / wg-quick strip, time",
            times["networkd"] / times["wg-quick strip"],
            0.25,
        ),
        Figure(
            "100,000 peers / 10,000 peers --to networkd --keys inline, time",
            times["networkd, 100,000 peers"] / times["networkd"],
            12,
        ),
    ]


def small(scratch: Path) -> Figure:
    """Measure one small config against a Python that does nothing."""
    config = scratch / "wg0.conf"
    config.write_text(SMALL.format(key(random.Random(1)), key(random.Random(2))))
    config.chmod(0o600)
    commands = {
        "nothing": NOTHING,
        "config": (*WGTRANSPILE, "--to", "shell", str(config)),
    }
    usages = measure(commands, SMALL_RUNS)
    nothing, ours = (statistics.median(usage.cpu for usage in usages[name]) for name in commands)
    print(f"one small config: python -c pass {nothing * 1000:.1f} ms, wgtranspile {ours * 1000:.1f} ms of CPU")
    return Figure("one small config --to shell / python -c pass, CPU time", ours / nothing, 11)


def fleet(scratch: Path) -> list[Figure]:
    """Measure 1,000 configs against a Python that does nothing as often, and against 20,000 configs."""
    thousand, many, output = scratch / "thousand", scratch / "many", scratch / "trees"
    write_fleet(thousand, 1_000)
    write_fleet(many, 20_000)
    command = (*WGTRANSPILE, "--to", "networkd", "--message-format", "concise", "-o", str(output))
    turns: list[tuple[Usage, float, Usage]] = []
    for _ in range(FLEET_RUNS + 1):
        usage = run((*command, str(thousand)))
        shutil.rmtree(output)
        nothing = sum(run(NOTHING).wall for _ in range(1_000 // FLEET_RUNS))
        of_many = run((*command, str(many)))
        shutil.rmtree(output)
        turns.append((usage, nothing, of_many))
    usages, nothings, of_many_runs = zip(*turns[1:], strict=True)
    ours, thousand_times_nothing = statistics.median(usage.wall for usage in usages), sum(nothings)
    long = statistics.median(usage.wall for usage in of_many_runs)
    print(
        f"fleet: 1,000 times python -c pass {thousand_times_nothing:.2f} s, 1,000 configs {ours:.2f} s"
        f" ({1_000 / ours:.0f} a second), 20,000 configs {long:.2f} s, on {len(os.sched_getaffinity(0))} processors"
    )
    memory, memory_of_many = (max(usage.memory for usage in some) / 1e6 for some in (usages, of_many_runs))
    print(
        f"       memory of the largest process: 1,000 configs {memory:.1f} MB, 20,000 configs {memory_of_many:.1f} MB"
    )
    return [
        Figure("1,000 configs --to networkd / 1,000 times python -c pass, time", ours / thousand_times_nothing, 0.1),
        Figure("20,000 configs / 1,000 configs, time", long / ours, 22),
        Figure("20,000 configs / 1,000 configs, memory", memory_of_many / memory, 1.3),
    ]


def measure(commands: dict[str, tuple[str, ...]], runs: int) -> dict[str, list[Usage]]:
    """Run the commands in turns, after a first turn that does not count, and give what each run took."""
    turns = [{name: run(command) for name, command in commands.items()} for _ in range(runs + 1)]
    return {name: [turn[name] for turn in turns[1:]] for name in commands}


def run(command: tuple[str, ...]) -> Usage:
    """Run a command to its end, its output thrown away, and give what it took with all its children."""
    start = time.perf_counter()
    nowhere = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    process = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=nowhere)
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return Usage(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def write_hub(path: Path, peers: int) -> None:
    """Write the config of a hub, each peer with an address of either family, as a VPN server has it."""
    write_config(path, random.Random(peers), "10.0.0.1/8, fd00::1/64", range(2, peers + 2))


def write_fleet(folder: Path, hosts: int) -> None:
    """Write the configs of hosts with 2 to 6 peers each, which are as those of a hub and have an endpoint."""
    for host in range(hosts):
        config = folder / f"site{host % 20:02}" / f"host{host:05}" / "wg0.conf"
        config.parent.mkdir(parents=True)
        address = f"10.{host >> 8 & 255}.{host & 255}.1/24, fd00:0:{host:x}::1/64"
        write_config(config, random.Random(host), address, range(2, 4 + host % 5), endpoint="192.0.2.{}:51820")


def write_config(path: Path, chance: random.Random, address: str, peers: range, endpoint: str = "") -> None:
    """Write a config; `endpoint` is one in which the number of the peer is missing."""
    with path.open("w") as config:
        config.write(f"[Interface]\nPrivateKey = {key(chance)}\nListenPort = 51820\nAddress = {address}\n")
        for number in peers:
            high, middle, low = number >> 16, number >> 8 & 255, number & 255
            config.write(f"\n# peer {number}\n[Peer]\nPublicKey = {key(chance)}\nPresharedKey = {key(chance)}\n")
            networks = f"10.{high}.{middle}.{low}/32, fd00::{number >> 16:x}:{number & 65535:x}/128"
            config.write(f"AllowedIPs = {networks}\nPersistentKeepalive = 25\n")
            if endpoint:
                config.write(f"Endpoint = {endpoint.format(number)}\n")
    path.chmod(0o600)


def key(chance: random.Random) -> str:
    """Give a key that is the same in each run."""
    return base64.b64encode(chance.randbytes(32)).decode()


if __name__ == "__main__":
    sys.exit(main())
