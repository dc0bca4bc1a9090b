"""One run of the main command: hosts in, artefacts to files or stdout, findings to stderr.

`outcomes` does the work, `hosts` that of one host; the results go to `stdout` or `files`.
`messages` says what was found, and `closing` what to do next.
"""
