"""The laboratory of whole systems: booted Debian releases in which wg-quick and what we write can do all they do.

In: the name of a suite. Out: a `Machine` to run commands in, made once for a user and restored within a second.
"""
