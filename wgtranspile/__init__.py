"""Converts wg-quick(8) configs: text -> Document -> Config -> Plan -> Emission -> files."""

__version__ = "0.1.0"
