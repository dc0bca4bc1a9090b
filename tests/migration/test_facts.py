"""What a migration asks of its host, where a test can be that host."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.migration.test_command import ROOT
from wgtranspile.migration import facts

CONNECTION = "192.0.2.7 50000 198.51.100.1 22"
PRINT = "from wgtranspile.migration import facts; print(facts.connection())"
# As sudo does.
WITHOUT = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PRINT!r}], env={{'PYTHONPATH': {str(ROOT)!r}}})"
)


def printed(script: str, **environment: str) -> str:
    without = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**without, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_the_connection_of_a_login_is_known() -> None:
    assert CONNECTION == printed(PRINT, SSH_CONNECTION=CONNECTION)


def test_it_is_known_also_where_the_environment_was_cleaned() -> None:
    assert CONNECTION == printed(WITHOUT, SSH_CONNECTION=CONNECTION)


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("", False),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n", True),
        ("[Network]\n#ManageForeignRoutingPolicyRules=no\n", False),
        ("[Network]\nManageForeignRoutingPolicyRules = false\n", True),
        ("[Network]\nManageForeignRoutingPolicyRules=no\n# more\nManageForeignRoutingPolicyRules=yes\n", False),
    ],
)
def test_the_last_word_on_rules_of_others_decides(text: str, *, keeps: bool) -> None:
    assert facts.keeps_foreign_rules(text) is keeps
