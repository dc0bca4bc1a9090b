"""The fixture of the laboratory, for wg(8)."""

from tests.lab.fixtures import laboratory

__all__ = ["laboratory"]
