"""The door of this stage: what wg-quick's parse_options and wg's config.c make of a document, both at once.

Two programs read each file. wg-quick takes its own keys out of `[Interface]`, and hands every other line to `wg
addconf`.
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, Any

from wgtranspile.config import foreign, values
from wgtranspile.config.keys import AMNEZIAWG, BY_NAME, HOOKS, INTERFACE, KNOWN, PEER, SECRETS, KnownKey
from wgtranspile.config.model import AllowedIP, Config, Hook, Interface, Located, Peer
from wgtranspile.diagnostics.catalogue import config as catalogue
from wgtranspile.diagnostics.catalogue.syntax import MALFORMED_HEADER, MISSING_EQUALS, SEMICOLON_COMMENT
from wgtranspile.model import Phase
from wgtranspile.model.linux import TABLES
from wgtranspile.redact import conceal
from wgtranspile.source import Span
from wgtranspile.spelling import closest
from wgtranspile.syntax.model import BLANKS, Bare, Comment, Entry, Section, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from ipaddress import IPv6Interface

    from wgtranspile.diagnostics import Collector, Rule
    from wgtranspile.syntax import Document
    from wgtranspile.syntax.model import Header

_NAME = r"[a-zA-Z0-9_=+.-]+"
_LONGEST_NAME = 15
_TOO_LONG = f"it has more than {_LONGEST_NAME} characters"
_SHORTER = "use `--shorten-names`, rename the file, or set the name with `--name`"
# dev_valid_name, and net.ipv4.conf's own entries; and the loopback link, which is always there.
_RESERVED_NAMES = frozenset((".", "..", "all", "default", "lo"))
# Of the kernel, and of systemd's naming scheme: on board, in a slot, by the address or the place on a bus.
_OF_HARDWARE = r"(?:eth|wlan|wwan)\d+|(?:en|wl|ww)(?:[osvd]\d\w*|x[0-9a-f]{12}|P?\d*p\d+s\d\w*)"
_BLANK = re.compile(f"[{BLANKS}]+")

_WG_VALUES: dict[str, Callable[[str], Any]] = {
    "PrivateKey": values.key,
    "ListenPort": values.port,
    "FwMark": values.fwmark,
    "PublicKey": values.key,
    "PresharedKey": values.key,
    "Endpoint": values.endpoint,
    "PersistentKeepalive": values.keepalive,
}


def read(document: Document, name: str, collector: Collector, *, external_keys: bool = False) -> Config | None:
    """Return the config of the interface `name`, or None when the reference would refuse it; reports every problem.

    With `external_keys`, the host gets the keys in another way: placeholders may stand for them, and none is missing.
    """
    if found := foreign.kind(document):
        other, span = found
        collector.report(catalogue.FOREIGN_FORMAT, span, help=other.advice, target=other.name)
        return None
    reader = _Reader(collector, external_keys=external_keys)
    if why := _why_invalid(name):
        advice = _SHORTER if why == _TOO_LONG else None
        collector.report(catalogue.INTERFACE_NAME, name=name, why=why, help=advice)
    elif re.fullmatch(_OF_HARDWARE, name, re.ASCII):
        collector.report(catalogue.NAME_OF_HARDWARE, name=name)
    if strange := _strange_line(document):
        collector.report(catalogue.NOT_A_CONFIG, strange)
        return None
    pending: tuple[str, ...] = ()
    for section in document.sections:
        pending = reader.section(section, pending)
    interface = reader.finish()
    if interface.private_key is None and not collector.failed:
        if all(section.header is None for section in document.sections):
            collector.report(catalogue.EMPTY_CONFIG)
        elif not external_keys:
            collector.report(catalogue.MISSING_PRIVATE_KEY)
    if collector.failed:
        return None
    return Config(name, document.source, interface, tuple(reader.peers))


def _why_invalid(name: str) -> str:
    """Return the reason why no interface can have this name, or nothing."""
    if not re.fullmatch(_NAME, name):
        return "it must consist of letters, digits and `_=+.-`"
    if name in _RESERVED_NAMES:
        return "it is reserved"
    return _TOO_LONG if len(name) > _LONGEST_NAME else ""


class _Reader:
    """What has been read so far. `unread` holds `MTU` and `Table`, of which wg-quick only ever looks at the last."""

    def __init__(self, collector: Collector, *, external_keys: bool) -> None:
        self.collector = collector
        self.external_keys = external_keys
        self.interface: dict[str, Located[Any]] = {}
        self.unread: dict[str, Located[Any]] = {}
        self.addresses: list[Located[IPv4Interface | IPv6Interface]] = []
        self.dns: list[Located[str]] = []
        self.hooks: list[Hook] = []
        self.peers: list[Peer] = []
        # What one mistake may make of many lines: it is reported once.
        self.alike: dict[Rule, dict[str, tuple[Span, str]]] = {}
        self.unknown: list[Entry] = []

    def section(self, section: Section, comments_above: tuple[str, ...]) -> tuple[str, ...]:
        """Read one section; give the comments at its end, which belong to the one below."""
        kind, of_wg_quick = self._kind(section.header)
        if kind == PEER:
            self._peer(section, comments_above)
        elif kind == INTERFACE:
            for line in section.lines:
                self._interface_line(line, of_wg_quick=of_wg_quick)
        elif section.header is None:
            self._outside(section)
        return tuple(_text(line) for line in _comments_at_end(section))

    def finish(self) -> Interface:
        """Return the interface, when all sections are read."""
        self._refuse_duplicate_addresses()
        self._report_alike()
        self._refuse_unknown()
        servers = [item for item in self.dns if values.is_server(item.value)]
        search = [item for item in self.dns if not values.is_server(item.value)]
        get = self.interface.get
        return Interface(
            addresses=tuple(self.addresses),
            dns_servers=tuple(self._located(servers, values.dns_server)),
            dns_search=tuple(self._located(search, values.search_domain)),
            mtu=self._last("MTU", values.mtu),
            table=self._last("Table", values.table),
            private_key=get("PrivateKey"),
            listen_port=get("ListenPort"),
            fwmark=get("FwMark"),
            save_config=get("SaveConfig"),
            hooks=tuple(self.hooks),
        )

    # --- sections ---

    def _kind(self, header: Header | None) -> tuple[str | None, bool]:
        """Return the section as wg sees it, and whether wg-quick takes it for `[Interface]`, too."""
        if header is None:
            return None, False
        text = header.text.partition("#")[0].strip(BLANKS)
        squeezed = _BLANK.sub("", text).lower()
        if squeezed == "[peer]":
            return PEER, False
        if squeezed == "[interface]":
            return INTERFACE, text.lower() == "[interface]"
        span = trimmed(header.text.partition("#")[0], header.start)
        if re.fullmatch(r"\[[^\[\]]*\]", squeezed):
            section = closest(squeezed[1:-1], (INTERFACE, PEER))
            advice = f"did you mean `[{section}]`?" if section else None
            self.collector.report(catalogue.UNKNOWN_SECTION, span, help=advice, name=text[1:-1])
        else:
            line, *more = text.split("\r")
            advice = "end each line with a line feed: `tr '\\r' '\\n' < OLD > NEW`" if more else None
            span = Span(span.start, span.start + len(line))
            label = "a carriage return does not end this line" if more else ""
            self.collector.report(MALFORMED_HEADER, span, label=label, help=advice, header=line)
        return None, False

    def _outside(self, section: Section) -> None:
        for line in section.lines:
            if isinstance(line, Entry):
                known = BY_NAME.get(_squeezed(line.key))
                if known is None:
                    self._unknown(line)
                else:
                    self._alike(catalogue.ENTRY_OUTSIDE_SECTION, line, known.name, known.section)
            elif isinstance(line, Bare):
                self._bare(line)

    # --- [Interface] ---

    def _interface_line(self, line: Entry | Bare | object, *, of_wg_quick: bool) -> None:
        if isinstance(line, Bare):
            self._bare(line)
        if not isinstance(line, Entry):
            return
        known = BY_NAME.get(_trimmed(line.key)) if of_wg_quick else None
        if known is not None and known.of_wg_quick:
            self._wg_quick_entry(line, known)
            return
        known = BY_NAME.get(_squeezed(line.key))
        if known is None:
            self._unknown(line)
        elif known.of_wg_quick:
            self._not_for_wg_quick(line, known, of_wg_quick=of_wg_quick)
        elif known.section != INTERFACE:
            self._misplaced(line, known)
        else:
            self._last_counts(line, known, self.interface, self._wg_value(line, known))

    def _wg_quick_entry(self, entry: Entry, known: KnownKey) -> None:
        if known.name in HOOKS:
            span = trimmed(entry.value, entry.value_start)
            command = entry.value.strip(BLANKS)
            if command:
                self.hooks.append(Hook(Phase(known.name), command, span))
            else:
                self.collector.report(catalogue.EMPTY_SETTING, entry.key_span, key=known.name)
            return
        text, span = _value(entry)
        if known.name in ("Address", "DNS"):
            items = list(_words(text, span.start))
            if not items:
                self.collector.report(catalogue.EMPTY_SETTING, entry.key_span, key=known.name)
            if known.name == "Address":
                self.addresses += self._located(items, values.address)
            else:
                self.dns += items
        elif known.name == "SaveConfig":
            self._last_counts(entry, known, self.interface, self._parsed(text, span, known, values.boolean))
        else:
            if not text:
                self.collector.report(catalogue.EMPTY_SETTING, entry.key_span, key=known.name)
            self._last_counts(entry, known, self.unread, Located(text, span))

    def _last(self, name: str, parse: Callable[[str], Any]) -> Located[Any] | None:
        located = self.unread.get(name)
        if located is None or not located.value:
            return None
        return self._parsed(located.value, located.span, BY_NAME[name.lower()], parse)

    def _last_counts(
        self, entry: Entry, known: KnownKey, into: dict[str, Located[Any]], value: Located[Any] | None
    ) -> None:
        if value is None:
            return
        earlier = into.get(known.name)
        if earlier is not None:
            self.collector.report(
                catalogue.REPEATED_KEY, entry.key_span, also=[(earlier.span, "no effect")], key=known.name
            )
        into[known.name] = value

    def _refuse_duplicate_addresses(self) -> None:
        seen: dict[object, Span] = {}
        for located in self.addresses:
            address = located.value
            same = address if isinstance(address, IPv4Interface) else address.ip
            if same in seen:
                self.collector.report(
                    catalogue.DUPLICATE_ADDRESS, located.span, also=[(seen[same], "first here")], text=address
                )
            seen.setdefault(same, located.span)

    # --- [Peer] ---

    def _peer(self, section: Section, comments_above: tuple[str, ...]) -> None:
        peer = _PeerFields()
        for line in section.lines:
            if isinstance(line, Entry):
                self._peer_entry(line, peer)
            elif isinstance(line, Bare):
                self._bare(line)
        public_key = peer.fields.get("PublicKey")
        if public_key is None:
            if section.header and not _mentions_public_key(section):
                self.collector.report(catalogue.MISSING_PUBLIC_KEY, section.header.span)
            return
        get = peer.fields.get
        self.peers.append(
            Peer(
                public_key=public_key.value,
                span=public_key.span,
                comments=_shown(text for text in (*comments_above, *_comments_of(section)) if text),
                preshared_key=get("PresharedKey"),
                endpoint=get("Endpoint"),
                persistent_keepalive=get("PersistentKeepalive"),
                allowed_ips=tuple(peer.allowed_ips),
                incremental=peer.incremental,
            )
        )

    def _peer_entry(self, entry: Entry, peer: _PeerFields) -> None:
        known = BY_NAME.get(_squeezed(entry.key))
        if known is None:
            self._unknown(entry)
        elif known.section != PEER:
            self._misplaced(entry, known)
        elif known.name == "AllowedIPs":
            found = list(self._allowed_ips(entry))
            peer.allowed_ips += (item for item, _ in found)
            peer.incremental = any(sign for _, sign in found)
        else:
            self._last_counts(entry, known, peer.fields, self._wg_value(entry, known))

    def _allowed_ips(self, entry: Entry) -> Iterator[tuple[AllowedIP, str]]:
        text, whole = _value(entry)
        if not text:
            self.collector.report(catalogue.EMPTY_VALUE, entry.key_span, key="AllowedIPs")
            return
        start = whole.start
        for item in text.split(","):
            span = trimmed(item, start)
            end = start + len(item)
            # An empty item has no place: its comma has, the one behind it or, of the last item, the one before.
            comma = Span(end, end + 1) if end < whole.end else Span(start - 1, start)
            start = end + 1
            try:
                network, sign, host_bits = values.allowed_ip(_BLANK.sub("", item))
            except values.Refused as refused:
                self.collector.report(refused.rule, span if item.strip(BLANKS) else comma, **refused.facts)
                continue
            if host_bits:
                self.collector.report(catalogue.HOST_BITS_SET, span, text=item.strip(BLANKS), network=network)
            yield AllowedIP(network, span, remove=sign == "-"), sign

    # --- values ---

    def _wg_value(self, entry: Entry, known: KnownKey) -> Located[Any] | None:
        text, span = _value(entry)
        if known.name in SECRETS and (key := values.placeholder(text)):
            if not self.external_keys:
                self.collector.report(catalogue.PLACEHOLDER, span, key=known.name)
            return Located(key, span)
        text = _BLANK.sub("", text)
        if not text:
            self.collector.report(catalogue.EMPTY_VALUE, entry.key_span, key=known.name)
            return None
        return self._parsed(text, span, known, _WG_VALUES[known.name])

    def _parsed(self, text: str, span: Span, known: KnownKey, parse: Callable[[str], Any]) -> Located[Any] | None:
        try:
            value = parse(text)
        except values.Refused as refused:
            shown = known.name if known.name in SECRETS else text
            facts: dict[str, Any] = {"key": shown, "text": text, **refused.facts}
            self.collector.report(refused.rule, span, **facts)
            return None
        if known.name == "Table" and not values.is_number(value) and value not in ("auto", "off", *TABLES):
            self.collector.report(catalogue.UNKNOWN_TABLE, span, text=text)
        return Located(value, span)

    def _located(self, items: list[Located[str]], parse: Callable[[str], Any]) -> Iterator[Located[Any]]:
        for item in items:
            try:
                yield Located(parse(item.value), item.span)
            except values.Refused as refused:
                self.collector.report(refused.rule, item.span, **refused.facts)

    # --- what no one understands ---

    def _unknown(self, entry: Entry) -> None:
        word = entry.key.strip(BLANKS)
        if word.startswith(";"):
            self.collector.report(SEMICOLON_COMMENT, Span(entry.key_span.start, entry.key_span.start + 1))
        else:
            self.unknown.append(entry)

    def _refuse_unknown(self) -> None:
        """Report unknown keys: in a config for AmneziaWG as one finding, with those that no typo explains."""
        words = {entry: entry.key.strip(BLANKS) for entry in self.unknown}
        names = {entry: closest(word, (key.name for key in KNOWN)) for entry, word in words.items()}
        of_amneziawg = [entry for entry, word in words.items() if word.lower() in AMNEZIAWG]
        for entry, name in names.items():
            if entry not in of_amneziawg and (name or not of_amneziawg):
                advice = f"did you mean `{name}`?" if name else None
                self.collector.report(catalogue.UNKNOWN_KEY, entry.key_span, help=advice, key=words[entry])
        if of_amneziawg:
            first, *more = of_amneziawg
            also = [*more, *(entry for entry, name in names.items() if not name and entry not in of_amneziawg)]
            named = ", ".join(dict.fromkeys(words[entry] for entry in of_amneziawg))
            self.collector.report(
                catalogue.AMNEZIAWG_KEY,
                first.key_span,
                also=[(entry.key_span, "") for entry in also],
                notes=[f"WireGuard does not have these settings: {named}"],
            )

    def _alike(self, rule: Rule, entry: Entry, key: str, section: str = "") -> None:
        self.alike.setdefault(rule, {}).setdefault(key, (entry.key_span, section))

    def _report_alike(self) -> None:
        """Report each mistake that is in many lines at the first of them, with the keys of the others."""
        for rule, found in self.alike.items():
            (key, (span, section)), *others = found.items()
            notes = [f"this also applies to {', '.join(f'`{other}`' for other, _ in others)}"] * bool(others)
            self.collector.report(rule, span, notes=notes, key=key, section=section)

    def _misplaced(self, entry: Entry, known: KnownKey) -> None:
        self.collector.report(catalogue.MISPLACED_KEY, entry.key_span, key=known.name, section=known.section)

    def _not_for_wg_quick(self, entry: Entry, known: KnownKey, *, of_wg_quick: bool) -> None:
        if of_wg_quick:
            advice = f"did you mean `{known.name}`, without spaces inside?"
            self.collector.report(catalogue.UNKNOWN_KEY, entry.key_span, help=advice, key=entry.key.strip(BLANKS))
        else:
            advice = "write the header as `[Interface]`, without spaces inside the brackets"
            self.collector.report(
                catalogue.MISPLACED_KEY, entry.key_span, help=advice, key=known.name, section=INTERFACE
            )

    def _bare(self, line: Bare) -> None:
        word = line.text.partition("#")[0].strip(BLANKS)
        span = trimmed(line.text.partition("#")[0], line.start)
        if word.startswith(";"):
            self.collector.report(SEMICOLON_COMMENT, Span(span.start, span.start + 1))
            return
        known = next((key for name, key in BY_NAME.items() if word.lower().startswith(name)), None)
        advice = f"did you mean `{known.name} = ...`?" if known else None
        shown = known.name if known and len(word) > len(known.name) else word
        self.collector.report(MISSING_EQUALS, span, help=advice, word=shown)


class _PeerFields:
    """What has been read of one `[Peer]` section."""

    __slots__ = ("allowed_ips", "fields", "incremental")

    def __init__(self) -> None:
        self.fields: dict[str, Located[Any]] = {}
        self.allowed_ips: list[AllowedIP] = []
        self.incremental = False


def _strange_line(document: Document) -> Span | None:
    """Return the first line of a text with no section of a config, no setting above a section, and nothing similar."""
    first: Span | None = None
    for section in document.sections:
        if section.header:
            if _is_like_header(section.header):
                return None
            first = first or section.header.span
        for line in section.lines:
            if isinstance(line, Entry | Bare):
                if section.header is None and _is_like_setting(line):
                    return None
                first = first or trimmed(line.text, line.start)
    return first


def _is_like_header(header: Header) -> bool:
    name = header.text.partition("#")[0].strip(f"[]{BLANKS}").lower()
    return name.startswith((INTERFACE.lower(), PEER.lower())) or closest(name, (INTERFACE, PEER)) is not None


def _is_like_setting(line: Entry | Bare) -> bool:
    if isinstance(line, Bare):
        return line.text.partition("#")[0].strip(f";{BLANKS}").partition(" ")[0].lower() in BY_NAME
    word = line.key.strip(f";{BLANKS}")
    return word.lower() in AMNEZIAWG or closest(_squeezed(word), (key.name for key in KNOWN)) is not None


def _value(entry: Entry) -> tuple[str, Span]:
    """Return the value before any comment, and its place."""
    text = entry.value.partition("#")[0]
    start = entry.value_start
    span = trimmed(text, start)
    return text[span.start - start : span.end - start], span


def _words(text: str, start: int) -> Iterator[Located[str]]:
    """Yield the items of a list of wg-quick's, where commas count as blanks and empty items vanish."""
    for found in re.finditer(r"[^, \t]+", text):
        yield Located(found[0], Span(start + found.start(), start + found.end()))


@cache
def _trimmed(key: str) -> str:
    """Return the name under which wg-quick looks for a key."""
    return key.strip(BLANKS).lower() if key.isascii() else key


@cache
def _squeezed(key: str) -> str:
    """Return the name under which wg looks for a key."""
    return _BLANK.sub("", key).lower() if key.isascii() else key


def _text(comment: Comment) -> str:
    return comment.text.strip(BLANKS).lstrip("#").strip(BLANKS)


def _shown(comments: Iterable[str]) -> tuple[str, ...]:
    """Return comments without what may be a secret, which may go on from one to the next."""
    text = "\n".join(comments)
    return tuple(conceal(text).split("\n")) if text else ()


def _comment_behind(text: str) -> list[str]:
    _, hash_, comment = text.partition("#")
    return [comment.lstrip("#").strip(BLANKS)] if hash_ else []


def _comments_of(section: Section) -> Iterator[str]:
    """Yield the comments that belong to a section: behind its header and settings, and between them."""
    if section.header:
        yield from _comment_behind(section.header.text)
    for line in section.lines[: len(section.lines) - len(_comments_at_end(section))]:
        if isinstance(line, Entry):
            yield from _comment_behind(line.value)
        elif isinstance(line, Comment):
            yield _text(line)


def _comments_at_end(section: Section) -> list[Comment]:
    """Return the comments that stand directly above the next header."""
    found: list[Comment] = []
    for line in reversed(section.lines):
        if not isinstance(line, Comment):
            break
        found.append(line)
    return found[::-1]


def _mentions_public_key(section: Section) -> bool:
    return any(isinstance(line, Entry) and _squeezed(line.key) == "publickey" for line in section.lines)
