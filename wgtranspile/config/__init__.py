"""`Document` in, `Config` out: every value typed and validated, all problems of a file found in one run."""

from wgtranspile.config.model import (
    AllowedIP,
    Config,
    Endpoint,
    ExternalKey,
    Hook,
    Interface,
    Key,
    Located,
    Peer,
    Phase,
)
from wgtranspile.config.reader import read

__all__ = [
    "AllowedIP",
    "Config",
    "Endpoint",
    "ExternalKey",
    "Hook",
    "Interface",
    "Key",
    "Located",
    "Peer",
    "Phase",
    "read",
]
