"""What systemd-networkd does on this host to policy rules that others have made.

In: networkd.conf(5) with its drop-ins, as systemd reads it. Out: whether networkd leaves them alone.
"""

from __future__ import annotations

import re
import subprocess

#: How the files are asked for, whatever folders they lie in.
READ_CONFIG = ("systemd-analyze", "cat-config", "systemd/networkd.conf")


def keeps_foreign_rules(text: str) -> bool:
    """Tell what networkd.conf says of policy rules that are not networkd's; the last that does decides."""
    found = re.findall(r"(?mi)^\s*ManageForeignRoutingPolicyRules\s*=\s*(\S*)\s*$", text)
    return bool(found) and found[-1].lower() in ("no", "false", "off", "0", "n", "f")


def removes_foreign_rules() -> bool:
    """Whether a networkd runs that removes rules of others; where nobody tells, there is none."""
    if _said("systemctl", "is-active", "systemd-networkd.service") is None:
        return False
    text = _said(*READ_CONFIG)
    return text is not None and not keeps_foreign_rules(text)


def _said(*command: str) -> str | None:
    """Return what a program says, None where it fails or is not there."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace")  # noqa: S603
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
