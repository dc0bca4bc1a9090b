"""The only code that writes: `files` a few artefacts, `tree` those of many hosts.

`difference` tells what would change.
"""

from wgtranspile.files.artefacts import UNFINISHED, CannotWriteError, Existing, write

__all__ = ["UNFINISHED", "CannotWriteError", "Existing", "write"]
