"""Findings about keys that others can read."""

from wgtranspile.diagnostics.model import Rule, Severity

INPUT_WORLD_READABLE = Rule(
    "K501",
    "world-readable-input",
    Severity.WARNING,
    "`{file}` contains keys and is world-readable",
    "Anyone who can read the private key can impersonate this host. wg-quick also warns about this.",
    "run `chmod 600 {path}`, and replace the keys if other people use this machine",
)
READABLE_OUTPUT = Rule(
    "K502",
    "readable-output",
    Severity.WARNING,
    "the output contains keys, and others can read the file it is written to",
    "If the shell redirects output to a file, the umask determines the file's mode: usually, everyone can read it. "
    "With `-o`, each file is created with the mode it needs.",
    "use `-o DIR`, or run `umask 077` first",
)
