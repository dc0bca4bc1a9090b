"""A script whose keys the host has in files, beside wg-quick with the same keys in its config."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.equivalence.courses import assert_same, ours, reference
from tests.lab.cases import Case
from tests.lab.namespace import Host
from wgtranspile.backends import KeyStorage
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("laboratory")

PRIVATE = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PRESHARED = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="
CONFIG = """\
[Interface]
{private}
Address = 10.8.0.2/24
[Peer]
PublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
PresharedKey = {preshared}
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.9.0.0/16
"""


@pytest.mark.parametrize("private", ["", "PrivateKey = {{ vault_wg0 }}"])
def test_with_its_key_files_a_host_is_as_with_the_keys_in_the_config(private: str, tmp_path: Path) -> None:
    whole = Case("wg0", CONFIG.format(private=f"PrivateKey = {PRIVATE}", preshared=PRESHARED).encode())
    without = CONFIG.format(private=private, preshared="{{ vault_hub }}")
    emission = transpile(Source("wg0.conf", without), "wg0", "shell", Options(KeyStorage.EXTERNAL)).emission
    assert emission
    script = emission.artefacts[0].content
    for file in emission.key_files:
        place = tmp_path / file.path.name
        place.write_text(f"{PRIVATE if file.setting == 'PrivateKey' else PRESHARED}\n")
        script = script.replace(f"/{file.path}", str(place))

    assert_same(reference(whole, Host()), ours(script, Host()))


def test_without_its_key_files_a_host_is_as_before() -> None:
    config = CONFIG.format(private="", preshared="{{ vault_hub }}")
    emission = transpile(Source("wg0.conf", config), "wg0", "shell", Options(KeyStorage.EXTERNAL)).emission
    assert emission
    [script, *_] = emission.artefacts
    nowhere = script.content.replace("/etc/wireguard/wg0.keys/", "/nonexistent/")

    mine = ours(nowhere, Host())

    assert 1 == mine.up.returncode
    assert "/nonexistent/private: cannot read a key\n" in mine.up.stderr
    assert mine.between.difference(mine.after) == ""
