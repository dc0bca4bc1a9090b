"""How a value is written in each target's language, so that it can never be more than a value.

One function for each place a value can stand in. What a language cannot hold raises ValueError: the values that reach a
backend are typed and validated, so that would be a defect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgtranspile.formats.sections import Remark, Setting
from wgtranspile.templating import Raw

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHELL_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*")
# Control characters, and those that end a line or turn its direction for who reads it.
_CONTROLS = r"\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_CONTROL = f"[{_CONTROLS}]"
# Those, letters that look like nothing, and characters that are only tags.
_UNSEEN = rf"[{_CONTROLS}\u00ad\u034f\u115f\u1160\u180e\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
_LONGEST_COMMENT = 2**16


def shell_word(value: object) -> str:
    """Return one word of a POSIX shell command (the standard's section 2.2.2: nothing is special in single quotes)."""
    text = str(value)
    if "\0" in text:
        message = "a shell word cannot hold NUL"
        raise ValueError(message)
    if _SHELL_WORD.fullmatch(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def shell_words(words: Iterable[object]) -> Raw:
    """Return a whole shell command from its words; those that are raw stay as they are."""
    return Raw(" ".join(word if isinstance(word, Raw) else shell_word(word) for word in words))


def nft_string(value: object) -> str:
    """Return a word of an nft script. nft has no escapes in strings, so only words that need none are possible."""
    text = str(value)
    if not _SHELL_WORD.fullmatch(text):
        message = f"nft cannot express {text!r}"
        raise ValueError(message)
    return text


def unit_name(value: object) -> str:
    r"""Return a name for a systemd unit: what cannot stand there becomes `\xNN`, as systemd-escape(1) has it."""
    return re.sub(r"[^A-Za-z0-9:_.\\-]", lambda found: f"\\x{ord(found[0]):02x}", str(value))


def exec_command(name: str, *words: object) -> Setting:
    """Return a setting such as `ExecStart=` of a systemd unit (systemd.service(5), "Command lines")."""
    return Setting(name, " ".join(map(_exec_word, words)))


def _exec_word(value: object) -> str:
    text = str(value)
    if _SHELL_WORD.fullmatch(text) and "%" not in text:
        return text
    if "\0" in text:
        message = "a command of a unit cannot hold NUL"
        raise ValueError(message)
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    # Control characters, and the bytes that are no UTF-8, which a unit may hold only in this form.
    if not text.isprintable():
        text = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", _as_bytes, text)
    return f'"{text}"'


def _as_bytes(found: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in found[0].encode("utf-8", "surrogateescape"))


def systemd_setting(name: str, value: object) -> Setting:
    """Return a setting of a systemd file that is no command and holds a value as it is.

    systemd takes off blanks, joins a line to the next by a backslash, and passes over one that is no UTF-8
    (systemd.syntax(7)).
    """
    text = str(value)
    if text.endswith("\\") or text != text.strip() or not text.isprintable():
        message = f"a setting of systemd cannot be {text!r}"
        raise ValueError(message)
    return Setting(name, text)


def keyfile_setting(name: str, value: object) -> Setting:
    """Return a setting of a keyfile: a key and its value (nm-settings-keyfile(5), on the format of GLib)."""
    return Setting(name, _keyfile_value(value))


def keyfile_list(name: str, values: Iterable[object]) -> Setting:
    """Return a setting of a keyfile whose value is a list."""
    items = (_keyfile_value(value).replace(";", r"\;") for value in values)
    return Setting(name, "".join(f"{item};" for item in items))


def _keyfile_value(value: object) -> str:
    text = str(line(value)).replace("\\", "\\\\")
    return "\\s" + text[1:] if text.startswith(" ") else text


def line(value: object) -> Raw:
    """Return a line of a file without any quoting, such as a here-document with a quoted delimiter or wg's config."""
    text = str(value)
    if not text.isprintable() and re.search(_CONTROL, text):
        message = "a line cannot hold control characters"
        raise ValueError(message)
    return Raw(text)


def remark(value: object) -> Remark:
    """Return a line of a comment in a systemd file or a keyfile."""
    return Remark(comment(value))


def comment(value: object) -> Raw:
    """Return the text of a comment that ends with its line; control characters show as U+FFFD.

    It is cut far below the longest line that systemd reads (a mebibyte).
    """
    text = str(value)[:_LONGEST_COMMENT]
    plain = text.isascii() and text.isprintable()
    return Raw(text if plain else re.sub(_UNSEEN, "\N{REPLACEMENT CHARACTER}", text))
