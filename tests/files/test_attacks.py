"""Whatever happens between any two system calls of the writer, nothing outside changes, and the end is a known one."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path, PurePosixPath
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.files.attacker import SWAPS, descriptors, hard_link, limited, link, of_nobody, other_folder, seen, watch
from wgtranspile.artefact import Artefact
from wgtranspile.files import CannotWriteError, Existing, write
from wgtranspile.files.folders import Trust
from wgtranspile.files.tree import Staging, Tree, opened, recorded, staged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.files.attacker import Calls

    Swap = Callable[[Path, Path, Path], None]

NETWORK = "etc/systemd/network"
STORE = ".wgtranspile"
MEMORY = Path("/dev/shm")  # noqa: S108  what is made there has a folder of its own
ANYONE = Trust(everyone=True)
Hosts = dict[str, list[Artefact]]


def artefacts(version: str, *names: str) -> list[Artefact]:
    files = [Artefact(PurePosixPath(NETWORK, name), f"{name} {version}\n") for name in names]
    return [*files, Artefact(PurePosixPath("etc/wireguard/wg0.key"), f"key {version}\n", 0o600, secret=True)]


OLD: Hosts = {"changed": artefacts("old", "50-a.netdev", "50-b.netdev"), "gone": artefacts("old", "50-a.netdev")}
NEW: Hosts = {"changed": artefacts("new", "50-a.netdev"), "gone": [], "in/new": artefacts("new", "50-a.netdev")}
STORED = ("lock", "key", "key.next", ".gitignore", "manifest", "manifest.next", "manifest.new", "staging")
TARGETS = (
    STORE,
    *(f"{STORE}/{name}" for name in STORED),
    *(
        f"{STORE}/staging/{staged(PurePosixPath(host))}{below}"
        for host in NEW
        for below in ("", "/systemd", "/systemd/network", "/systemd/network/50-a.netdev", "/theirs")
    ),
    *(
        f"{host}{below}"
        for host in ("changed", "gone", "in", "in/new")
        for below in ("", "/etc", "/etc/systemd", f"/{NETWORK}", f"/{NETWORK}/50-a.netdev", "/etc/wireguard/wg0.key")
    ),
    *("changed/etc/theirs", "changed/etc/theirs/file", f"changed/{NETWORK}/50-b.netdev"),
)

#: Those that another user may put there, with what is above them all.
FOLDERS = ("", STORE, f"{STORE}/staging", "changed", "changed/etc", f"changed/{NETWORK}", "in", "gone/etc")


def keep(root: Path, hosts: Mapping[str, list[Artefact]], trust: Trust) -> None:
    """Do what a run does for a tree of hosts."""
    with Tree(Staging(root, prune=True, trust=trust)) as tree:
        before = dict(tree.recorded())
        for host in sorted({*map(PurePosixPath, hosts), *before}, key=lambda path: path.parts):
            made = hosts.get(str(host), [])
            tree.record(host, tree.staging.prepare(host, made, before.get(host, {})))
        tree.replace()


def keep_new(root: Path, trust: Trust) -> None:
    keep(root, NEW, trust)


def keep_again(root: Path, trust: Trust) -> None:
    keep(root, OLD, trust)


def compare(root: Path, trust: Trust) -> None:  # noqa: ARG001  as the others
    with opened(Staging(root, prune=True)) as staging:
        before = dict(recorded(staging))
        for host in {**OLD, **NEW}:
            path = PurePosixPath(host)
            staging.difference(path, NEW.get(host, []), before.get(path, {}))


def write_all(root: Path, trust: Trust) -> None:
    write(NEW["changed"], root / "changed", ["*"] if trust.everyone else [], existing=Existing.COPIED)


RUNS = (keep_new, keep_again, compare, write_all)


class Attack(NamedTuple):
    """One thing that is swapped at one moment of a run."""

    run: Callable[[Path, Trust], None]
    at: int
    swap: Swap
    target: str


class Ground(NamedTuple):
    """A folder with a tree, one outside that looks like it, and a place for what is taken out of the tree."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "out"

    @property
    def victim(self) -> Path:
        return self.folder / "victim"

    @property
    def aside(self) -> Path:
        return self.folder / "aside"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """Give one in which nothing has happened yet, beside a copy to begin again from; in memory, where that can be."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield first(Path(folder))


def first(folder: Path) -> Ground:
    made = Ground(folder / "made")
    keep(made.root, OLD, ANYONE)
    (made.root / "changed/etc/theirs").mkdir()
    (made.root / "changed/etc/theirs/file").write_text("of others\n")
    shutil.copytree(made.root, made.victim)
    for path in made.victim.rglob("*"):
        if path.is_file() and path.parent.name != STORE:
            path.write_text(f"precious {path.name}\n")
    return Ground(folder / "ground")


def renew(ground: Ground) -> None:
    """Begin again: the tree is made anew; what lies outside stays, as long as it is as it was."""
    made = Ground(ground.folder.with_name("made"))
    for folder in (ground.root, ground.aside):
        shutil.rmtree(folder) if folder.is_dir() and not folder.is_symlink() else folder.unlink(missing_ok=True)
    shutil.copytree(made.root, ground.root)
    if not ground.victim.exists():
        shutil.copytree(made.victim, ground.victim)


def counted(run: Callable[[Path, Trust], None], ground: Ground, calls: Calls, trust: Trust) -> int:
    """Give the number of system calls of a run that no one disturbs."""
    renew(ground)
    calls.begin(0, lambda: None)
    run(ground.root, trust)
    return calls.number


def is_refused(attack: Attack, ground: Ground, calls: Calls, trust: Trust) -> bool:
    """Make an attack, and give whether the run was refused."""
    renew(ground)
    place = ground.root / attack.target
    linked = attack.swap is hard_link
    before = seen(ground.victim, linked=linked)
    acted = False

    def act() -> None:
        nonlocal acted
        acted = True
        if place.parent.is_dir():
            attack.swap(place, ground.victim / attack.target, ground.aside)

    calls.begin(attack.at, act)
    refused = False
    with limited():
        try:
            attack.run(ground.root, trust)
        except CannotWriteError:
            refused = True
    assert acted
    assert before == seen(ground.victim, linked=linked), attack
    return refused


def places(
    thorough: bool,  # noqa: FBT001  an option
    at: int,
    swaps: Iterable[Swap],
    targets: Sequence[str],
) -> Iterable[tuple[Swap, str]]:
    """Give what is tried at a moment: all there is, or for each swap a target by chance."""
    if thorough:
        return product(swaps, targets)
    chance = Random(at)
    return ((swap, chance.choice(targets)) for swap in swaps)


@pytest.mark.parametrize("run", RUNS)
def test_nothing_outside_changes_whatever_is_swapped_between_two_system_calls(
    run: Callable[[Path, Trust], None], ground: Ground, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    calls = watch(monkeypatch)
    number = counted(run, ground, calls, ANYONE)
    open_before = descriptors()
    thorough = pytestconfig.getoption("--attacks") == "all"

    refused = [
        is_refused(Attack(run, at, swap, target), ground, calls, ANYONE)
        for at in range(1, number + 1)
        for swap, target in places(thorough, at, SWAPS, TARGETS)
    ]

    assert open_before == descriptors()
    assert any(refused)
    assert not all(refused)


@pytest.mark.needs("root")
@pytest.mark.parametrize("run", [keep_new, write_all])
def test_root_writes_in_no_folder_that_another_user_has_put_there(
    run: Callable[[Path, Trust], None], ground: Ground, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Also where it is that which was named."""
    calls = watch(monkeypatch)
    number = counted(run, ground, calls, Trust())
    thorough = pytestconfig.getoption("--attacks") == "all"

    for at in range(1, number + 1):
        for swap, target in places(thorough, at, map(of_nobody, (link, other_folder)), FOLDERS):
            is_refused(Attack(run, at, swap, target), ground, calls, Trust())

            place = ground.root / target
            if place.is_dir() and not place.is_symlink() and place.stat().st_uid:
                assert all(path.lstat().st_uid for path in place.rglob("*"))
