"""What hooks name that is wg-quick's: its variables and functions, and the mark and table that it usually chooses.

In: the command line of a hook. Out: the names and numbers in it, as far as its words tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgtranspile.config.lowering import FIRST_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

# INTERFACE is not among them: hooks have it everywhere.
_VARIABLE = (
    "(ADDRESSES|ARGS|CONFIG_FILE|DNS|DNS_SEARCH|HAVE_SET_DNS|HAVE_SET_FIREWALL|MTU|POST_DOWN|POST_UP|PRE_DOWN|PRE_UP"
    r"|PROGRAM|SAVE_CONFIG|SELF|TABLE|WG_CONFIG)\b"
)
_FUNCTION = (
    "(add_addr|add_default|add_if|add_route|auto_su|cmd|cmd_down|cmd_save|cmd_strip|cmd_up|cmd_usage|del_if|die"
    "|execute_hooks|get_fwmark|parse_options|read_bool|remove_firewall|resolvconf_iface_prefix|save_config|set_config"
    r"|set_dns|set_mtu_up|unset_dns)\b"
)
_COMPARED = "-(?:eq|ne|lt|le|gt|ge)"
_USE = re.compile(
    rf"\$\{{?[#!]?{_VARIABLE}"
    rf"|(?:\[\[?|\btest)(?:\s+!)?\s+-v\s+{_VARIABLE}"
    rf"|\s{_COMPARED}\s+{_VARIABLE}|(?<!\w){_VARIABLE}\s+{_COMPARED}\s"
    rf"|\b(?:export|declare|typeset)(?:\s+-\w+)*\s+{_VARIABLE}(?!=)"
)
_ARITHMETIC = re.compile(r"\(\((?:[^()]|\([^()]*\))*\)\)|\blet\s[^;&|]*")
_BARE = re.compile(rf"(?<![\w$]){_VARIABLE}")
_SET = re.compile(rf"(?:^|[\s({{]){_VARIABLE}=|\b(?:for|select|unset|printf\s+-v)\s+{_VARIABLE}")
_SETS_ALL = re.compile(r"\b(?:read|mapfile|readarray|getopts|local)\s")
_DEFINED = re.compile(rf"(?<![\w-]){_FUNCTION}\s*\(\)|\bfunction\s+{_FUNCTION}")
# What may stand before the name of a command.
_BEFORE = r"(?:!|time(?:\s+-p)?|if|then|else|elif|do|while|until|coproc|eval|trap|\w+=[^\s;&|]*)"
_CALL = re.compile(rf"(?:^|[;&|(`\n]|\{{\s)\s*(?:{_BEFORE}\s+[\"']?)*{_FUNCTION}(?=$|[\s;&|)<>`}}\"'])")

_LITERAL = r"\\.|\$'(?:\\.|[^'\\])*'|'[^']*'|(?:^|(?<=[\s;&|(]))#.*"
_PLAIN = re.compile(rf"(?P<literal>{_LITERAL})|\$?\(|[\")]|[^\\$'#()\"]+|.", re.DOTALL)
_QUOTED = re.compile(r"(?P<literal>\\.)|\$[({]|\"|[^\\$\"]+|.", re.DOTALL)
_NO_SEPARATORS = str.maketrans(dict.fromkeys("(;&|`{", "_"))

_HEXADECIMAL = rf"0x0*{FIRST_TABLE:x}"
# ip(8) takes any beginning of `table` and of `lookup`. Elsewhere the number is that of the usual port.
_BEHIND_WORD = (
    r"(?:(?:mark|table|lookup)(?!\w)|\s(?:t|ta|tab|tabl|l|lo|loo|look|looku)\s)"
    rf"[\s\"'{{=!]*+(?:(?:set|and|or|eq|ne)\s++[\"'{{]?)?({FIRST_TABLE})(?![\w.])"
)
_MARK = re.compile(rf"(?i)(?<!\w)({_HEXADECIMAL})(?!\w)|{_BEHIND_WORD}")


def internal_names(command: str) -> dict[str, None]:
    """Return the variables and functions of wg-quick that a hook uses, once each, without those that are its own."""
    code = _ARITHMETIC.sub(lambda found: _BARE.sub(r"$\1", found[0]), _expanded(command))
    functions = dict.fromkeys(_names(_CALL, code))
    for defined in _names(_DEFINED, code):
        functions.pop(defined, None)
    return dict.fromkeys(_variables(code)) | functions


def usual_mark(command: str) -> str | None:
    """Return the number that a hook has for the mark or table that wg-quick usually chooses, as it is written there."""
    found = _MARK.search(command)
    return found and (found[1] or found[2])


def _variables(code: str) -> Iterator[str]:
    """Yield the variables that are used before the hook itself has set them in an earlier command."""
    own: set[str] = set()
    for part in re.split(r"[;&|\n]+", code):
        yield from (name for name in _names(_USE, part) if name not in own)
        own.update(_names(_SET, part))
        if sets := _SETS_ALL.search(part):
            own.update(_names(_BARE, part[sets.end() :]))


def _names(pattern: re.Pattern[str], code: str) -> Iterator[str]:
    return (next(filter(None, found.groups())) for found in pattern.finditer(code))


def _expanded(command: str) -> str:
    """Return a command with `_` in place of what bash takes as it is, and of separators that are in double quotes."""
    if re.search(r"\b(?:eval|trap)\s", command):  # whose words are commands, also where they are quoted
        return command
    code: list[str] = []
    within: list[str] = []  # what ends the quotes and substitutions that are open
    at = 0
    while at < len(command):
        is_quoted = within[-1:] == ['"']
        found = (_QUOTED if is_quoted else _PLAIN).match(command, at)
        if found is None:  # never: each ends with any character
            break
        piece, at = found[0], found.end()
        if found["literal"]:
            piece = "_"
        elif piece in ('"', ")"):
            if within[-1:] == [piece]:
                within.pop()
            elif piece == '"':
                within.append(piece)
        elif piece in ("(", "$("):
            within.append(")")
        elif is_quoted and piece != "${":
            piece = piece.translate(_NO_SEPARATORS)
        code.append(piece)
    return "".join(code)
