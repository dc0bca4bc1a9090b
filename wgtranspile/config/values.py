"""One function for each kind of value: text in, typed value out, or `Refused` with the rule that says why.

Texts come without comments and without blanks around them; wg's values also without blanks inside, as wg deletes those.
"""

from __future__ import annotations

import re
from _socket import AF_INET, AF_INET6, inet_aton, inet_pton  # `socket` itself spends two milliseconds on enums
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import TYPE_CHECKING, Any, NamedTuple

from wgtranspile.diagnostics.catalogue import config as catalogue
from wgtranspile.model import Endpoint, ExternalKey, Key, ipv6
from wgtranspile.model.linux import TABLES
from wgtranspile.redact import PLACEHOLDER

if TYPE_CHECKING:
    from wgtranspile.diagnostics import Rule

# As text: most configs need none of these, and each takes a while to be compiled.
_HEXADECIMAL = r"0x[0-9a-fA-F]+"
_NUMBER_OF_IP = r"\+?(?:0[xX][0-9a-fA-F]+|[0-9]+)"
_ZONE = r"[A-Za-z0-9_=+.-]{1,15}"
# What inet_aton(3) or ip(8) may take for an IPv4 address, but which is not written as four decimal numbers.
_LIKE_IPV4 = r"(?:0[xX][0-9a-fA-F]*|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]*|[0-9]+)){0,3}\.?"
_TABLE_NAME = r"(?a)[^\s/]+"

_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")

_WHY_NO_PLACEHOLDER = (
    "only `PrivateKey` and `PresharedKey` can be placeholders: `{{ NAME }}`, where NAME is up to 40 letters, digits "
    "and underscores"
)

KEY_BYTES = 32
KEY_CHARACTERS = 44
LARGEST_MARK = LARGEST_TABLE = 2**32 - 1
LARGEST_PORT = 65535
_MOST_DIGITS = 20
LARGEST_OCTET = 255
SMALLEST_MTU, LARGEST_MTU = 68, 65535
LONGEST_NAME, LONGEST_LABEL = 253, 63


class Refused(Exception):  # noqa: N818  it is raised for what a config says, not for what went wrong
    """A value that the config may not have: `rule` with its `facts`."""

    def __init__(self, rule: Rule, **facts: Any) -> None:
        super().__init__(rule.name)
        self.rule = rule
        self.facts = facts


def key(text: str) -> Key:
    """Return the key written as `text` (wg: key_from_base64, which also wants the unused last bits to be zero)."""
    if text.startswith("{{"):
        raise Refused(catalogue.INVALID_KEY, why=_WHY_NO_PLACEHOLDER)
    if len(text) != KEY_CHARACTERS:
        raise Refused(catalogue.INVALID_KEY, why=f"it has {len(text)} characters instead of {KEY_CHARACTERS}")
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise Refused(catalogue.INVALID_KEY, why="use only base64 characters, with one `=` at the end") from None
    if len(raw) != KEY_BYTES or b64encode(raw).decode() != text:
        raise Refused(
            catalogue.INVALID_KEY,
            why="a 32-byte key cannot have this character before the final `=`; copy the key again",
        )
    return Key(text)


def placeholder(text: str) -> ExternalKey | None:
    """Return the key for which a placeholder stands; None where `text`, with its blanks, is no placeholder."""
    found = re.fullmatch(PLACEHOLDER, text) if text.startswith("{{") else None
    return ExternalKey(found[1]) if found else None


def is_zero(candidate: Key | ExternalKey) -> bool:
    """Tell whether a key is all zero bytes, which for WireGuard is the same as none."""
    return candidate == "A" * (KEY_CHARACTERS - 1) + "="


def port(text: str) -> int:
    """Return a UDP port (wg: parse_port, by getaddrinfo)."""
    if not is_number(text):
        rule = catalogue.PORT_OUT_OF_RANGE if text.lstrip("+-").isdecimal() else catalogue.SERVICE_NAME_AS_PORT
        raise Refused(rule, text=text)
    number = _decimal(text)
    if number > LARGEST_PORT:
        raise Refused(catalogue.PORT_OUT_OF_RANGE, text=text)
    return number


def fwmark(text: str) -> int:
    """Return a mark, 0 for `off` (wg: parse_fwmark, which takes `0x` in lower case only)."""
    if text.lower() == "off":
        return 0
    if is_number(text):
        mark = _decimal(text)
    elif re.fullmatch(_HEXADECIMAL, text):
        mark = int(text, 16)
    else:
        raise Refused(catalogue.INVALID_FWMARK, text=text)
    if mark > LARGEST_MARK:
        raise Refused(catalogue.INVALID_FWMARK, text=text)
    return mark


def keepalive(text: str) -> int:
    """Return seconds, 0 for `off` (wg: parse_persistent_keepalive)."""
    if text.lower() == "off":
        return 0
    seconds = _decimal(text) if is_number(text) else None
    if seconds is None or seconds > LARGEST_PORT:
        raise Refused(catalogue.INVALID_KEEPALIVE, text=text)
    return seconds


def mtu(text: str) -> int:
    """Return bytes (ip-link(8))."""
    size = _number_of_ip(text)
    if size is None or not SMALLEST_MTU <= size <= LARGEST_MTU:
        raise Refused(catalogue.INVALID_MTU, text=text)
    return size


def boolean(text: str) -> bool:
    """Return a truth value (wg-quick: read_bool)."""
    if text.lower() not in ("true", "false"):
        raise Refused(catalogue.INVALID_BOOLEAN, text=text)
    return text.lower() == "true"


def table(text: str) -> str:
    """Return `Table` as written, `auto` where it is empty; numbers become decimal (ip-route(8), rtnl_rttable_a2n)."""
    if text in ("", "auto", "off") or text in TABLES:
        return text or "auto"
    number = _number_of_ip(text)
    if number is None and re.fullmatch(_TABLE_NAME, text) and all(map(_is_shown, text)):
        return text
    if number is None or number > LARGEST_TABLE:
        raise Refused(catalogue.INVALID_TABLE, text=text)
    return str(number)


def _is_shown(char: str) -> bool:
    """Tell whether people see a character; a byte that is no UTF-8 may be one of theirs."""
    return char.isprintable() or "\ud800" <= char <= "\udfff"


def is_server(text: str) -> bool:
    """Tell whether wg-quick takes an item of `DNS` for a server rather than a search domain (parse_options)."""
    return ":" in text or re.fullmatch(r"[0-9.]+", text) is not None


def dns_server(text: str) -> IPv4Address | IPv6Address:
    """Return the address of a DNS server."""
    packed = _packed(text)
    if packed is None:
        raise Refused(catalogue.INVALID_DNS_SERVER, text=text)
    return _address(packed)


def search_domain(text: str) -> str:
    """Return a domain to search names in; `~` before it is for systemd-resolved."""
    if not _is_host_name(text.removeprefix("~").removeprefix(".").removesuffix(".") or "root"):
        raise Refused(catalogue.INVALID_SEARCH_DOMAIN, text=text)
    return text


def address(text: str) -> IPv4Interface | IPv6Interface:
    """Return an address of the link (ip-address(8)); without a prefix length it stands alone."""
    host, slash, length = text.partition("/")
    packed = _packed(host)
    if packed is None:
        if _is_ipv4_of_ip(host):
            raise Refused(catalogue.UNUSUAL_ADDRESS, text=text)
        raise Refused(catalogue.INVALID_ADDRESS, text=text, why="write an address such as 10.0.0.2/24 or fd00::2/64")
    ip = _address(packed)
    if ip.is_unspecified or ip.is_multicast or (ip.version == 6 and ip.is_loopback):  # noqa: PLR2004  IPv6
        raise Refused(catalogue.UNUSABLE_ADDRESS, text=text)
    bits = ip.max_prefixlen
    prefix = _address_prefix(text, length, ip) if slash else bits
    if prefix > bits:
        raise Refused(catalogue.INVALID_ADDRESS, text=text, why=f"an IPv{ip.version} prefix length is at most {bits}")
    if isinstance(ip, IPv4Address):
        return IPv4Interface((int(ip), prefix))
    return ipv6.Interface((int(ip), prefix))


def _address_prefix(text: str, length: str, ip: IPv4Address | IPv6Address) -> int:
    prefix = _number_of_ip(length)
    if prefix is not None:
        return prefix
    mask = _packed(length)
    if isinstance(ip, IPv4Address) and mask is not None and len(mask) == len(ip.packed):
        inverse = ~int.from_bytes(mask, "big") & LARGEST_TABLE
        if inverse & (inverse + 1) == 0:
            return 32 - inverse.bit_length()
    raise Refused(catalogue.INVALID_ADDRESS, text=text, why="write the prefix length as a number: 10.0.0.2/24")


class ParsedAllowedIP(NamedTuple):
    """An item of `AllowedIPs`: its network, its `+` or `-`, and whether bits behind the prefix were set."""

    network: IPv4Network | IPv6Network
    sign: str
    host_bits: bool


def allowed_ip(text: str) -> ParsedAllowedIP:
    """Return a network of a peer (wg: parse_allowedips, since 1.0.20250521 with `+` or `-` before it)."""
    sign = text[:1] if text[:1] in ("+", "-") else ""
    host, slash, length = text.removeprefix(sign).partition("/")
    packed = _packed(host)
    if packed is None:
        raise Refused(catalogue.INVALID_ALLOWED_IP, text=text, why=_why_no_network(host))
    bits = len(packed) * 8
    prefix = bits
    if slash:
        prefix = _decimal(length) if is_number(length) else bits + 1
    if prefix > bits:
        raise Refused(catalogue.INVALID_ALLOWED_IP, text=text, why=f"the prefix length is a number up to {bits}")
    number = int.from_bytes(packed, "big")
    masked = number >> (bits - prefix) << (bits - prefix)
    network = IPv4Network((masked, prefix)) if bits == 32 else ipv6.Network((masked, prefix))  # noqa: PLR2004  IPv4's
    return ParsedAllowedIP(network, sign, host_bits=masked != number)


def _why_no_network(host: str) -> str:
    if not host:
        return "remove the superfluous comma"
    if re.fullmatch(_LIKE_IPV4, host):
        return "write all four numbers from 0 to 255, without leading zeros"
    return "write a network such as 10.0.0.0/24 or fd00::/64"


def endpoint(text: str) -> Endpoint:
    """Return where a peer is reached (wg: parse_endpoint)."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not rest.startswith(":") or len(rest) == 1:
            raise Refused(catalogue.INVALID_ENDPOINT, text=text, why="write `[IPv6 address]:port`")
        digits = rest[1:]
    else:
        host, colon, digits = text.rpartition(":")
        if not colon or not digits:
            raise Refused(catalogue.INVALID_ENDPOINT, text=text, why="add the port: `host:51820`")
    return Endpoint(_endpoint_host(host, text), port(digits))


def _endpoint_host(host: str, text: str) -> str:
    packed = _packed(host)
    if packed is not None:
        return str(_address(packed))
    ip, percent, zone = host.partition("%")
    if percent and ":" in ip and (packed := _packed(ip)) is not None and re.fullmatch(_ZONE, zone):
        return f"{_address(packed)}%{zone}"
    if _is_host_name(host.removesuffix(".")):
        return host
    if _is_ipv4_of_libc(host):
        raise Refused(catalogue.UNUSUAL_ADDRESS, text=host)
    raise Refused(
        catalogue.INVALID_ENDPOINT,
        text=text,
        why="the host must be a name, an IPv4 address, or an IPv6 address in brackets",
    )


def is_number(text: str) -> bool:
    """Tell whether a text is a decimal number; other scripts have digits of their own, which no program here takes."""
    return text.isascii() and text.isdigit()


def _decimal(digits: str) -> int:
    """Return a number, or one that is too large everywhere: of more than 4,300 digits Python makes none."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MOST_DIGITS else 10**_MOST_DIGITS


def _number_of_ip(text: str) -> int | None:
    """Return a number as ip(8) reads it, decimal or hexadecimal, or None if it is not one; octal ones are refused."""
    if not re.fullmatch(_NUMBER_OF_IP, text):
        return None
    digits = text.removeprefix("+").lower()
    if digits.startswith("0x"):
        return int(digits, 16)
    if digits.startswith("0") and digits.strip("0"):
        raise Refused(catalogue.OCTAL_NUMBER, text=text)
    return _decimal(digits)


def _is_ipv4_of_ip(text: str) -> bool:
    """Tell whether ip(8) takes a text for an IPv4 address: up to four numbers of any base, or a word."""
    text = re.sub(r"[\r\v\f]", "", text)  # strtoul(3) passes over blanks before each number
    if not re.fullmatch(_LIKE_IPV4, text):
        return text == "default"
    try:
        return all(
            (int(part, 8) if re.fullmatch("0[0-9]+", part) else int(part, 0)) <= LARGEST_OCTET
            for part in text.split(".")
        )
    except ValueError:
        return False


def _is_ipv4_of_libc(text: str) -> bool:
    """Tell whether getaddrinfo(3) takes a text for an IPv4 address; glibc takes `*` for that of the host itself."""
    if text == "*":
        return True
    try:
        inet_aton(text)
    except (OSError, ValueError):
        return False
    return True


def _is_host_name(text: str) -> bool:
    *_, last = labels = text.split(".")
    if len(text) > LONGEST_NAME or (last[:1].isdigit() and re.fullmatch(_LIKE_IPV4, last)):
        return False
    return all(
        0 < len(label) <= LONGEST_LABEL
        and not label.startswith("-")
        and not label.endswith("-")
        and _CHARACTERS.issuperset(label)
        for label in labels
    )


def _packed(text: str) -> bytes | None:
    """Return the bytes of an address written in full, by the C library's inet_pton as wg has it; None if it is none."""
    try:
        return inet_pton(AF_INET6 if ":" in text else AF_INET, text)
    except (OSError, ValueError):
        return None


def _address(packed: bytes) -> IPv4Address | IPv6Address:
    return IPv4Address(packed) if len(packed) == 4 else ipv6.Address(packed)  # noqa: PLR2004  IPv4's four bytes
