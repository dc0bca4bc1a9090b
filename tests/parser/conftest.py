"""The fixture of the laboratory."""

from tests.lab.fixtures import laboratory

__all__ = ["laboratory"]
