"""What is said where wgtranspile itself fails: where in its code, without the values it met, which may be keys."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wgtranspile.diagnostics.catalogue.environment import INTERNAL_ERROR
from wgtranspile.diagnostics.model import Collector

if TYPE_CHECKING:
    from wgtranspile.diagnostics.model import Diagnostic


def defect(path: str, error: Exception) -> Diagnostic:
    """Return the finding that the file at `path` met a defect.

    Raises the error where Ctrl-C is its cause, as it is for some of those of Python 3.11.
    """
    if isinstance(error.__cause__, KeyboardInterrupt):
        raise error
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" in {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    collector = Collector(path)
    collector.report(INTERNAL_ERROR, why=f"{type(error).__name__}{place}")
    return collector.diagnostics[0]
