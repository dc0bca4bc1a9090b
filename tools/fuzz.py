"""Runs hostile configs through every backend and every message format: none may trigger a bug, or take long.

In: the number of configs, and a seed. Out: the figures. If a config triggers a bug (X999), it is shown, and the exit
status is 1. Whether a config is refused, and with which findings, is up to the tests; here, only nothing may break.
"""

from __future__ import annotations

import random
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from functools import partial
from multiprocessing import Pool
from os import sched_getaffinity
from typing import TYPE_CHECKING

from tests.backends.hostile import HOSTILE, KEY, PEER
from tests.leaks import PLACES, SECRET, forms
from wgtranspile.backends import TARGETS, KeyStorage
from wgtranspile.config.keys import KNOWN
from wgtranspile.pipeline import Options, transpile
from wgtranspile.redact import conceal_artefact
from wgtranspile.report import github, json, sarif, text
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_RENDERERS: tuple[Callable[..., str], ...] = (
    partial(text.render, color=True),
    text.render_concise,
    json.render,
    json.render_lines,
    github.render,
    sarif.render,
)
_GOOD = {
    "Address": ("10.0.0.1/24", "fd00::1/64", "10.0.0.1", "fe80::1/64", "10.0.0.1/24, 10.0.0.2/24"),
    "DNS": ("10.0.0.53", "fd00::53", "corp.example", "~.", "10.0.0.53, corp.example"),
    "MTU": ("1420", "0x500", "1280", "68"),
    "Table": ("auto", "off", "main", "51820", "vpn", "0"),
    "SaveConfig": ("true", "false"),
    "PrivateKey": (KEY, "A" * 43 + "="),
    "ListenPort": ("51820", "0"),
    "FwMark": ("0xca6c", "off", "254"),
    "PublicKey": (PEER, SECRET),
    "PresharedKey": (SECRET, "A" * 43 + "="),
    "Endpoint": ("192.0.2.1:51820", "[fd00::1]:1", "vpn.example:51820", "[fe80::1%eth0]:5"),
    "AllowedIPs": (
        "0.0.0.0/0, ::/0",
        "10.0.0.0/8",
        "+10.1.0.0/16",
        "-10.1.0.0/16",
        "10.0.0.7/24",
        "0.0.0.0/1, 128.0.0.0/1",
    ),
    "PersistentKeepalive": ("25", "off"),
}
_HOOKS = (
    "iptables -A FORWARD -i %i -j ACCEPT",
    "wg set %i private-key /etc/wireguard/key",
    "cmd true",
    "echo $MTU",
    ":",
)
_ODD = (
    *HOSTILE,
    *forms(SECRET).values(),
    *(
        "",
        " ",
        "#",
        "=",
        "9" * 4301,
        "0" * 5000,
        "0x" + "f" * 5000,
        "-1",
        "+",
        "٣",
        "\x1b[2J",
        "\u061c",
        "\u2028",
        "\0",
        "\udc80",
    ),
    *(
        "1." * 200,
        ":" * 100,
        "[" * 50,
        "/" * 100,
        "fe80::1%" + "z" * 16,
        "::ffff:1.2.3.4/129",
        "[::1]",
        ":0",
        "%",
        "a" * 300,
    ),
)
_NAMES = (*(key.name for key in KNOWN), "Foo", "PrivatKey", "Jc", "S1", "; MTU", "Allowed IPs", "\u200bMTU", "")
_HEADERS = ("[Interface]", "[Peer]", "[ Peer ]", "[interface] # x", "[Peeer]", "[", "[Interface] PrivateKey = x")
_INTERFACES = ("wg0", "wg1", "a=b", "0", "-x", ".x", "all", "a" * 15, "a" * 16, "x y", "\x1b", "é")
_MUTATIONS = 8
#: So many times more often what is good.
_USUALLY = 20


def hostile(chance: random.Random) -> str:
    """Return a config: a good one with some of its parts replaced, doubled, cut or put elsewhere."""
    lines = [
        "[Interface]",
        f"PrivateKey = {KEY}",
        *(_entry(chance, _of("Interface")) for _ in range(chance.randrange(6))),
    ]
    for _ in range(chance.randrange(4)):
        lines += ["[Peer]", f"PublicKey = {chance.choice((PEER, SECRET))}"]
        lines += [_entry(chance, _of("Peer")) for _ in range(chance.randrange(4))]
    if not chance.randrange(8):
        lines.append(chance.choice([*PLACES.values()]).format(chance.choice(_ODD)))
    for _ in range(chance.choice((0, 0, 1, 1, 2, _MUTATIONS))):
        at = chance.randrange(len(lines))
        lines[at : at + 1] = chance.choice(
            [
                [lines[at], f"{chance.choice(_NAMES)} = {chance.choice(_ODD)}"],
                [lines[at] + chance.choice(_ODD)],
                [chance.choice(_ODD) + lines[at]],
                [lines[at][: chance.randrange(len(lines[at]) + 1)]],
                [lines[at], lines[chance.randrange(len(lines))]],
                [chance.choice(_HEADERS)],
                [f"{lines[at]} # {chance.choice(_ODD)}"],
                [_replaced(chance, lines[at])],
            ]
        )
    return chance.choice(("\n", "\n", "\n", "\r\n")).join(lines) + chance.choice(("\n", ""))


def _of(section: str) -> list[str]:
    return [key.name for key in KNOWN if key.section == section]


def _entry(chance: random.Random, names: list[str]) -> str:
    name = chance.choice(names)
    return f"{name} = {chance.choice(_GOOD.get(name, _HOOKS))}"


def _replaced(chance: random.Random, line: str) -> str:
    characters = list(line)
    for _ in range(chance.randrange(1, 4)):
        if characters:
            characters[chance.randrange(len(characters))] = chr(
                chance.choice((*range(1, 128), 0x85, 0xA0, 0x202E, 0xDC80))
            )
    return "".join(characters)


def run(seed: int) -> tuple[str, str, Counter[str], float]:
    """Run one config through all; give what it met, the config, the codes that were found, and the longest time."""
    chance = random.Random(seed)
    config, name = hostile(chance), chance.choice(("wg0",) * _USUALLY + _INTERFACES)
    options = Options(
        keys=chance.choice((None,) * _USUALLY + tuple(KeyStorage)),
        keep_foreign_rules=chance.random() < 0.2,
        strict=chance.random() < 0.1,
        mtu=chance.choice((None, 1400)),
        fleet_checks=chance.random() < 0.3,
    )
    found = Counter[str]()
    longest = 0.0
    source = Source(f"{name}.conf", config)
    rendered: list[object] = []  # most backends find the same
    for backend in TARGETS:
        start = time.process_time()
        try:
            result = transpile(source, name, backend, options)
            if result.diagnostics not in rendered:
                rendered.append(result.diagnostics)
                for render in _RENDERERS:
                    render(result.diagnostics)
            for artefact in result.emission.artefacts if result.emission else ():
                artefact.content.encode("utf-8", "surrogateescape")
                [*map(conceal_artefact, artefact.content.split("\n"))]
        except Exception as error:  # noqa: BLE001  that is what is looked for
            return f"{backend}: {type(error).__name__}: {error}", config, found, longest
        longest = max(longest, time.process_time() - start)
        found.update({each.rule.code for each in result.diagnostics})
        found["written" if result.emission else "refused"] += 1
    return "", config, found, longest


def main(arguments: Iterable[str] | None = None) -> int:
    """Run as many as are asked for, and give the exit status."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(None if arguments is None else [*arguments])
    found = Counter[str]()
    defects = 0
    longest = 0.0
    with Pool(len(sched_getaffinity(0))) as pool:
        for met, config, codes, seconds in pool.imap_unordered(run, range(asked.seed, asked.seed + asked.number), 64):
            found += codes
            longest = max(longest, seconds)
            if met:
                defects += 1
                print(f"{met}\n{config!r}", file=sys.stderr)
    written, refused = found.pop("written", 0), found.pop("refused", 0)
    through = f"{asked.number:,} configs through {len(TARGETS)} backends and {len(_RENDERERS)} formats"
    print(f"{through}: {defects} defects, {written:,} times written, {refused:,} times refused,")
    print(f"{len(found)} kinds of findings, the slowest config {longest:.2f} s of CPU")
    return int(bool(defects))


if __name__ == "__main__":
    sys.exit(main())
