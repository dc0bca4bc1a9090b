"""What may be shown to people of texts that may hold keys, wherever and however: known words, and nothing else.

In: a line of a config, a word of it, a line of an artefact, what a program said. Out: the same with everything hidden
that is no word of a language, no name that everyone knows, no address, no number and no name of a host: a key that is
wrapped, cut, doubled, written in hexadecimal or put where it does not belong has none of these forms.
"""

from __future__ import annotations

import re
import unicodedata
from _socket import AF_INET6, inet_pton  # as in config/values.py
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: What stands for a key wherever people look, as in wg-show(8).
HIDDEN = "(hidden)"
KEY_SHAPE = r"[A-Za-z0-9+/]{43}="
#: What may stand for a key that a vault holds; its name is too short to be a whole key.
PLACEHOLDER = r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,39})[ \t]*\}\}"
#: So many characters may stand together, or with nothing but other such characters between, that are no known words.
FEW = 7
#: So many lines above and below tell whether a line is a part of a key that is wrapped.
AROUND = FEW + 1

# Characters of keys, in base64 of either alphabet and in hexadecimal, with those that join them to addresses and names.
_CHUNK = re.compile(r"[A-Za-z0-9+/_.:%-]+")
_UNIT = re.compile(r"[A-Za-z0-9+/_-]+")
_PART = re.compile(r"[A-Za-z0-9]+")
_HUMP = re.compile(r"[A-Z]{2,5}s?(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")
_NUMBERS = re.compile(r"[0-9]{1,10}(?:[./:][0-9]{1,10}){1,8}")
_NUMBER = re.compile(r"[0-9]{1,10}|0x[0-9A-Fa-f]{1,8}")
_BEHIND_ADDRESS = re.compile(r"(?:%([A-Za-z0-9_.-]{1,15}))?(?:/[0-9]{1,3})?")
_DIGITS = "0123456789"
_MOST_DIGITS = 3
_NUMBERED = re.compile(r"[a-z]{2,5}")
# How systemd names a link after its place, and shellcheck its findings.
_LINK = re.compile(r"(?:en|wl|ww)[ops][0-9]{1,3}(?:s[0-9]{1,3}(?:f[0-9]{1,3})?)?|SC[0-9]{4}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_THRICE = re.compile(r"(.)\1\1", re.IGNORECASE)
_WHOLE_KEY = 44
_LONGEST_PLACE = 253
_LONGEST_WORD, _SHORTEST_WORD, _PLAIN_WORD = 32, 3, 5
_LONGEST_LABEL, _MOST_LABELS = 20, 6
_FEW_INITIALS = 4
#: So many numbers may stand one after the other: more may be a secret, byte for byte or word for word.
_FEW_NUMBERS = 5

#: So many characters may stand in a text that are no words, however far apart; what is repeated, such as the options
#: of commands, counts once. No text of the configs that are known has more than 18.
_FEW_SCATTERED = 3 * FEW

# The letters that follow a letter often in English and in the words of this field; of all pairs, not half.
_FOLLOWERS = (
    "abcdfghijklmnprstuvwxyz baeilnorstuy cacehikloprstuy dacdefgiklmnoprsuvy eabcdefghijklmnopqrstuvwxyz"
    " faefilortuw gaeghilnorstuwy haeilortuy iabcdefghklmnoprstvxz jaeou kaehilmnstuy lacdefghiklmoprstuvwy"
    " mabceilmnopstuy nabcdefghiklmnoprstuvwy oabcdefghiklmnoprstuvwxy paehilmoprstuy qu rabcdefghiklmnoprstuvwy"
    " sabcdehiklmnopqstuwy tacdehiklmnoprstuwyz uabcdefgilmnoprst vaceio waceghimnors xaceilpty yamnopst zaeio"
)
_INTERFACE = "%i"  # in hooks
_PAIRS = frozenset(row[0] + letter for row in _FOLLOWERS.split() for letter in row[1:])
# Words that are not of that form.
_KNOWN = frozenset(
    [
        "address",
        "allowedips",
        "dns",
        "endpoint",
        "fwmark",
        "listenport",
        "mtu",
        "persistentkeepalive",
        "postdown",
        "postup",
        "predown",
        "presharedkey",
        "preup",
        "privatekey",
        "publickey",
        "saveconfig",
        "table",
        "advancedsecurity",
        "amneziawg",
        "itime",
        "jc",
        "jmax",
        "jmin",
        "awg",
        "awk",
        "cmd",
        "com",
        "ctstate",
        "dport",
        "dst",
        "html",
        "http",
        "https",
        "icmp",
        "iifname",
        "ip",
        "ip6tables",
        "ipset",
        "ipv4",
        "ipv6",
        "json",
        "lan",
        "maxseg",
        "mss",
        "networkctl",
        "networkd",
        "nft",
        "nmcli",
        "oifname",
        "printf",
        "psk",
        "rst",
        "sbin",
        "sh",
        "sport",
        "src",
        "ssh",
        "syn",
        "sysctl",
        "systemd",
        "tc",
        "tcp",
        "tcpmss",
        "udp",
        "usr",
        "utc",
        "uuid",
        "vpn",
        "wan",
        "wg",
        "x86",
        "am",
        "an",
        "as",
        "at",
        "be",
        "by",
        "do",
        "go",
        "he",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
    ]
)

_HARMLESS = frozenset(
    (
        *("address", "mtu", "dns", "table", "saveconfig", "listenport", "fwmark", "endpoint", "allowedips"),
        *("persistentkeepalive", "preup", "postup", "predown", "postdown", "publickey"),
    )
)
# In artefacts: a comment, a hook of a script, and texts of JSON.
_TEXT_OF_CONFIG = r"\s*(?:#|(?:execute_)?hook '|\"command\": |\"[^\"]*\",?$)"
_SECRET_NAME = re.compile(r"key|priv|psk|share|secret|pass")
_SECRET_WITHIN = re.compile(r"(?i)(?:private|preshared)[\s_-]*keys?\s*[=:]")
_ENTRY = r"[^=#\n]*=\s*[^\s=]"
_PUBLIC_IN_CONFIG = r"(?i)\s*public\s*key\s*=\s*(?=[A-Za-z0-9+/]{40})"
# What begins a line of an artefact with a key that everyone may see.
_PUBLIC_IN_ARTEFACT = rf"(?i:\s*\"?public_?key\"?\s*[:=]\s*\"?|\[wireguard-peer\.){KEY_SHAPE}"


def mask_line(line: str, above: Sequence[str] = (), below: Sequence[str] = ()) -> str:
    """Return a line of a config with everything that may be a secret replaced by `*`, character for character.

    `above` and `below` are the lines around it, of which it may go on.
    """
    before = "".join(f"{text}\n" for text in _joined(above, line))
    after = "".join(f"\n{text}" for text in _joining(below))
    masked = list(line)
    for start, end in _hidden(before + line + after):
        for at in range(max(0, start - len(before)), min(len(line), end - len(before))):
            masked[at] = "*"
    if public := re.match(_PUBLIC_IN_CONFIG, line):
        shown = slice(public.end(), public.end() + FEW)
        masked[shown] = line[shown]
    for start in _secret_values(line):
        end = len(line.rstrip())
        masked[start:end] = "*" * (end - start)
    return "".join(masked)


def without_secret_values(text: str) -> str:
    """Return a config with each value replaced by `*` that its setting says is a secret, character for character.

    That is not enough to show it: see `mask_line`.
    """
    return "\n".join(map(_without_secret_value, text.split("\n")))


def _without_secret_value(line: str) -> str:
    end = len(line.rstrip())
    for start in _secret_values(line):
        line = line[:start] + "*" * (end - start) + line[end:]
    return line


def conceal(text: str) -> str:
    """Return a text with everything hidden that may be a part of a secret."""
    if len(text) <= FEW:
        return text
    return _without(text, _hidden(text))


def conceal_artefact(line: str) -> str:
    """Return a line of an artefact with everything hidden that may be a part of a secret; a public key is none.

    Text of a config, such as a hook or a comment, is judged as in a message. Elsewhere only what stands together
    counts: scripts have many short words.
    """
    if re.match(_TEXT_OF_CONFIG, line):
        return conceal(line)
    public = re.match(_PUBLIC_IN_ARTEFACT, line)
    shown = public[0] if public else ""
    rest = line[len(shown) :]
    return shown + _without(rest, ((start, end) for start, end, weight, _ in _units(rest) if weight > FEW))


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    shown: list[str] = []
    last = 0
    for start, end in places:
        between = text[last:start]
        if not shown or "\n" in between or _PART.search(between):
            shown += between, HIDDEN
        last = end
    return "".join((*shown, text[last:])) if shown else text


def hide(text: str, keys: Iterable[str]) -> str:
    """Return a text with every one of these keys hidden, as wg-show(8) hides them."""
    wanted = frozenset(keys)
    return re.sub(KEY_SHAPE, lambda found: HIDDEN if found[0] in wanted else found[0], text)


def holds(text: str, keys: Iterable[str]) -> bool:
    """Tell whether any of these keys is in a text."""
    return not frozenset(keys).isdisjoint(re.findall(KEY_SHAPE, text))


def _hidden(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places that are hidden: runs of what is no known word, and long enough to be a part of a secret.

    A secret may also be in pieces among words: where there are too many, all are hidden.
    """
    runs = [*_runs(text)]
    short = {text[start:end]: weight for run in runs if not run.is_long for start, end, weight in run.units}
    is_scattered = sum(short.values()) > _FEW_SCATTERED
    for run in runs:
        if run.is_long or (is_scattered and run.weight):
            yield from ((start, end) for start, end, _ in run.units)


class _Run(NamedTuple):
    """What stands together, or with only short words between: start, end and weight of each unit that is no word."""

    units: tuple[tuple[int, int, int], ...]

    @property
    def weight(self) -> int:
        """How many characters of a key it may be."""
        return sum(weight for _, _, weight in self.units)

    @property
    def is_long(self) -> bool:
        """Whether it may be a part of a secret by itself."""
        return self.weight > FEW or sum(not weight for _, _, weight in self.units) > _FEW_NUMBERS


def _runs(text: str) -> Iterator[_Run]:
    """Yield the runs of units that are no known words, but may be numbers."""
    units: list[tuple[int, int, int]] = []
    for start, end, weighs, ends_run in _units(text):
        if weighs or text[start] in _DIGITS:
            units.append((start, end, weighs))
        if ends_run or (weighs and end - start == _WHOLE_KEY and text[end - 1] == "="):
            yield _Run(tuple(units))
            units.clear()
    yield _Run(tuple(units))


def _units(text: str) -> Iterator[tuple[int, int, int, bool]]:
    """Yield each word: where it stands, how many characters of a key it may be, and whether it is surely none."""
    if not text.isascii():
        text = "".join(map(_folded, text))
    for chunk in _CHUNK.finditer(text):
        word = chunk[0]
        if word == _INTERFACE:
            continue
        if not word.isalnum() and _is_place(word):
            yield chunk.start(), chunk.end(), 0, True
            continue
        for unit in _UNIT.finditer(text, chunk.start(), chunk.end()):
            end = unit.end()
            while text.startswith("=", end) and end - unit.end() < 2:  # noqa: PLR2004  what ends base64
                end += 1
            yield unit.start(), end, *_weight(unit[0])


@lru_cache(maxsize=4096)
def _weight(unit: str) -> tuple[int, bool]:
    """Return how many characters of a key a unit may be, and whether it is a word that is surely none."""
    parts = _PART.findall(unit)
    kinds = [_weight_of_part(part) for part in parts]
    if len(parts) == 1:
        return kinds[0]
    initials = sum(weight for weight, _ in kinds)
    # Any part that is no word makes a secret of all: base64 has these characters between, too.
    if initials > _FEW_INITIALS or any(weight > 2 for weight, _ in kinds):  # noqa: PLR2004  more than an initial
        return sum(map(len, parts)), False
    return initials, any(is_word for _, is_word in kinds)


def _weight_of_part(part: str) -> tuple[int, bool]:
    if part.isdigit() or part.startswith("0x"):
        return (0 if _NUMBER.fullmatch(part) else len(part)), False
    if part.lower() in _KNOWN or _LINK.fullmatch(part):
        return 0, True
    stem = part.rstrip(_DIGITS)
    if len(part) - len(stem) > _MOST_DIGITS:
        return len(part), False
    if _is_word(stem):
        return 0, len(stem) >= _PLAIN_WORD
    return (0 if stem != part and _NUMBERED.fullmatch(stem) else len(part)), False


def _is_word(part: str) -> bool:
    """Tell whether letters are as in a word, or in words that are written together with capitals."""
    if not _SHORTEST_WORD <= len(part) <= _LONGEST_WORD or not part.isalpha() or _THRICE.search(part):
        return False
    humps = [part] if part.isupper() else _HUMP.findall(part)
    acronyms = [hump for hump in humps if hump[1:2].isupper()] if len(humps) > 1 else []
    return len(acronyms) <= 1 and all(
        hump in acronyms or hump.lower() in _KNOWN or (len(hump) >= _SHORTEST_WORD and _is_pronounced(hump.lower()))
        for hump in humps
    )


def _is_pronounced(letters: str) -> bool:
    return all(letters[at : at + 2] in _PAIRS for at in range(len(letters) - 1))


def _is_place(word: str) -> bool:
    """Tell whether a word is an address, a network or the name of a host or file, perhaps with a port."""
    if len(word) > _LONGEST_PLACE:
        return False
    return bool(_NUMBERS.fullmatch(word) or _UUID.fullmatch(word)) or _is_ipv6(word) or _is_host(word)


def _is_ipv6(word: str) -> bool:
    at = min((word.find(mark) for mark in "%/" if mark in word), default=len(word))
    behind = _BEHIND_ADDRESS.fullmatch(word[at:])
    if ":" not in word or not behind or (behind[1] and len(behind[1]) > FEW and not _weight(behind[1])[1]):
        return False
    try:
        inet_pton(AF_INET6, word[:at])
    except OSError:
        return False
    return True


def _is_host(word: str) -> bool:
    name, colon, port = word.partition(":")
    labels = name.removesuffix(".").split(".")
    if not 1 < len(labels) <= _MOST_LABELS or (colon and not (port.isdigit() and len(port) <= 5)):  # noqa: PLR2004
        return False
    *before, last = labels
    ends_well = last.isalpha() and (len(last) == 2 or _weight(last)[0] == 0)  # noqa: PLR2004  a country
    odd = [label for label in before if _weight(label)[0]] if ends_well else []
    return (
        ends_well
        and name == name.lower()
        and all(label and re.fullmatch(r"[a-z0-9_-]+", label) for label in labels)
        and len(odd) <= 1
        and all(len(label) <= _LONGEST_LABEL for label in odd)
    )


def _secret_values(line: str) -> Iterator[int]:
    """Yield where secret values begin in a line of a config: they go to its end."""
    name, equals, value = line.partition("=")
    squeezed = "".join(name.split()).lower()
    if equals and squeezed not in _HARMLESS and not {"#", "["} & {*name} and _SECRET_NAME.search(squeezed):
        if re.fullmatch(PLACEHOLDER, value.strip()):
            return
        yield len(line) - len(value.lstrip())
    elif within := _SECRET_WITHIN.search(line):
        yield within.end()


def _joined(above: Sequence[str], line: str) -> list[str]:
    """Return the lines above of which a line may go on."""
    found: list[str] = []
    if not re.match(_ENTRY, line):
        for text in reversed(above):
            found.append(text)
            if re.match(_ENTRY, text):
                break
    return found[::-1]


def _joining(below: Sequence[str]) -> list[str]:
    """Return the lines below that may go on with what is above."""
    found: list[str] = []
    for text in below:
        if re.match(_ENTRY, text):
            break
        found.append(text)
    return found


def _folded(char: str) -> str:
    """Return the character of keys that a character looks like, such as one of full width."""
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() else char
