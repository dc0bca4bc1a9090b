"""What other programs import: it does what its page says, its types hold, and its results travel."""

from __future__ import annotations

import doctest
import os
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from distributed import Client, LocalCluster

from tests import cases
from wgtranspile import api, many
from wgtranspile.backends import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parent.parent
CONFIG = """\
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
Address = 10.0.{}.{}/32
[Peer]
PublicKey = pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ=
AllowedIPs = 0.0.0.0/0
"""


def fleet(number: int) -> Iterator[api.Configs]:
    """Give so many hosts, each with two default routes; every seventh has an address that is none."""
    for host in range(number):
        text = CONFIG.format(host // 250, 300 if host % 7 == 6 else host % 250)
        yield [(api.Source(f"host{host}/{name}.conf", text), name) for name in ("wg0", "wg1")]


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


@contextmanager
def dask() -> Iterator[Executor]:
    """Give an executor of two workers, which are processes of their own."""
    cluster = LocalCluster(n_workers=2, processes=True, dashboard_address="127.0.0.1:0")  # type: ignore[no-untyped-call]
    with cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
        yield client.get_executor()


@pytest.mark.parametrize("made", [processes, threads, dask], ids=lambda made: made.__name__)
def test_an_executor_gives_what_this_process_gives_in_the_same_order(
    made: Callable[[], AbstractContextManager[Executor]],
) -> None:
    expected = list(api.transpile_many(fleet(150), "networkd"))

    with made() as executor:
        found = list(api.transpile_many(fleet(150), "networkd", executor=executor, workers=2))

    assert 150 == len(found)
    assert list(map(_shown, expected)) == list(map(_shown, found))
    assert [None, None] == [result.emission for result in found[6]]
    assert 2 == len(
        {result.tunnel.device.fwmark for result in found[0] if result.tunnel}
    )  # each default route has its own


def test_hosts_are_taken_up_only_as_results_are_taken() -> None:
    taken: list[api.Configs] = []

    def noted() -> Iterator[api.Configs]:
        for host in fleet(1000):
            taken.append(host)
            yield host

    next(api.transpile_many(noted(), "json"))
    assert len(taken) == 1

    with threads() as executor:
        next(api.transpile_many(noted(), "json", executor=executor, workers=2))
    assert len(taken) == 1 + many.AHEAD * 2 * many.BATCH


def test_what_no_one_takes_any_more_is_cancelled() -> None:
    may_end = Event()

    def work(batch: Sequence[int]) -> Sequence[int]:
        if batch[0]:
            assert may_end.wait(60)
        return batch

    submitted: list[Future[Sequence[int]]] = []

    class Noting(ThreadPoolExecutor):
        def submit(self, *arguments: Any) -> Future[Any]:  # type: ignore[override]
            submitted.append(super().submit(*arguments))
            return submitted[-1]

    with Noting(1) as executor:
        results = many.in_order(executor, work, range(10 * many.BATCH), 1)
        next(results)
        del results
        may_end.set()

    assert many.AHEAD == len(submitted)
    assert all(future.cancelled() for future in submitted[2:])


@pytest.mark.parametrize("made", [None, processes, threads], ids=["here", "processes", "threads"])
def test_an_unknown_backend_is_an_error_wherever_the_work_is_done(
    made: Callable[[], AbstractContextManager[Executor]] | None,
) -> None:
    with (
        made() if made else nullcontext() as executor,
        pytest.raises(api.UnknownWordError, match=r"^the backend must be one of networkd, .*, not 'netplan'$"),
    ):
        list(api.transpile_many(fleet(1), "netplan", executor=executor))


@pytest.mark.parametrize(
    ("backend", "options", "said"),
    [
        ("networkdd", {}, "the backend must be one of {TARGETS}, not 'networkdd'; did you mean `networkd`?"),
        (
            "json",
            {"keys": "flie"},
            "keys must be one of file, inline, external, credential, not 'flie'; did you mean `file`?",
        ),
        ("json", {"activation": "never"}, "activation must be one of boot, manual, not 'never'"),
        ("json", {"allow": frozenset({"B4011"})}, "there is no finding 'B4011'; did you mean `B411`?"),
        ("json", {"allow": frozenset({"b401"})}, "there is no finding 'b401'; did you mean `B401`?"),
    ],
)
def test_an_unknown_word_is_an_error_that_lists_those_there_are(
    backend: str, options: dict[str, Any], said: str
) -> None:
    [[(source, name), _]] = fleet(1)

    with pytest.raises(LookupError) as error:
        api.transpile(source, name, backend, api.Options(**options))

    assert said.replace("{TARGETS}", ", ".join(TARGETS)) == str(error.value)


def test_the_words_of_the_command_line_do_in_place_of_the_members() -> None:
    [[(source, name), _]] = fleet(1)
    words: dict[str, Any] = {"keys": "inline", "activation": "manual"}
    members = api.Options(keys=api.KeyStorage.INLINE, activation=api.Activation.MANUAL)

    for backend in TARGETS:
        expected = api.transpile(source, name, backend, members)

        assert _shown([expected]) == _shown([api.transpile(source, name, backend, api.Options(**words))])


@pytest.mark.parametrize("backend", TARGETS)
def test_the_results_of_all_golden_cases_travel_as_pickles(backend: str) -> None:
    for case in cases.CASES.values():
        results = cases.transpile(case, backend)

        travelled = pickle.loads(pickle.dumps(results))  # noqa: S301  our own

        assert _shown(results) == _shown(travelled)
        for before, after in zip(results, travelled, strict=True):
            assert before.tunnel == after.tunnel


def test_its_page_does_what_it_says() -> None:
    assert doctest.TestResults(0, 16) == doctest.testfile(str(ROOT / "docs/api.md"), module_relative=False)


def _shown(results: list[api.Result]) -> list[tuple[object, str]]:
    """Give what was made of the configs, and all that was found."""
    return [(result.emission, api.render(result.diagnostics, color=False)) for result in results]
