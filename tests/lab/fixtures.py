"""Fixtures for tests that need the laboratory; a `conftest.py` imports them."""

from __future__ import annotations

import os

import pytest

from tests.lab.namespace import available


@pytest.fixture(scope="session")
def laboratory() -> None:
    """Skip what needs network namespaces and the reference where they cannot be had; in CI that is a failure."""
    reason = available()
    if reason is None:
        return
    message = f"THE PROOF AGAINST WG-QUICK DID NOT RUN: {reason}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
