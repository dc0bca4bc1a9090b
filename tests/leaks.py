"""Ways in which a secret gets into a config where it does not belong, or mangled, and what counts as shown of it.

`python -m tests.leaks` prints how many ways there are, and how many of them show a part of the secret in which format.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections import Counter
from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

from tests.report.samples import FORMATS
from wgtranspile.pipeline import Options, transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

# Managers of networks: each has findings of hooks that the other has not.
MANAGERS = ("networkd", "networkmanager")
SECRET = "nbib6xMq7D7YK6pypARXiLg1O7pYfSGuAMKWKSMdvOk="  # noqa: S105  of no one
OTHER_PUBLIC = "kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA="
PUBLIC = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
#: So many characters of a secret, one after the other, are a part of it.
PART = 8

#: Words that everyone may see, between which a secret may stand in pieces.
WORDS = ("hello", "there", "table", "route", "again", "server", "office")

_WIDE = {ord(char): ord(char) + 0xFEE0 for char in map(chr, range(0x21, 0x7F))}


class Way(NamedTuple):
    """A way: how the secret is written, where it stands, and the config."""

    form: str
    place: str
    config: str


def forms(key: str) -> dict[str, str]:
    """Give a key as it is and as it may be mangled on its way into a config; some of these have several lines."""
    raw = b64decode(key)
    cut = {f"in pieces of {size}": _pieces(key, size, " ") for size in (1, 2, 3, 4, 5, 6, 7, 8, 11, 22)}
    among_words = {f"among words, in pieces of {size}": _among_words(key, size) for size in (1, 2, 3, 4, 5, 6, 7)}
    wrapped = {f"wrapped after {size}": _pieces(key, size, "\n  ") for size in (4, 7, 11, 22, 33)}
    between = {
        "tabs": "\t",
        "no-break spaces": "\xa0",
        "zero-width spaces": "\u200b",
        "joiners": "\u2060",
        "soft hyphens": "\xad",
        "dots": ".",
        "commas": ",",
        "hyphens": "-",
        "underscores": "_",
        "quotes": '"',
        "backslashes": "\\",
        "slashes": "/",
        "colons": ":",
    }
    parted = {f"{name} after {size}": _pieces(key, size, mark) for name, mark in between.items() for size in (1, 4, 8)}
    return {
        "whole": key,
        "without its end": key[:-1],
        "too short by a third": key[:30],
        "half": key[:22],
        "a quarter": key[11:22],
        "too long": f"{key}x",
        "behind a letter": f"x{key}",
        "doubled": key + key,
        "twice": f"{key} {key}",
        "in quotes": f"'{key}'",
        "in double quotes": f'"{key}"',
        "in angle brackets": f"<{key}>",
        "in double braces": f"{{{{ {key} }}}}",
        "in double braces without its end": f"{{{{ {re.sub('[+/=]', '', key)} }}}}",
        "escaped for an address of the web": key.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "without +, / and =": re.sub("[+/=]", "", key),
        "hexadecimal": raw.hex(),
        "hexadecimal in capitals": raw.hex().upper(),
        "hexadecimal with 0x": f"0x{raw.hex()}",
        "hexadecimal in pairs": raw.hex(":"),
        "hexadecimal in pairs with blanks": raw.hex(" "),
        "hexadecimal in pairs with 0x": ", ".join(f"0x{byte:02x}" for byte in raw),
        "hexadecimal escaped": "".join(f"\\x{byte:02x}" for byte in raw),
        "hexadecimal in fours": raw.hex(" ", 2),
        "hexadecimal in words with 0x": " ".join(f"0x{raw[at : at + 4].hex()}" for at in range(0, 32, 4)),
        "hexadecimal wrapped": f"{raw.hex()[:40]}\n{raw.hex()[40:]}",
        "URL-safe": key.replace("+", "-").replace("/", "_"),
        "URL-safe without its end": key.replace("+", "-").replace("/", "_").rstrip("="),
        "base64 of base64": b64encode(key.encode()).decode(),
        "wide characters": key.translate(_WIDE),
        "continued with a backslash": f"{key[:20]}\\\n{key[20:]}",
        "as comments": f"# {key[:22]}\n# {key[22:]}",
        "with = inside": f"{key[:20]}={key[20:]}",
        "with # inside": f"{key[:20]}#{key[20:]}",
        "with brackets inside": f"{key[:20]}[{key[20:]}]",
        "with a letter of another script inside": f"{key[:20]}é{key[20:]}",
        "with a byte that is no UTF-8 inside": f"{key[:20]}\udcff{key[20:]}",
        **cut,
        **among_words,
        **wrapped,
        **parted,
    }


def _pieces(key: str, size: int, between: str) -> str:
    return between.join(key[at : at + size] for at in range(0, len(key), size))


def _among_words(key: str, size: int) -> str:
    pieces = _pieces(key, size, " ").split(" ")
    return " ".join(f"{piece} {word}" for piece, word in zip(pieces, cycle(WORDS), strict=False))


INTERFACE = f"[Interface]\nPrivateKey = {PUBLIC}\nAddress = 10.0.0.1/24\n"
PEER = f"[Peer]\nPublicKey = {PUBLIC}\n"
_OF_INTERFACE = (
    "PrivateKey",
    "ListenPort",
    "FwMark",
    "Address",
    "DNS",
    "MTU",
    "Table",
    "SaveConfig",
    "PublicKey",
    "Jc",
)
_OF_PEER = ("PublicKey", "PresharedKey", "Endpoint", "AllowedIPs", "PersistentKeepalive", "PrivateKey", "AllowedIP")
PLACES = {
    **{f"{name} of the interface": f"{INTERFACE}{name} = {{}}\n" for name in _OF_INTERFACE},
    **{f"{name} of a peer": f"{PEER}{name} = {{}}\n" for name in _OF_PEER},
    "a setting with a value below": f"{INTERFACE}PrivateKey =\n{{}}\n",
    "PrivatKey": f"{INTERFACE}PrivatKey = {{}}\n",
    "PSK": f"{PEER}PSK = {{}}\n",
    "Secret": f"{PEER}Secret = {{}}\n",
    "an unknown key": f"{INTERFACE}Foo = {{}}\n",
    "a name": f"{INTERFACE}{{}} = Foo\n",
    "a name alone": f"{INTERFACE}{{}}\n",
    "a name before any section": f"{{}}\n{INTERFACE}",
    "no equals sign": f"{INTERFACE}PrivateKey {{}}\n",
    "a colon": f"{INTERFACE}PrivateKey: {{}}\n",
    "blanks in the name": f"{INTERFACE}P r i v a t e Key = {{}}\n",
    "a semicolon": f"{INTERFACE}; PrivateKey = {{}}\n",
    "two slashes": f"{INTERFACE}// PrivateKey = {{}}\n",
    "a header": f"{INTERFACE}[{{}}]\n",
    "a header that does not end": f"{INTERFACE}[{{}}\n",
    "behind a header": "[Interface] PrivateKey = {}\n",
    "a section": f"{INTERFACE}[Peer {{}}]\n",
    "two settings on a line": f"{INTERFACE}[Peer]\nPublicKey = {PUBLIC} PresharedKey = {{}}\n",
    "two settings on a line, a comma between": f"{INTERFACE}MTU = 1420, PrivateKey = {{}}\n",
    "a port behind it": f"{PEER}Endpoint = {{}}:51820\n",
    "a host behind it": f"{PEER}Endpoint = {{}}.example.net:51820\n",
    "a host before it": f"{PEER}Endpoint = vpn.example.net:{{}}\n",
    "a zone": f"{PEER}Endpoint = [fe80::1%{{}}]:51820\n",
    "a prefix length": f"{PEER}AllowedIPs = 10.0.0.0/{{}}\n",
    "an item of a list": f"{PEER}AllowedIPs = 10.0.0.1/8, {{}}, fd00::/8\n",
    "a search domain": f"{INTERFACE}DNS = corp.example, {{}}\n",
    "a comment": f"{INTERFACE}MTU = x # {{}}\n",
    "a comment on a key": f"{PEER}AllowedIPs = x # PresharedKey = {{}}\n",
    "the comment of a secret": f"{INTERFACE}PrivateKey = # {{}}\n",
    "a comment of its own": f"{INTERFACE}MTU = x\n# {{}}\nMTU = y\n",
    "a hook": f"{INTERFACE}PostUp = wg set $CONFIG_FILE private-key <(echo {{}})\n",
    "a hook before the device": f"{INTERFACE}PreUp = echo {{}} | wg set %i private-key /dev/stdin\n",
    "a hook with a password": f"{INTERFACE}PostUp = curl -u admin:{{}} http://192.0.2.1/ # $CONFIG_FILE\n",
    "a hook in capitals": f"{INTERFACE}POSTUP = WG_KEY={{}} cmd\n",
    "an empty setting": f"{INTERFACE}Table = # {{}}\n",
}


#: Configs that are written, with the secret in what artefacts show of them.
WRITTEN = (
    *(PLACES[name] for name in ("a hook with a password", "a hook in capitals", "a hook before the device")),
    f"{INTERFACE}PostUp = echo {{}}\n",
    f"{INTERFACE}{PEER}# {{}}\nAllowedIPs = 10.0.0.0/8\n".replace(PUBLIC, OTHER_PUBLIC, 1),
)


def ways(key: str = SECRET) -> Iterator[Way]:
    """Give all ways."""
    for form, written in forms(key).items():
        for place, config in PLACES.items():
            yield Way(form, place, config.format(written))


def leaks(said: str, key: str = SECRET) -> set[str]:
    """Give the parts of a key, as it is or in another alphabet, that a text shows, whatever stands within them."""
    # Escapes first, then all that is no character of a key: what is in pieces is whole again.
    said = re.sub(rf"\b(?:{'|'.join(WORDS)})\b", "", said)
    squeezed = re.sub(r"\\u[0-9a-fA-F]{4}|\\[xX][0-9a-fA-F]{2}|[^A-Za-z0-9+/_-]", "", said)
    texts = (squeezed, re.sub("[+/_-]", "", squeezed))
    return {
        part for text in texts for at in range(len(text) - PART + 1) if (part := text[at : at + PART]) in _parts(key)
    }


@cache
def _parts(key: str) -> frozenset[str]:
    raw = b64decode(key)
    shapes = {key, key.replace("+", "-").replace("/", "_"), raw.hex(), raw.hex().upper()}
    shapes |= {re.sub("[+/=]", "", shape) for shape in shapes}
    return frozenset(shape[at : at + PART] for shape in shapes for at in range(len(shape) - PART))


def shown(way: Way, key: str = SECRET) -> Iterator[str]:
    """Give the formats in which a way shows a part of the key."""
    source = Source("wg0.conf", way.config)
    diagnostics = [found for backend in MANAGERS for found in transpile(source, "wg0", backend, Options()).diagnostics]
    yield from (name for name, render in FORMATS.items() if leaks(render(diagnostics), key))


def main() -> None:
    """Print the figures."""
    tried, found = 0, Counter[str]()
    leaking = 0
    for way in ways():
        tried += 1
        formats = list(shown(way))
        found.update(formats)
        leaking += bool(formats)
    print(f"{tried} ways, {leaking} leaking", *(f"{name} {number}" for name, number in sorted(found.items())), sep=", ")  # noqa: T201  it is what it is run for


if __name__ == "__main__":
    main()
