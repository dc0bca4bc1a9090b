"""What the findings of a config declare of its life: nothing else may differ from wg-quick.

In: the findings of a config, and a moment. Out: a state without what they declare of that moment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tests.lab.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wgtranspile.diagnostics import Diagnostic


class Declaration(NamedTuple):
    """Of which moments, of which parts of the state, and what is dropped from their lines: regular expressions.

    `{address}` in the last is the address that the finding names. With `interrupts`, packets may then find no way
    through the tunnel, and with `bypassed` one may leave in clear. It holds on the suites of `suites`.
    """

    moments: str
    parts: str = ""
    dropped: str = ""
    interrupts: bool = False
    bypassed: bool = False
    suites: str = ".*"


# Whether answers come through the tunnel, and names through its DNS servers.
WAYS = ("answers", "names")
ADDRESS = re.compile(r"[0-9a-f]*[.:][0-9a-f.:]*[0-9a-f]")
_ALWAYS = ".*"
_CONFIGURED_ANEW = "(roamed-)?reconfigure|reconfigure-all"
_ROUTE_OF_A_HOOK = r'"dst": "10\.(101\.0\.9|96\.0\.0/16)", "dev": "wg0"'
_NOT_OF_THE_UPLINK = r"^(?!.*(100\.127\.254\.1|up0)).*"
DECLARED = {
    # NetworkManager gives a link that has IPv6 a link-local address, with its route; also where IPv6 is off for links
    # (what is compared then is wg-quick where it is on for new ones).
    "B419": Declaration(
        _ALWAYS,
        "links|routes of IPv6|sysctl",
        r'.*"fe80::(?!ff:fe00:2\b).*|.*"fe80::/64", "dev": "(?!up0\b).*|.*/conf/default/disable_ipv6:.*',
    ),
    # A link without an IPv6 address has no IPv6 at all under NetworkManager: no multicast route.
    "B420": Declaration(
        _ALWAYS, "sysctl|routes of IPv6", r".*/(?!up0/|all/|default/|lo/)[^/]*/disable_ipv6:.*|.*ff00::/8.*"
    ),
    # A server of a family that the link does not have is left out.
    "B421": Declaration(_ALWAYS, "resolver", r"(?<=[: ]){address} ?| {address}$"),
    # The servers of IPv4 come before those of IPv6.
    "B427": Declaration(_ALWAYS, "resolver", r".*DNS Servers: .*"),
    # NetworkManager makes a route of its own for the address.
    "B424": Declaration(
        _ALWAYS, "routes of IPv4", r'.*"protocol": "kernel", "scope": "link", "prefsrc": "{address}".*'
    ),
    # A networkd that starts sends the device again: the endpoint is that of the config, not where the peer has gone.
    "B428": Declaration("roamed-(restart|kill)", "devices", r"\d+\.\d+\.\d+\.\d+:\d+", interrupts=True),
    # What a hook has told the resolver of the tunnel's link is gone; what is told of the uplink stays.
    "B429": Declaration("(roamed-)?(restart|kill|reconfigure)|reconfigure-all", "resolver", _NOT_OF_THE_UPLINK),
    # wg-quick does as well where IPv6 is on for new links, as it is then.
    "B430": Declaration("ipv6-off", "sysctl", r".*/conf/default/disable_ipv6:.*"),
    # What hooks of subjects remove is there again.
    "B431": Declaration(
        "(roamed-)?(restart|kill|reconfigure)|reconfigure-all",
        "links|rules of IPv4",
        r'.*"local": "172\.20\.0\.97", "prefixlen".*|.*"not": .*"fwmark": "0xca6c".*',
    ),
    # As B429, whenever the DNS of any link has changed.
    "B440": Declaration(
        "(roamed-)?(restart|reload|kill|reconfigure)|reconfigure-all|uplink|moved|neighbour",
        "resolver",
        _NOT_OF_THE_UPLINK,
    ),
    # As B428, with each start of NetworkManager and each profile that it applies again.
    "B441": Declaration("roamed-(restart|kill|reconfigure)", "devices", r"\d+\.\d+\.\d+\.\d+:\d+", interrupts=True),
    # What hooks of subjects do to the link and the device is gone.
    "B442": Declaration(
        _CONFIGURED_ANEW,
        "devices|links|routes of IPv4",
        rf"tT8wz8jrceSptTgE6Rz6K\S+=|\(none\)|.*{_ROUTE_OF_A_HOOK}.*|"
        r".*172\.20\.0\.(97|185)\b.*",
        interrupts=True,
    ),
    # As B431, all the time.
    "B443": Declaration(
        _ALWAYS, "links|rules of IPv4", r'.*"local": "172\.20\.0\.97", "prefixlen".*|.*"not": .*"fwmark": "0xca6c".*'
    ),
    # systemd 252 removes the routes and rules of a link, and adds those of its files again.
    "B444": Declaration(_CONFIGURED_ANEW, bypassed=True, suites="bookworm"),
    # It does not add those of hooks again, and sometimes removes their addresses. The peer then answers through the
    # tunnel what it was sent in clear, and so the tunnel sees it at another address.
    "B445": Declaration(
        _CONFIGURED_ANEW,
        "devices|links|routes of IPv4",
        rf".*{_ROUTE_OF_A_HOOK}.*|.*172\.20\.0\.(97|185)\b.*|\d+\.\d+\.\d+\.\d+:\d+",
        interrupts=True,
        suites="bookworm",
    ),
}


def codes(findings: Iterable[Diagnostic], moment: str, suite: str = "") -> set[str]:
    """Return the codes of findings that declare something of a moment on a suite."""
    found = {finding.rule.code for finding in findings} & DECLARED.keys()
    return {
        code
        for code in found
        if re.fullmatch(DECLARED[code].moments, moment) and re.fullmatch(DECLARED[code].suites, suite)
    }


def interrupted(findings: Iterable[Diagnostic], moment: str, suite: str = "") -> bool:
    """Whether a finding declares of a moment that packets may find no way through the tunnel."""
    return any(DECLARED[code].interrupts for code in codes(findings, moment, suite))


def bypassed(findings: Iterable[Diagnostic], moment: str, suite: str = "") -> bool:
    """Whether a finding declares of a moment that a packet may leave in clear."""
    return any(DECLARED[code].bypassed for code in codes(findings, moment, suite))


def less(state: Snapshot, findings: Iterable[Diagnostic], moment: str, suite: str = "") -> Snapshot:
    """Return a state without what is declared of a moment."""
    parts = dict(state.parts)
    if interrupted(findings := list(findings), moment, suite):
        parts = {name: lines for name, lines in parts.items() if name not in WAYS}
    declaring = codes(findings, moment, suite)
    for found in findings:
        if found.rule.code in declaring:
            _, names, dropped, *_ = DECLARED[found.rule.code]
            address = ADDRESS.search(found.message)
            pattern = dropped.replace("{address}", re.escape(address[0])) if address else dropped
            for name in filter(re.compile(names).fullmatch, parts):
                parts[name] = tuple(filter(None, (re.sub(pattern, "", line) for line in parts[name])))
    return Snapshot(parts)
