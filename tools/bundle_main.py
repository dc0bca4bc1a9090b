"""The start of `wgtranspile.pyz`: it uses what was compiled for this Python, and the sources where nothing was."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  any Python 3 can read this file
    sys.exit("wgtranspile needs Python 3.11 or later, and this is Python %d.%d" % sys.version_info[:2])  # noqa: UP031

from importlib.util import MAGIC_NUMBER
from os.path import abspath
from zipimport import zipimporter

SOURCES = abspath(sys.path[0])  # noqa: PTH100  importers take text
COMPILED = MAGIC_NUMBER.hex()


class Importer(zipimporter):
    """Loads a module once. zipimport does so twice, the first time only to learn the name of its file."""

    def get_filename(self, fullname: str) -> str:
        """Return the path of a module's file, which is in the archive. Raise ZipImportError if there is none."""
        kind = "/__init__.py" if self.is_package(fullname) else ".py"
        compiled = "c" if self.prefix.startswith(COMPILED) else ""
        return f"{self.archive}/{self.prefix}{fullname.rpartition('.')[2]}{kind}{compiled}"


def importer(path: str) -> zipimporter:
    """Return what imports from a folder of the archive. Raise ImportError for other folders."""
    if path.startswith(SOURCES):
        return Importer(path)
    raise ImportError(path)


sys.path_hooks.insert(0, importer)
sys.path_importer_cache.clear()
sys.path[0:1] = [f"{SOURCES}/{COMPILED}", SOURCES]

from wgtranspile.__main__ import run  # noqa: E402

run()
