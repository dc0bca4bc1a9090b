"""`Document` in, `Config` out: every value typed and validated, all problems of a file found in one run."""

from wgtranspile.config.model import (
    HIDDEN,
    AllowedIP,
    Config,
    Endpoint,
    Hook,
    Interface,
    Key,
    Located,
    Peer,
    Phase,
)
from wgtranspile.config.reader import read

__all__ = ["HIDDEN", "AllowedIP", "Config", "Endpoint", "Hook", "Interface", "Key", "Located", "Peer", "Phase", "read"]
