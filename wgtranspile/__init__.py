"""Converts wg-quick(8) configs: text -> Document -> Config -> Tunnel -> Emission -> files."""

__version__ = "0.1.0"
