"""What `--to networkd` makes of the golden cases, against wg-quick on the same machine.

The MTU is pinned to what wg-quick computes there, as B405 advises. networkd gives its routes the protocol `static`, and
lists the allowed IPs of a peer in its own order; at `PreUp` the device is whole already (B408).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cases import CASES, options
from tests.vm.course import ours, recorded, reference
from wgtranspile.pipeline import transpile_host
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lab.snapshot import Snapshot
    from tests.vm.machine import Machine

LEFT_OUT = {
    "incremental-allowed-ips",  # the machine's own wg is older than the `+`
    "no-private-key",  # the hook that networkd would understand is hidden by what records it
    "table-main-default-route",  # wg-quick fails on a machine that has a default route
}


@pytest.mark.parametrize("case", sorted(CASES.keys() - LEFT_OUT))
def test_the_state_is_that_of_wg_quick(machine: Machine, case: str) -> None:
    configs = {path.stem: recorded(path.read_bytes()) for path in CASES[case].configs}
    sources = [(Source.from_bytes(f"{name}.conf", config), name) for name, config in configs.items()]
    chosen = options(CASES[case], "networkd")
    if any(result.emission is None for result in transpile_host(sources, "networkd", chosen)):
        return  # refused, which its diagnostics declare
    theirs = reference(machine, configs)
    mtus = _mtus(theirs.tunnel)
    emissions = [
        result.emission
        for source, name in sources
        for result in transpile_host(sources, "networkd", chosen._replace(mtu=mtus[name]))
        if result.emission and result.plan and result.plan.interface == name
    ]

    mine = ours(machine, configs, emissions, verify=len(configs) == 1)

    assert theirs.tunnel.difference(mine.tunnel) == ""
    assert list(_as_seen(theirs.hooks)) == list(_as_seen(mine.hooks))
    assert mine.verdicts == ()
    assert mine.left == ""
    assert mine.remembered == ()
    assert mine.warnings == ()


def _mtus(state: Snapshot) -> dict[str, int]:
    links = (json.loads(line) for line in state.parts["links"] if line.startswith("{"))
    return {link["ifname"]: link["mtu"] for link in links}


def _as_seen(notes: Iterable[str]) -> Iterable[str]:
    """Give what hooks noted, less what networkd does otherwise."""
    phase = ""
    for note in notes:
        if note[:1] not in " \t":
            phase = note.split()[0]
        key, tab, networks = note.partition("\t")
        if tab and phase == "PreUp":
            continue
        yield key + tab + " ".join(sorted(networks.split())) if tab else re.sub(" proto static", "", note)
