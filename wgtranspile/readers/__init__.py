"""Live hosts, read through their tools into the model.

In: an interface name. Out: a `Host` that has its tunnel, and how networkd treats policy rules of others.
"""

from wgtranspile.readers.iproute2 import is_of_networkd
from wgtranspile.readers.live import SnapshotError, snapshot
from wgtranspile.readers.networkd import READ_CONFIG, keeps_foreign_rules, removes_foreign_rules

__all__ = [
    "READ_CONFIG",
    "SnapshotError",
    "is_of_networkd",
    "keeps_foreign_rules",
    "removes_foreign_rules",
    "snapshot",
]
