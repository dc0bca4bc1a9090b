"""The laboratory: the reference wg-quick, and network namespaces in which it and our outputs run side by side."""
