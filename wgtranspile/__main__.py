"""The program: `wgtranspile`, or `python -m wgtranspile`."""

import sys

# With `-m`, Python looks for modules in the current folder first, which may be anyone's. Before any other import.
if __name__ == "__main__" and __spec__ and __spec__.name == "wgtranspile.__main__" and not sys.flags.safe_path:
    del sys.path[0]

import _thread
import gc
import os
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line with the process's arguments, and end the process."""
    # A short life needs no garbage collector: it would take a tenth of the time of a small run, most of it for imports.
    gc.disable()
    sys.unraisablehook = _hear_again
    if sys.stderr is None:  # closed: then there is no one to tell
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115  for the whole life of the process
    try:
        from wgtranspile.cli import main  # lazy: after the above

        main()
    except KeyboardInterrupt:  # of Ctrl-C before the program is ready for it
        os._exit(130)
    except RuntimeError as error:
        if not isinstance(error.__cause__, KeyboardInterrupt):  # what Python 3.11 makes of it as it makes a class
            raise
        os._exit(130)


def _hear_again(found: "sys.UnraisableHookArgs") -> None:
    """Have Ctrl-C that came in a callback, such as those of imports, heard again: out of there it would not lead.

    By a thread, which comes to it when this has ended, as this is a callback, too.
    """
    if issubclass(found.exc_type, KeyboardInterrupt):
        _thread.start_new_thread(_thread.interrupt_main, ())
    else:
        sys.__unraisablehook__(found)


if __name__ == "__main__":
    run()
