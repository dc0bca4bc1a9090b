"""Findings of the stage `syntax`: what no config can be made of."""

from wgtranspile.diagnostics.model import Rule, Severity

BYTE_ORDER_MARK = Rule(
    "S101",
    "byte-order-mark",
    Severity.ERROR,
    "the file begins with a byte order mark",
    "Some editors put the invisible character U+FEFF before the first line when they save as UTF-8. wg(8) treats it as "
    "part of that line and rejects the file.",
    "save the file as UTF-8 without a byte order mark (in vim: `:set nobomb`)",
)
NUL_CHARACTER = Rule(
    "S102",
    "nul-character",
    Severity.ERROR,
    "the file contains a NUL character",
    "bash silently drops NUL characters and other readers stop at them, so one program may see text that another does "
    "not. A config never needs one: the file is UTF-16, binary or damaged. wgtranspile checks nothing else in it.",
    "restore the file if it is damaged, or name the right file",
    is_stricter=True,
)
SEMICOLON_COMMENT = Rule(
    "S103",
    "semicolon-comment",
    Severity.ERROR,
    "`;` does not start a comment",
    "In wg(8) and wg-quick(8) configs, comments start with `#`. A line that starts with `;` is read as a setting, and "
    "both programs reject it.",
    "use `#` instead of `;`",
)
MISSING_EQUALS = Rule(
    "S104",
    "missing-equals",
    Severity.ERROR,
    "`{word}` is not a section, a `Key = value` setting or a comment",
    "Each line of a config is a section header, a setting `Key = value`, a comment that starts with `#`, or empty. If "
    "a line is just the name of one of its own keys, wg-quick uses that name as the value; wgtranspile rejects it.",
    "write a setting as `Key = value`",
    title="this line is not a section, a `Key = value` setting or a comment",
    is_stricter=True,
)
MALFORMED_HEADER = Rule(
    "S105",
    "malformed-section-header",
    Severity.ERROR,
    "`{header}` is not a valid section header",
    "A section header is `[Interface]` or `[Peer]` on a line of its own. Whitespace and a `#` comment may follow.",
    "write `[Interface]` or `[Peer]` on a line of its own",
    title="this is not a valid section header",
)
