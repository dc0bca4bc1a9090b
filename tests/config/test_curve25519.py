"""Public keys as RFC 7748 and wg(8) have them."""

from __future__ import annotations

import subprocess
from base64 import b64encode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.lab import reference
from wgtranspile.config.curve25519 import public_key
from wgtranspile.model import Key


def key(raw: bytes) -> Key:
    return Key(b64encode(raw).decode())


@pytest.mark.parametrize(
    ("private", "public"),
    [
        pytest.param(
            "0900000000000000000000000000000000000000000000000000000000000000",
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
            id="section 5.2, after one iteration",
        ),
        pytest.param(
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
            id="section 6.1, Alice",
        ),
        pytest.param(
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
            id="section 6.1, Bob",
        ),
    ],
)
def test_the_vectors_of_rfc_7748(private: str, public: str) -> None:
    assert key(bytes.fromhex(public)) == public_key(key(bytes.fromhex(private)))


@pytest.mark.usefixtures("laboratory")
@given(private=st.binary(min_size=32, max_size=32))
@example(private=bytes(32))
@example(private=b"\xff" * 32)
@settings(max_examples=25)
def test_what_wg_says(private: bytes) -> None:
    wg = reference.folder() / "bin/wg"

    said = subprocess.run([wg, "pubkey"], input=key(private), stdout=subprocess.PIPE, text=True, check=True).stdout

    assert said.strip() == public_key(key(private))
