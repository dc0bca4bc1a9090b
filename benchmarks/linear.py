"""Measures how time grows with the size of a config: four times the size may take six times as long, and no more.

In: names of shapes (default: all). Out: for each shape and backend the ratio, with the exponent of the worst; the exit
status is 1 when a ratio is over its limit. Each time is that of a whole run: config, artefacts, and all six formats.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import math
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.report.samples import FORMATS
from wgtranspile.backends import TARGETS
from wgtranspile.diagnostics.limit import limited
from wgtranspile.files.unified import hunks
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 6.0
TIMES = 4
#: A time below this says little; a size above that is more than any config has.
LEAST_SECONDS, LARGEST = 0.1, 32_000
RUNS = 2

INTERFACE = "[Interface]\nPrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=\n"
PEER = "[Peer]\nPublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=\n"


def key(number: int) -> str:
    """Give a key of its own for a number."""
    return base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()


def ip(number: int) -> str:
    """Give an address of its own for a number."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def items(size: int, item: Callable[[int], str]) -> str:
    """Give a list of so many items on one line."""
    return ", ".join(map(item, range(size)))


def lines(size: int, line: Callable[[int], str]) -> str:
    """Give so many lines."""
    return "".join(map(line, range(size)))


SHAPES: dict[str, Callable[[int], str]] = {
    "blanks and a word on a line": lambda n: f"[Interface]\n{' ' * n}{'key' * n}\n",
    "blanks and a letter": lambda n: f"[Interface]\n{' ' * 4 * n}x\n",
    "blanks in a value": lambda n: f"[Interface]\nSecretkey = x{' ' * 4 * n}x\n",
    "a long word": lambda n: f"[Interface]\n{'key' * n}\n",
    "a long hook": lambda n: f"{INTERFACE}PostUp = {'echo $MTU; ' * n}\n",
    "a hook of many commands": lambda n: f"{INTERFACE}PostUp = {'ip a ' * n}\n",
    "a hook of many links": lambda n: f"{INTERFACE}PostUp = {'ip a wg0x ' * n}\n",
    "a hook of brackets": lambda n: f"{INTERFACE}PostUp = {'( ' * n}{';' + ' ' * n}\n",
    "a long comment": lambda n: f"{INTERFACE}[Peer] # {'ab ' * n}\n{PEER}AllowedIPs = 10.0.0.0/8\n",
    "dots": lambda n: f"{INTERFACE}DNS = {'a.' * n}\n",
    "digits": lambda n: f"{INTERFACE}ListenPort = {'9' * 4 * n}\n",
    "equals signs": lambda n: f"{INTERFACE}{'=' * 4 * n}\n",
    "slashes, hyphens and colons": lambda n: f"{INTERFACE}# {'/' * n} {'-' * n}\nMTU=x # {'-' * n}%{':' * n}\n",
    "brackets": lambda n: f"{INTERFACE}{'[' * 4 * n}\n",
    "zero-width spaces": lambda n: f"{INTERFACE}MTU = {chr(0x200B) * n}x\n",
    "networks with bits behind the prefix": lambda n: (
        f"{INTERFACE}{PEER}AllowedIPs = {items(n, lambda i: f'{ip(2 * i + 1)}/31')}\n"
    ),
    "networks that are none": lambda n: f"{INTERFACE}{PEER}AllowedIPs = {items(n, lambda i: f'{ip(i)}/33')}\n",
    "addresses that are none": lambda n: f"{INTERFACE}Address = {items(n, lambda i: f'{ip(i)}/33')}\n",
    "addresses that cover the networks": lambda n: (
        f"{INTERFACE}Address = {items(n // 2, lambda i: f'{ip(256 * i)}/24')}\n"
        f"{PEER}AllowedIPs = {items(n // 2, lambda i: f'{ip(256 * i + 7)}/32')}\n"
    ),
    "IPv6 addresses that cover the networks": lambda n: (
        f"{INTERFACE}Address = {items(n // 2, lambda i: f'fd00:{i:x}::1/64')}\n"
        f"{PEER}AllowedIPs = {items(n // 2, lambda i: f'fd00:{i:x}::7/128')}\n"
    ),
    "addresses and routes in main": lambda n: (
        f"{INTERFACE}Table = main\nAddress = {items(n // 2, lambda i: f'{ip(256 * i)}/24')}\n"
        f"{PEER}AllowedIPs = {items(n // 2, lambda i: f'{ip(256 * i)}/24')}\n"
    ),
    "addresses of a default route": lambda n: (
        f"{INTERFACE}Address = {items(n, lambda i: f'{ip(256 * i)}/24')}\n{PEER}AllowedIPs = 0.0.0.0/0\n"
    ),
    "one address, often": lambda n: INTERFACE + "Address = 10.0.0.1/24\n" * n,
    "servers": lambda n: f"{INTERFACE}DNS = {items(n, ip)}\n",
    "peers with names": lambda n: (
        INTERFACE
        + lines(n, lambda i: f"[Peer]\nPublicKey = {key(i)}\nAllowedIPs = {ip(i)}/32\nEndpoint = h{i}.example.com:1\n")
    ),
    "peers": lambda n: INTERFACE + lines(n, lambda i: f"[Peer]\nPublicKey = {key(i)}\nAllowedIPs = {ip(i)}/32\n"),
    "one peer, often": lambda n: INTERFACE + lines(n, lambda i: f"# c {i}\n{PEER}AllowedIPs = +{ip(i)}/32 # d\n"),
    "a network that moves": lambda n: (
        INTERFACE + lines(n, lambda i: f"[Peer]\nPublicKey = {key(i)}\nAllowedIPs = 10.0.0.0/8\n")
    ),
    "many networks that move": lambda n: (
        INTERFACE + lines(2, lambda i: f"[Peer]\nPublicKey = {key(i)}\nAllowedIPs = {items(n, ip)}\n")
    ),
    "default routes": lambda n: (
        INTERFACE + lines(n, lambda i: f"[Peer]\nPublicKey = {key(i)}\nAllowedIPs = 0.0.0.0/0, ::/0\n")
    ),
    "hooks": lambda n: INTERFACE + lines(n, lambda i: f"PostUp = echo {i} $MTU; cmd x\nPreUp = wg set %i x {i}\n"),
    "unknown keys": lambda n: INTERFACE + lines(n, lambda i: f"Unknown{i} = x\n"),
    "words alone": lambda n: INTERFACE + lines(n, lambda i: f"x{i}\n"),
    "headers": lambda n: INTERFACE + lines(n, lambda i: f"[Peeer{i}]\n"),
    "one setting, often": lambda n: INTERFACE + "MTU = 1420\n" * n,
    "comments": lambda n: INTERFACE + lines(n, lambda i: f"# a{i} b c\n") + f"{PEER}AllowedIPs = 10.0.0.0/8\n",
}


def main(names: list[str]) -> int:
    """Measure, print, and give the exit status."""
    gc.disable()  # as the program does
    over = False
    print(f"{'shape':<42} {' '.join(f'{name[:8]:>8}' for name in TARGETS)}  exponent")
    for name in names or SHAPES:
        ratios = [ratio(partial(run, SHAPES[name], backend)) for backend in TARGETS]
        over |= report(name, ratios)
    over |= report("a diff of peers that are all others", [ratio(diff)])
    return int(over)


def report(name: str, ratios: list[float]) -> bool:
    """Print a row, and give whether it is over the limit."""
    worst = max(ratios)
    verdict = "" if worst <= LIMIT else "OVER"
    print(
        f"{name:<42} {' '.join(f'{each:>8.1f}' for each in ratios)}  {math.log(worst, TIMES):.2f} {verdict}", flush=True
    )
    return worst > LIMIT


def ratio(measure: Callable[[int], float]) -> float:
    """Give how much longer four times the size takes, from a size that can be measured."""
    size = 500
    while (seconds := min(measure(size) for _ in range(RUNS))) < LEAST_SECONDS and size < LARGEST:
        size *= 2
    return min(measure(TIMES * size) for _ in range(RUNS)) / seconds


def run(shape: Callable[[int], str], backend: str, size: int) -> float:
    """Give the seconds of CPU that a config takes with all that is said of it."""
    config = shape(size)
    start = time.process_time()
    found = limited(transpile(Source("wg0.conf", config), "wg0", backend).diagnostics)
    for render in FORMATS.values():
        render(found)
    return time.process_time() - start


def diff(peers: int) -> float:
    """Give the seconds of CPU that a diff of two configs takes, each line with a key of which is another."""
    both = lines(2 * peers, lambda i: f"[Peer]\nPublicKey={key(i)}\nKeepalive=25\n\n").split("\n")
    before, after = both[: len(both) // 2], both[len(both) // 2 :]
    start = time.process_time()
    assert any(hunks(before, after))
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
