"""Findings about files, and about wgtranspile itself."""

from wgtranspile.diagnostics.model import Rule, Severity

CANNOT_READ = Rule(
    "X901",
    "cannot-read",
    Severity.ERROR,
    "cannot read `{file}`: {why}",
    "The config could not be read. A name without a path, such as `wg0`, stands for /etc/wireguard/wg0.conf, as with "
    "wg-quick.",
    "{advice}",
    title="the config cannot be read",
)
CANNOT_WRITE = Rule(
    "X902",
    "cannot-write",
    Severity.ERROR,
    "cannot write `{file}`: {why}",
    "Each file is written under a temporary name and renamed when it is complete, so the previous file is unchanged.",
    "",
    title="the file cannot be written",
)
SAME_OUTPUT = Rule(
    "X903",
    "same-output",
    Severity.ERROR,
    "`{file}` would also be written for `{other}`",
    "Two configs of one run would produce the same file. Nothing is written.",
    "rename one of the configs, or pass the directory above them",
    title="the same file would be written for two configs",
)
UNTRUSTED_FOLDER = Rule(
    "X904",
    "untrusted-folder",
    Severity.ERROR,
    "root does not write under `{file}`: {why}",
    "Anyone who can change a folder can replace it while root writes there, or change what root has written. "
    "Therefore, every folder on the path to DIR, and every folder used under it, must belong to root and be writable "
    "only by root and by trusted users. An access control list (ACL) that lets anyone else write counts as everyone; "
    "`setfacl -b` removes it. In CI, root often works on a checkout that belongs to another user: trust that user. "
    "The check applies only when wgtranspile runs as root.",
    "make root the only owner and writer, or trust its owner with `--trust-owner '{owner}'`",
    title="root does not write under a folder that others control",
)
FOREIGN_FILE = Rule(
    "X905",
    "foreign-file",
    Severity.ERROR,
    "`{file}` exists and was not created by wgtranspile",
    "A file belongs to wgtranspile if it says so near its beginning, is recorded in the manifest of the output folder, "
    "or is a key file that such a file names, unless that was made with `--keys external`. No other file is replaced, "
    "and nothing was written.",
    "move it away, or use `--overwrite`, which keeps a copy as `NAME.~1~`",
)
MORE_FINDINGS = Rule(
    "X990",
    "more-findings",
    Severity.NOTE,
    "{number} more findings are not shown: {kinds}",
    "The 500 most severe findings of each file are shown, in every format. This one stands for the rest and has the "
    "severity of the most severe of them.",
    "fix the findings shown and run wgtranspile again",
    title="more findings are not shown",
)
INTERNAL_ERROR = Rule(
    "X999",
    "internal-error",
    Severity.ERROR,
    "wgtranspile failed: {why}",
    "This is a bug in wgtranspile. Nothing was written for the file that the message names; other configs are not "
    "affected.",
    "please report it with the config, after replacing its keys",
    title="wgtranspile failed because of a bug",
)
