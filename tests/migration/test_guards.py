"""The script that brings all back, and the units that guard a migration, as they are written."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.migration.test_preflight import NETWORK, Host, migration
from wgtranspile.backends.targets import DAEMONS, NETWORKD, Target
from wgtranspile.migration import course

if TYPE_CHECKING:
    from pathlib import Path

    from wgtranspile.artefact import Artefact


def guards(target: Target = NETWORKD, **host: object) -> tuple[Artefact, ...]:
    return course.guards(migration(target), Host(**host).facts(), [])  # type: ignore[arg-type]


@pytest.mark.parametrize("target", [*DAEMONS.values()], ids=str)
def test_the_script_is_clean(target: Target, tmp_path: Path) -> None:
    script, *_ = guards(target)
    path = tmp_path / "rollback.sh"
    path.write_text(script.content)

    # What is called by the name in an argument seems never to be called, and commands for another shell are quoted.
    checked = subprocess.run(
        ["shellcheck", "--exclude=SC2016,SC2317,SC2329", path], capture_output=True, text=True, check=False
    )

    assert (0, "") == (checked.returncode, checked.stdout)
    assert 0o700 == script.mode


def test_what_was_there_is_not_removed_but_comes_back() -> None:
    script, *_ = guards(existing=frozenset((NETWORK,)))

    assert f"rm -f -- {NETWORK}" not in script.content
    assert f"rm -f -- {NETWORK.with_suffix('.netdev')}" in script.content
    assert f"cp --archive --remove-destination --no-target-directory -- files{NETWORK} {NETWORK}\n" in script.content


def test_what_was_cut_off_while_it_was_written_goes() -> None:
    script, *_ = guards()

    assert "rm -f -- /etc/systemd/network/50-wg0.keys/.private.????????????\n" in script.content


def test_no_key_is_in_it() -> None:
    (tunnel,) = migration().tunnels
    secrets = list(tunnel.wanted.secrets())

    assert secrets
    assert not any(secret in guard.content for secret in secrets for guard in guards())
