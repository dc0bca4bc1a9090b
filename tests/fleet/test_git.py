"""A tree that is committed: a clone of it holds what git keeps, and is compared as far as that."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fleet.fleet import Fleet

pytestmark = pytest.mark.needs("git")
HOSTS = 6
OPTIONS = ("--quiet", "--keys", "external", "-o", "clone/tree")
CHECK = (*OPTIONS, "--check", "--prune", "A")
UMASKS = (0o022, 0o027, 0o077)


def git(folder: Path, *arguments: str, umask: int = -1) -> None:
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, umask=umask)


@pytest.fixture(params=UMASKS, ids="umask {:03o}".format)
def clone(fleet: Fleet, request: pytest.FixtureRequest) -> Path:
    """Give a clone of a repository with a tree that a run has made."""
    fleet.make(HOSTS, "A")
    fleet.run("--quiet", "--keys", "external", "-o", "origin/tree", "A")
    git(fleet.folder, "init", "--quiet", "origin")
    git(fleet.folder / "origin", "add", ".")
    git(fleet.folder / "origin", "commit", "--quiet", "--message=tree")
    git(fleet.folder, "clone", "--quiet", "origin", "clone", umask=request.param)
    return fleet.folder / "clone/tree"


def scripts(tree: Path) -> list[Path]:
    """Give the files that are to be executed; the service of a tunnel has one."""
    return sorted(tree.rglob("*.sh"))


def test_a_clone_is_as_the_run_has_left_the_tree(fleet: Fleet, clone: Path) -> None:
    assert {0o700} != {path.stat().st_mode & 0o7777 for path in clone.rglob("etc/**/*") if path.is_file()}

    assert (0, "", "") == fleet.run(*CHECK)


def test_a_file_that_may_not_be_executed_differs(fleet: Fleet, clone: Path) -> None:
    scripts(clone)[0].chmod(0o644)

    ended = fleet.run(*CHECK)

    assert (1, ["# mode 0644 -> 0755"]) == (
        ended.status,
        [line for line in ended.stdout.splitlines() if line[0] == "#"],
    )


def test_a_changed_line_differs_without_a_mode(fleet: Fleet, clone: Path) -> None:
    scripts(clone)[0].write_text(f"{scripts(clone)[0].read_text()}more\n")

    ended = fleet.run(*CHECK)

    assert (1, True, False) == (ended.status, "\n-more\n" in ended.stdout, "\n# " in ended.stdout)


def test_a_run_sets_modes_and_owners(fleet: Fleet, clone: Path) -> None:
    assert 0 == fleet.run(*OPTIONS, "A").status
    assert {0o700} == {path.stat().st_mode & 0o7777 for path in scripts(clone)}
    assert (0, "", "") == fleet.run(*CHECK)


def test_outside_of_git_modes_and_owners_are_compared(fleet: Fleet, clone: Path) -> None:
    (clone.parent / ".git").rename(fleet.folder / "git")

    ended = fleet.run(*CHECK)

    assert 1 == ended.status
    assert "\n# mode " in ended.stdout
