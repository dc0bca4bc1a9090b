"""Runs the checks of the project: format, lint, types, generated files, tests, and some of the tests in booted systems.

In: names of checks (default: all), or `quick` for those that take less than a minute together. Out: the output of each
tool, then its name, verdict and time. All checks run; the exit status is that of the first one that failed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHECKS = {
    "format": ("-m", "ruff", "format", "--check", "--quiet", "."),
    "lint": ("-m", "ruff", "check", "--quiet", "."),
    "types": ("-m", "mypy", "--no-error-summary"),
    "documents": ("-m", "tools.generate", "--check"),
    "tables": ("-m", "tools.tables", "--check"),
    "fuzz": ("-m", "tools.fuzz", "1000"),
    "tests": ("-m", "pytest", "-q", "-n", "auto"),
    "machines": ("-m", "pytest", "-q", "-n", "2", "--vm", "part", "tests/vm"),
}
# Tests that need no other programs: what each golden case gives, and the rules that hold for all of them.
_UNITS = ("golden", "procedure", "model", "architecture", "catalogue", "places", "invariants")
_UNIT_TESTS = (*(f"tests/test_{name}.py" for name in _UNITS), "tests/config", "tests/checks")
#: Checks that are not among all, as these include them.
PARTS = {"units": ("-m", "pytest", "-q", "-n", "auto", *_UNIT_TESTS)}
QUICK = ("format", "lint", "types", "documents", "units")


def main(names: list[str]) -> int:
    """Run the checks of these names, or all, and return the first failure's status."""
    known = {**CHECKS, **PARTS}
    asked = [each for name in names for each in (QUICK if name == "quick" else (name,))]
    if unknown := set(asked) - set(known):
        choices = ", ".join((*known, "quick"))
        print(f"unknown check: {', '.join(sorted(unknown))}; the checks are: {choices}", file=sys.stderr)
        return 2
    verdicts = [_run(name, known[name]) for name in asked or CHECKS]
    return next((status for status in verdicts if status), 0)


def _run(name: str, command: tuple[str, ...]) -> int:
    start = time.monotonic()
    status = subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode
    verdict = f"FAILED ({status})" if status else "ok"
    print(f"{name:<9}  {verdict}, {time.monotonic() - start:.1f} s", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
