"""The same configs give the same tree, whatever the number of processes and whenever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fleet.fleet import PROGRAM, STORE, tree

if TYPE_CHECKING:
    from tests.fleet.fleet import Fleet

HOSTS = 500


def test_runs_are_equal_to_the_byte_with_any_number_of_processes_and_any_order_of_hashes(fleet: Fleet) -> None:
    fleet.make(HOSTS, "A")
    for seed in range(3):
        fleet.share_key(f"out{seed}")

    runs = [
        fleet.run("-o", f"out{seed}", "--jobs", jobs, "A", PYTHONHASHSEED=seed)
        for jobs, seed in (("1", "0"), ("2", "1"), ("3", "2"))
    ]

    trees = [without_times(fleet, f"out{seed}") for seed in range(3)]
    assert HOSTS <= sum(path.endswith("/50-wg0.network") for path in trees[0])
    assert f"{STORE}/manifest" in trees[0]
    # The last line tells how long it took, and the one before where the files are.
    said = [
        (run.status, run.stdout, run.stderr.rpartition(", ")[0].replace(f"under out{seed}:", "under out:"))
        for seed, run in enumerate(runs)
    ]
    assert said[0][2]
    assert [said[0]] * 3 == said
    assert [trees[0]] * 3 == trees
    fleet.assert_guarded(tree(fleet.folder / "out0"))


def test_a_run_that_changes_nothing_touches_no_file(fleet: Fleet) -> None:
    fleet.make(40, "A")
    fleet.run("-o", "out", "A")
    before = tree(fleet.folder / "out")

    fleet.run("-o", "out", "A")

    after = tree(fleet.folder / "out")
    assert {**before, STORE: after[STORE]} == after


def test_folders_have_the_same_modes_whatever_the_umask(fleet: Fleet) -> None:
    fleet.make(4, "A")

    for umask in ("0", "022", "077"):
        fleet.run("-o", f"out{umask}", "A", program=("sh", "-c", f'umask {umask}; exec "$@"', "-", *PROGRAM))

    first, second, third = (without_times(fleet, f"out{umask}/site") for umask in ("0", "022", "077"))
    assert first == second == third


def test_what_is_recorded_does_not_depend_on_what_was_there(fleet: Fleet) -> None:
    fleet.make(40, "A")
    fleet.make(40, "B")
    for output, *versions in (("new", "B"), ("old", "A", "B")):
        fleet.share_key(output)
        for version in versions:
            assert 0 == fleet.run("-o", output, "--prune", version).status

    assert without_times(fleet, "new") == without_times(fleet, "old")


def without_times(fleet: Fleet, output: str) -> dict[str, tuple[object, ...]]:
    return {path: entry.value() for path, entry in tree(fleet.folder / output).items()}
