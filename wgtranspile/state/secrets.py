"""Preshared keys, as far as a comparison may know them."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

_NO_KEY = bytes(32)


def digest(preshared_key: str) -> str | None:
    """Return what equal preshared keys share without telling them; None for the all-zero key, which is none."""
    key = b64decode(preshared_key)
    return None if key == _NO_KEY else sha256(key).hexdigest()
