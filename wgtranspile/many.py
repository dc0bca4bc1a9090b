"""Much work on several processes, or machines: results in the order of the work, which is taken up as they are given.

In: any executor of `concurrent.futures`, so also one of Dask or the like. What goes there and comes back is pickled.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections import deque
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from wgtranspile.interrupts import withheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor, Future

_Work = TypeVar("_Work")
_Result = TypeVar("_Result")

# So much goes to a worker at once that the way there costs little, and so often that no one waits.
BATCH, AHEAD = 16, 4
_PR_SET_PDEATHSIG = 1  # prctl(2)


def in_order(
    executor: Executor,
    function: Callable[[Sequence[_Work]], Sequence[_Result]],
    work: Iterable[_Work],
    workers: int,
) -> Iterator[_Result]:
    """Yield the results of a function that takes batches of work, for all of it; what no one waits for is cancelled."""
    waiting: deque[Future[Sequence[_Result]]] = deque()
    batches = iter(work)
    try:
        while batch := list(islice(batches, BATCH)):
            waiting.append(executor.submit(function, batch))
            if len(waiting) >= AHEAD * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def processes(number: int) -> Iterator[Executor]:
    """Yield an executor of so many processes of this machine, which end with this one, however it ends."""
    from concurrent.futures import ProcessPoolExecutor  # lazy: few runs need it
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(number, get_context("fork"), _attach, (os.getpid(),))
    # All begin with the first work, and as this process is then: Ctrl-C is for it alone, from their first moment.
    with withheld():
        pool.submit(os.getpid)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _attach(parent: int) -> None:
    """Tie this process to the life of another."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
