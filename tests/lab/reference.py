"""Fetches the reference: wg-quick, wg, wireguard-go and iptables of Debian sid, unpacked beside the system's own.

In: the archive this machine's apt is set up for. Out: a folder of programs ready for a `PATH`, made once for a user.
`python -m tests.lab.reference` fetches in advance and prints the version.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# The programs, then what they link to: sid's own libc6, since sid is built against a newer one than stable has.
PACKAGES = [
    "wireguard-tools",
    "wireguard-go",
    "iptables",
    "libc6",
    "libip4tc2",
    "libip6tc2",
    "libmnl0",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libnftnl11",
    "libxtables12",
]
IPTABLES = [f"{family}tables{verb}" for family in ("ip", "ip6") for verb in ("", "-restore", "-save")]


class UnavailableError(Exception):
    """The reference cannot be had on this machine; the message says why."""


def folder() -> Path:
    """Give the folder that holds `bin` and `iptables` (programs for a `PATH`) and `version`; fetch it when missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wgtranspile-lab"
    cache.mkdir(parents=True, exist_ok=True)
    home = cache / "reference"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one test run start at the same time
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                _fetch(Path(scratch))
                _unpack(Path(scratch), home)
    return home


def version() -> str:
    """Give the version of the wireguard-tools package."""
    return (folder() / "version").read_text().strip()


def _fetch(scratch: Path) -> None:
    """Download the packages through apt, whose own lists and cache stay untouched."""
    if not KEYRING.exists():
        raise UnavailableError(f"{KEYRING} is missing (package debian-archive-keyring)")
    (scratch / "lists").mkdir()
    (scratch / "cache").mkdir()
    (scratch / "sources.list").write_text(f"deb [signed-by={KEYRING}] {archive()} sid main\n")
    private = {
        "Dir::Etc::SourceList": scratch / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::Etc::Preferences": "-",
        "Dir::Etc::PreferencesParts": "-",
        "Dir::State::Lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # the folder is private, so apt's own user cannot write to it
    }
    options = [f"--option={name}={value}" for name, value in private.items()]
    _run(["apt-get", "--quiet", *options, "update"], scratch)
    _run(["apt-get", "--quiet", *options, "download", *PACKAGES], scratch)


def archive() -> str:
    """Give the URI of the main archive that this machine is set up for; security and backports have other labels."""
    ask = ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]
    known = _run(ask)
    if not known:
        _run(["apt-get", "--quiet", "update"])
        known = _run(ask)
    for line in known.splitlines():
        label, _, uri = line.partition(" ")
        if label == "Debian":
            return uri
    raise UnavailableError("apt knows no Debian archive")


def _unpack(scratch: Path, home: Path) -> None:
    """Make the folder complete under another name, then give it its own: nobody ever sees half of it."""
    made = scratch / "made"
    made.mkdir()
    for package in scratch.glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(package), str(made / "root")])
        if package.name.startswith("wireguard-tools_"):
            (made / "version").write_text(_run(["dpkg-deb", "--field", str(package), "Version"]))
    libraries = next((made / "root").glob("usr/lib/*/libc.so.6")).parent.relative_to(made)
    loader = next((made / libraries).glob("ld-linux*.so.*")).name
    for place in ("bin", "iptables"):
        (made / place).mkdir()

    def wrap(script: Path, program: str, *arguments: str) -> None:
        below = home / libraries
        command = [below / loader, "--library-path", below, home / "root" / program, *arguments]
        words = " ".join(shlex.quote(str(word)) for word in command)
        script.write_text(f'#!/bin/sh\nXTABLES_LIBDIR={shlex.quote(f"{below}/xtables")} exec {words} "$@"\n')
        script.chmod(0o755)

    wrap(made / "bin/wg", "usr/bin/wg")
    for name in IPTABLES:
        wrap(made / "iptables" / name, "usr/sbin/xtables-nft-multi", name)
    # wg-quick puts its own folder in front of the PATH: it must lie beside the wrapper of wg.
    # wireguard-go starts itself again by its own path, which must not be the loader's; it runs with any libc.
    (made / "root/usr/bin/wg-quick").rename(made / "bin/wg-quick")
    (made / "bin/wireguard-go").symlink_to("../root/usr/bin/wireguard-go")
    made.rename(home)


def _run(command: list[str], cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise UnavailableError(f"{command[0]} is missing") from error
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"{' '.join(command[:2])} failed: {error.stderr.strip()}") from error
    return done.stdout


if __name__ == "__main__":
    print(version())  # noqa: T201  it is a command here
