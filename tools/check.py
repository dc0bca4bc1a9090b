"""Runs the checks of the project: format, lint, types, generated files, tests, and some of the tests in booted systems.

In: names of checks (default: all). Out: the output of each tool, then its name, verdict and time. All checks run; the
exit status is that of the first one that failed.
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


def main(names: list[str]) -> int:
    """Run the checks of these names, or all, and give the first failure's status."""
    if unknown := set(names) - set(CHECKS):
        print(f"unknown check: {', '.join(sorted(unknown))}; the checks are: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    verdicts = [_run(name) for name in names or CHECKS]
    return next((status for status in verdicts if status), 0)


def _run(name: str) -> int:
    start = time.monotonic()
    status = subprocess.run([sys.executable, *CHECKS[name]], cwd=ROOT, check=False).returncode
    verdict = f"FAILED ({status})" if status else "ok"
    print(f"{name:<9}  {verdict}, {time.monotonic() - start:.1f} s", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
