"""What systemd itself makes of files: its parser, networkd, and a manager, each within namespaces of its own.

In: the text of files by their names. Out: what the program said, and what it did.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROGRAMS = Path("/usr/lib/systemd")

# networkd does not wait for udev where it cannot write to /sys.
_NETWORKD = """\
set -e
mount -t tmpfs tmpfs /run
mount -t sysfs -o ro sysfs /sys
mkdir -p /run/systemd/network /run/systemd/netif/links
chown -R systemd-network /run/systemd/netif
install -g systemd-network -m 640 files/* /run/systemd/network
for link; do ip link add dev "$link" type veth; done
SYSTEMD_LOG_TARGET=console timeout 20 "$PROGRAMS/systemd-networkd" 2>said &
until grep -q '^Enumeration completed' said; do kill -0 $!; done
for link; do
    state=/run/systemd/netif/links/$(cat "/sys/class/net/$link/ifindex")
    until grep -q '^NETWORK_FILE=' "$state"; do kill -0 $!; done 2>/dev/null
    cp "$state" "state-$link"
done
kill $!
"""

# The groups of the manager are those below its own, of which nothing stays.
_MANAGER = """\
set -e
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
timeout 20 unshare --pid --fork --kill-child --mount-proc env --ignore-environment PATH="$PATH" container=laboratory \
    SYSTEMD_UNIT_PATH="$PWD/files" SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=warning \
    "$PROGRAMS/systemd" --system --unit="$1" --show-status=no
rmdir /sys/fs/cgroup/init.scope
"""


def parsed(name: str, text: str) -> str:
    """Give what the parser of units says of one; systemd stays silent about what it understands."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _written({name: text}, scratch)
        done = subprocess.run(
            ["systemd-analyze", "--man=no", "verify", folder / "files" / name], capture_output=True, check=False
        )
    return _text(done.stderr).replace(f"{folder}/files/", "")


def networkd(files: Mapping[str, str], links: Iterable[str] = ()) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Give what networkd says of files, and what it notes of these links."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _written(files, scratch)
        _run(["unshare", "--net", "--mount", "sh", "-c", _NETWORKD, "sh", *links], folder)
        said = _text((folder / "said").read_bytes()).splitlines()
        states = {link: (folder / f"state-{link}").read_text(encoding="utf-8").splitlines() for link in links}
    noted = {link: dict(line.split("=", 1) for line in lines if "=" in line) for link, lines in states.items()}
    return [line for line in said if "/run/systemd/network/" in line and ": Configuring with " not in line], noted


def started(units: Mapping[str, str], unit: str) -> None:
    """Have a manager start a unit, which must end it: `SuccessAction=exit-force`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = _written(units, scratch)
        _run(["unshare", "--net", "--mount", "--cgroup", "sh", "-c", _MANAGER, "sh", unit], folder)


def _written(files: Mapping[str, str], scratch: str) -> Path:
    (Path(scratch) / "files").mkdir()
    for name, text in files.items():
        (Path(scratch) / "files" / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return Path(scratch)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        ["env", f"PROGRAMS={PROGRAMS}", *command],
        cwd=folder,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert 0 == done.returncode, done.stderr


def _text(said: bytes) -> str:
    return said.decode("utf-8", "surrogateescape")
