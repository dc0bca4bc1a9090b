"""The disk: configs in, artefacts out. All that others may change meanwhile is reached through `folders`.

`inputs` finds and reads configs. The only code that writes is here: `artefacts` a few, `tree` those of many hosts;
`difference` tells what would change.
"""

from wgtranspile.files.artefacts import UNFINISHED, CannotWriteError, Existing, write

__all__ = ["UNFINISHED", "CannotWriteError", "Existing", "write"]
