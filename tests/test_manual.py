"""The manual page is what groff takes, and says what `--help` says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.commands import commands

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "man/wgtranspile.1"


@pytest.mark.needs("groff")
def test_it_is_shown_without_a_warning_and_holds_all_of_help() -> None:
    shown = _run("groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rHY=0", str(PAGE))
    words = re.sub(r"\W+", " ", shown)

    for command in commands():
        helped = _run(sys.executable, "-m", "wgtranspile", *filter(None, [command.word]), "--help")
        options = re.findall(r"^  (-\S+(?:, --\S+| / --\S+)?(?: [A-Z]+)?)(?:  |\n)", helped, re.MULTILINE)
        assert len(options) == len(command.options)
        assert all(re.search(rf"^ +{re.escape(option)}\b", shown, re.MULTILINE) for option in options)
        for parameter in command.parameters:
            assert re.sub(r"\W+", " ", parameter.help) in words


def _run(*command: str) -> str:
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not run.stderr
    return run.stdout
