"""A fleet of hosts that is made for a test, the program that is run over it, and folders as values.

A fleet has versions: another one has other keys and addresses everywhere, and some other hosts and configs.
"""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent.parent
PROGRAM = (sys.executable, "-B", "-m", "wgtranspile")
STORE = ".wgtranspile"
#: What the program keeps there from run to run.
KEPT = {".gitignore", "key", "lock", "manifest"}
#: No run takes longer; one that does is stuck.
LIMIT = 60

#: Root as any other owner of files: what a mode forbids is forbidden.
BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
#: A user who may change only what is theirs; they may read all, so that Python is found wherever it lies.
NOBODY_ID = 65534
NOBODY = (
    *("setpriv", f"--reuid={NOBODY_ID}", f"--regid={NOBODY_ID}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


class Entry(NamedTuple):
    """What a folder holds: a file has `content`, a link `target`, and a folder neither."""

    mode: int
    owner: tuple[int, int]
    content: bytes | None
    target: str | None
    inode: int
    changed: int

    def value(self) -> tuple[object, ...]:
        """Give what makes it equal to another that is made at another time."""
        return self.mode, self.owner, self.content, self.target


def tree(root: Path) -> dict[str, Entry]:
    """Give all that lies below a folder, by its path."""
    return {str(path.relative_to(root)): _entry(path) for path in sorted(root.rglob("*"))}


def of_hosts(root: Path) -> dict[str, tuple[object, ...]]:
    """Give the files and links of hosts, without what the program keeps for itself."""
    return {
        path: entry.value()
        for path, entry in tree(root).items()
        if not path.startswith(f"{STORE}/") and (entry.content is not None or entry.target is not None)
    }


def kept(root: Path) -> set[str]:
    """Give what the program keeps for itself."""
    return {path.name for path in (root / STORE).iterdir()}


def empty_folders(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_dir() and not path.is_symlink() and not any(path.iterdir())]


def _entry(path: Path) -> Entry:
    status = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
    target = str(path.readlink()) if stat.S_ISLNK(status.st_mode) else None
    owner = status.st_uid, status.st_gid
    return Entry(status.st_mode, owner, content, target, status.st_ino, status.st_mtime_ns)


class Ended(NamedTuple):
    """What a run came to."""

    status: int
    stdout: str
    stderr: str


@dataclass
class Fleet:
    """A folder for a test, with the secrets of all configs that were written there: no run may say one."""

    folder: Path
    secrets: set[str] = field(default_factory=set)

    def make(self, number: int, version: str) -> None:
        """Write the configs of so many hosts into a folder with the name of the version."""
        for n in range(number):
            chance = Random(f"{version} {n}")  # the same in every process
            host = self.folder / version / _host(n, version)
            self.write(host / "wg0.conf", self._config(chance, n, 0))
            if n % 3 == 0:
                self.write(host / (f"{version}1.conf" if n % 2 else "wg1.conf"), self._config(chance, n, 1))

    def share_key(self, output: str) -> None:
        """Give an output the key of digests that others have, too: then it does not depend on chance."""
        store = self.folder / output / STORE
        store.mkdir(parents=True)
        (store / "key").touch(0o600)
        (store / "key").write_bytes(bytes(32))

    def key(self, chance: Random) -> str:
        """Give a key that no run may say."""
        key = _key(chance)
        self.secrets.add(key)
        return key

    def write(self, path: Path | str, text: str) -> Path:
        """Write a config that only its owner may read."""
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(text)
        return path

    def run(self, *arguments: str, program: Sequence[str] = PROGRAM, **environment: str) -> Ended:
        """Run the program to its end."""
        process = subprocess.run(
            [*program, "--to", "networkd", *arguments],
            capture_output=True,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            check=False,
            timeout=LIMIT,
        )
        ended = Ended(process.returncode, process.stdout.decode(errors="surrogateescape"), process.stderr.decode())
        self.assert_sound(ended.stdout, ended.stderr)
        return ended

    def start(self, *arguments: str, program: Sequence[str] = PROGRAM) -> subprocess.Popen[bytes]:
        """Start the program, as the leader of a group of processes."""
        with (self.folder / "said").open("wb") as said:
            return subprocess.Popen(
                ["env", "--default-signal=INT", *program, "--to", "networkd", *arguments],
                stdout=subprocess.PIPE,
                stderr=said,
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                start_new_session=True,
            )

    def assert_sound(self, *texts: str) -> None:
        """Make sure that what a run said holds no secret and tells of no defect of the program."""
        for text in texts:
            assert "Traceback" not in text
            assert "[X999]" not in text
            assert not [key for key in self.secrets if key in text]

    def assert_guarded(self, found: Mapping[str, Entry]) -> None:
        """Make sure that no one but owner and group may read a file with a secret."""
        secrets = [key.encode() for key in self.secrets]
        for path, entry in found.items():
            if entry.mode & 0o007 and entry.content:
                assert not [key for key in secrets if key in entry.content], path

    def _config(self, chance: Random, n: int, number: int) -> str:
        lines = [
            "[Interface]",
            f"PrivateKey = {self.key(chance)}",
            f"Address = 10.{chance.randrange(256)}.{n % 256}.{number + 1}/32",
            f"ListenPort = {51820 + number}",
        ]
        if n % 4 == 0:
            lines.append(f"PostUp = wg set %i peer {_key(chance)} preshared-key <(echo {self.key(chance)}) # publickey")
        lines += ["[Peer]", f"PublicKey = {_key(chance)}", f"Endpoint = 192.0.2.{n % 256}:51820"]
        lines.append("AllowedIPs = 0.0.0.0/0, ::/0" if n % 5 == 0 else f"AllowedIPs = 10.20.{n % 256}.0/24")
        lines += ["[Peer]", f"PublicKey = {_key(chance)}", f"AllowedIPs = 10.30.{n % 256}.0/24"]
        if n % 2 == 0:
            lines.append(f"PresharedKey = {self.key(chance)}")
        return "".join(f"{line}\n" for line in lines)


def _host(n: int, version: str) -> str:
    """Give the folder of a host; some lie in that of another, and some are of one version only."""
    if n == 1:
        return "site"
    return f"{(f'only-{version}', 'site', 'site/rack')[0 if n % 10 == 0 else 1 + n % 2]}/h{n:03}"


def _key(chance: Random) -> str:
    return base64.b64encode(chance.randbytes(32)).decode()
