"""`Document` in, `Config` out: every value typed and validated, all problems of a file found in one run.

Then `Config` in, `Tunnel` out: what wg-quick would make of it on a host.
"""

from wgtranspile.config.lowering import FIRST_TABLE, Assumptions, lower
from wgtranspile.config.model import AllowedIP, Config, Hook, Interface, Located, Peer
from wgtranspile.config.numbers import default_routes, numbers
from wgtranspile.config.reader import read

__all__ = [
    "FIRST_TABLE",
    "AllowedIP",
    "Assumptions",
    "Config",
    "Hook",
    "Interface",
    "Located",
    "Peer",
    "default_routes",
    "lower",
    "numbers",
    "read",
]
