"""Makes the disk of a machine: a Debian root file system with a WireGuard kernel, and what starts it.

In: the name of a suite, and the archive this machine's apt is set up for. Out: `disk`, `kernel`, `initrd`.
"""

from __future__ import annotations

import lzma
import shutil
import subprocess
from pathlib import Path

from tests.lab import reference

GUEST = Path(__file__).parent / "guest"
INSTALL = Path(__file__).parent / "install.sh"
SUITES = ("bookworm", "trixie", "forky", "sid")
PACKAGES = (
    "busybox-static",
    "dbus",
    "iproute2",
    "iputils-ping",
    "kmod",
    "network-manager",
    "nftables",
    "procps",
    "python3",
    "systemd-resolved",
    "systemd-sysv",
    "udev",
    "wireguard-tools",
)
# Nothing reads these, and they are half of the files.
UNREAD = ("doc", "i18n", "info", "locale", "man")
SIZE = "768M"

_INIT = """\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs none /dev
for module in $(/bin/busybox cat /modules); do /bin/busybox insmod /$module; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /sbin/init
"""
# What the kernel needs to find its disk, if not built in; the port of the agent is found by the system itself.
_MODULES = ("virtio_pci", "virtio_blk", "ext4")


def make(suite: str, folder: Path) -> None:
    """Make the files of a machine in a folder."""
    root = folder / "root"
    _debootstrap(suite, root)
    (modules,) = (root / "usr/lib/modules").iterdir()
    kernels = (root / f"boot/vmlinuz-{modules.name}", modules / "vmlinuz")  # the latter from forky on
    next(filter(Path.exists, kernels)).rename(folder / "kernel")
    shutil.rmtree(root / "boot")
    _initrd(root, modules, folder)
    run("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, folder / "disk", SIZE)
    shutil.rmtree(root)


def _debootstrap(suite: str, root: Path) -> None:
    wg_quick = reference.folder() / "bin" / "wg-quick"
    run(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=essential",
        "--format=directory",
        f"--include={','.join(PACKAGES)}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in UNREAD),
        *(f"--aptopt={option}" for option in ('APT::Install-Recommends "false"', 'Acquire::Languages "none"', *_apt())),
        f'--customize-hook=sh {INSTALL} "$1" {GUEST} {wg_quick}',
        suite,
        root,
        f"deb [signed-by={reference.KEYRING}] {reference.archive()} {suite} main",
    )


def _apt() -> list[str]:
    """Give the machine's own settings of how to reach an archive, and what to think of an old one."""
    ways = ("Acquire::http", "Acquire::Check-")
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return [line.removesuffix(";") for line in dump.splitlines() if line.startswith(ways)]


def _initrd(root: Path, modules: Path, folder: Path) -> None:
    """Make an initrd that loads the modules of the disk, and hands over."""
    place = folder / "early"
    for name in ("bin", "dev", "root"):
        (place / name).mkdir(parents=True)
    shutil.copy2(root / "usr/bin/busybox", place / "bin")
    names = []
    for path in _needed(modules):
        content = path.read_bytes()
        name = path.name.removesuffix(".xz")
        (place / name).write_bytes(content if name == path.name else lzma.decompress(content))
        names.append(name)
    (place / "modules").write_text("\n".join(names))
    (place / "init").write_text(_INIT)
    (place / "init").chmod(0o755)
    with (folder / "initrd").open("wb") as initrd:
        listed = "\n".join(str(path.relative_to(place)) for path in sorted(place.rglob("*")))
        command = ("cpio", "--quiet", "-H", "newc", "-o")
        subprocess.run(command, input=listed.encode(), stdout=initrd, cwd=place, check=True)
    shutil.rmtree(place)


def _needed(modules: Path) -> list[Path]:
    """Give the files of the modules and of those they depend on, in the order in which they load."""
    table = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        name = Path(path).name.partition(".")[0].replace("-", "_")
        table[name] = [path, *needs.split()]
    paths = [path for name in _MODULES if name in table for path in reversed(table[name])]
    return [modules / path for path in dict.fromkeys(paths)]


def run(*command: str | Path) -> None:
    """Run a command that must succeed; what it says is shown only when it does not."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise reference.UnavailableError(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
