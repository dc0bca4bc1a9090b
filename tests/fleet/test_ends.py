"""A run that is killed or interrupted at any moment: each host has its old or its new files, and nothing is lost."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from random import Random
from select import select
from typing import TYPE_CHECKING

import pytest

from tests.fleet.fleet import KEPT, LIMIT, STORE, empty_folders, kept, of_hosts, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fleet.fleet import Fleet

HOSTS, KILLS, INTERRUPTS = 36, 25, 15
# What others have put into the tree: beside our files, in folders of its own, and beside a host's folder `etc`.
FOREIGN = {
    "site/rack/h003/etc/systemd/network/10-foreign.network": "[Match]\n",
    "site/rack/h005/etc/foreign/deep/file": "foreign\n",
    "site/h004/notes": "foreign\n",
    "only-A/h000/etc/systemd/network/10-foreign.network": "[Match]\n",
}
LINK = "site/rack/h007/etc/systemd/network/20-foreign.network"
# Says when it has begun: an interrupt before that is the interpreter's own affair.
SAYING_WHEN = (sys.executable, "-Bc", "from wgtranspile import __main__ as it; print(flush=True); it.run()")
INTERRUPTED_IN_A_CALLBACK = """\
import weakref
from wgtranspile import __main__, cli

class Thing: pass

def interrupt(_):
    raise KeyboardInterrupt

def main():
    thing = Thing()
    reference = weakref.ref(thing, interrupt)
    del thing
    while True: pass

cli.main = main
__main__.run()
"""

INTERRUPTED_IN_A_CLASS = """\
import sys
from wgtranspile import __main__, cli

class Interrupting:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt

def make(*_, **__):
    class Thing:
        attribute = Interrupting()

{place} = make
sys.argv[1:] = []
__main__.run()
"""

Files = dict[str, tuple[object, ...]]


@pytest.fixture
def versions(fleet: Fleet) -> dict[str, Files]:
    """Give the files of two versions of a fleet, with those of others; the first is in `out`."""
    expected = {}
    for version in ("B", "A"):
        fleet.make(HOSTS, version)
        fleet.run("-o", f"fresh-{version}", version)
        expected[version] = of_hosts(fleet.folder / f"fresh-{version}")
    fleet.run("-o", "out", "A")
    out = fleet.folder / "out"
    for path, text in FOREIGN.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)
    (out / LINK).symlink_to("/nowhere")
    foreign = {path: value for path, value in of_hosts(out).items() if path not in expected["A"]}
    assert {*FOREIGN, LINK} == foreign.keys()
    return {version: {**files, **foreign} for version, files in expected.items()}


def by_host(files: Files) -> dict[str, Files]:
    found: dict[str, Files] = {}
    for path, value in files.items():
        found.setdefault(path.partition("/etc/")[0], {})[path] = value
    return found


def foreign_inodes(out: Path) -> list[int]:
    return [(out / path).lstat().st_ino for path in (*FOREIGN, LINK)]


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has ended, and with it all that it started: they hold the same pipe."""
    process.communicate(timeout=LIMIT)


@pytest.mark.parametrize("moment", ["any", "while folders change places"])
def test_a_kill_leaves_each_host_its_old_or_its_new_files(
    fleet: Fleet, versions: dict[str, Files], watch: int, moment: str
) -> None:
    out = fleet.folder / "out"
    inodes = foreign_inodes(out)
    started = time.monotonic()
    assert 0 == fleet.run("-o", "duration", "--jobs", "2", "A").status
    duration = time.monotonic() - started
    killed, mixed = 0, 0

    old, new = "A", "B"
    chance = Random(moment)

    for number in range(KILLS):
        options = chance.choice([[], ["--prune"]])
        with suppress(BlockingIOError):  # what was moved in earlier rounds
            os.read(watch, 65536)
        process = fleet.start("-o", "out", "--jobs", "2", *options, new)
        if moment == "any":
            _wait(process, chance.uniform(0, duration))
        else:
            _wait_for_change(process, out, chance, watch)
        process.kill()
        end(process)

        killed += process.returncode == -signal.SIGKILL
        found = by_host(of_hosts(out))
        before = by_host(versions[old])
        after = by_host(versions[new] if options else {**versions[old], **versions[new]})
        assert [] == [
            host for host in {*before, *after} if found.get(host, {}) not in (before.get(host, {}), after.get(host, {}))
        ]
        assert found.keys() <= {*before, *after}
        mixed += before != found != after
        assert inodes == foreign_inodes(out)
        staging = out / STORE / "staging"
        assert not staging.exists() or 0o700 == staging.stat().st_mode & 0o7777
        fleet.assert_guarded(tree(out))

        if number % 5 == 0:  # what the run was to do, without the removal of anything
            assert 0 == fleet.run("-o", "out", new).status
            assert versions[new].items() <= of_hosts(out).items() <= {**versions[old], **versions[new]}.items()
        if chance.random() < 0.5:  # also back again, with what the killed run has made already
            old, new = new, old
        assert 0 == fleet.run("-o", "out", "--prune", new).status
        assert versions[new] == of_hosts(out)
        assert inodes == foreign_inodes(out)
        assert KEPT == kept(out)
        assert [] == empty_folders(out)
        old, new = new, old

    fleet.assert_sound((fleet.folder / "said").read_text())
    assert killed > KILLS / 2
    assert moment == "any" or mixed > 0


def test_an_interrupt_ends_a_run_that_has_changed_nothing(fleet: Fleet, versions: dict[str, Files]) -> None:
    """One that comes too late, when folders have begun to change places, is no longer heard."""
    out = fleet.folder / "out"
    started = time.monotonic()
    assert 0 == fleet.run("-o", "duration", "--jobs", "2", "A", program=SAYING_WHEN).status
    duration = time.monotonic() - started
    old, new = "A", "B"
    chance = Random("interrupts")
    heard = 0

    for number in range(INTERRUPTS):
        process = fleet.start("-o", "out", "--jobs", "2", "--prune", new, program=SAYING_WHEN)
        assert process.stdout
        process.stdout.readline()
        _wait(process, chance.uniform(0, duration if number % 3 else duration / 9))  # a third while it is loaded
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        end(process)

        fleet.assert_sound((fleet.folder / "said").read_text())
        assert process.returncode in {0, 130}
        assert versions[old if process.returncode else new] == of_hosts(out)
        assert KEPT == kept(out)
        heard += process.returncode == 130
        if process.returncode == 0:
            old, new = new, old

    assert heard > 0


def test_an_interrupt_in_a_callback_is_heard() -> None:
    """As in those of imports, where Python only tells of it."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_A_CALLBACK], capture_output=True, text=True, timeout=60, check=False
    )

    assert (130, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("place", ["cli.main", "cli.load"])
def test_an_interrupt_as_a_class_is_made_is_heard(place: str) -> None:
    """As in imports, where Python 3.11 makes another error of it."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_A_CLASS.format(place=place)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (130, "", "") == (done.returncode, done.stdout, done.stderr)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _wait_for_change(process: subprocess.Popen[bytes], out: Path, chance: Random, watch: int) -> None:
    """Return as soon as a random host has changed, or all are about to."""
    host = chance.choice([None, *(path for path in sorted(out.rglob("etc")) if "only" not in str(path))])
    inode = host and host.stat().st_ino
    ended = os.pidfd_open(process.pid)
    select([watch, ended], [], [], LIMIT)
    os.close(ended)
    while host and host.stat().st_ino == inode and process.poll() is None:
        pass


@pytest.fixture
def watch(fleet: Fleet, versions: object) -> Iterator[int]:  # noqa: ARG001  they are made first
    """Give a descriptor that can be read once `manifest.new` has its name: folders are about to change places."""
    inotify = ctypes.CDLL(None).inotify_init1(os.O_NONBLOCK)
    ctypes.CDLL(None).inotify_add_watch(inotify, os.fsencode(fleet.folder / "out" / STORE), 0x80)  # IN_MOVED_TO
    yield inotify
    os.close(inotify)
