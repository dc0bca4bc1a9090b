"""The catalogue of findings, one row each: code, name, severity, message, explanation, help.

The letter of a code stands for the stage that reports it: S syntax, C config, P plan, B backend, K security, H host,
F fleet, M migration, X environment. A name reads well after "allow". `docs/diagnostics.md` and `wgtranspile explain`
are generated from this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgtranspile.diagnostics.model import Fidelity, Rule, Severity
from wgtranspile.spelling import UnknownWordError, question

if TYPE_CHECKING:
    from collections.abc import Collection

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: The stage that reports a finding, by the first letter of its code.
STAGES = {
    "S": "Syntax",
    "C": "Config",
    "P": "Plan",
    "B": "Backends",
    "K": "Security",
    "H": "The configs of one host",
    "F": "The fleet",
    "M": "Migration of a running host",
    "X": "Environment",
}

# --- S1xx: syntax -----------------------------------------------------------------------------------------------------

BYTE_ORDER_MARK = Rule(
    "S101",
    "byte-order-mark",
    ERROR,
    "the file begins with a byte order mark",
    "Some editors put the invisible character U+FEFF before the first line when they save as UTF-8. wg(8) treats it as "
    "part of that line and rejects the file.",
    "save the file as UTF-8 without a byte order mark (in vim: `:set nobomb`)",
)
NUL_CHARACTER = Rule(
    "S102",
    "nul-character",
    ERROR,
    "the file contains a NUL character",
    "bash silently drops NUL characters and other readers stop at them, so one program may see text that another does "
    "not. A config never needs one: the file is UTF-16, binary or damaged. wgtranspile checks nothing else in it.",
    "restore the file if it is damaged, or name the right file",
)
SEMICOLON_COMMENT = Rule(
    "S103",
    "semicolon-comment",
    ERROR,
    "`;` does not start a comment",
    "In wg(8) and wg-quick(8) configs, comments start with `#`. A line that starts with `;` is read as a setting, and "
    "both programs reject it.",
    "use `#` instead of `;`",
)
MISSING_EQUALS = Rule(
    "S104",
    "missing-equals",
    ERROR,
    "`{word}` is not a section, a `Key = value` setting or a comment",
    "Each line of a config is a section header, a setting `Key = value`, a comment that starts with `#`, or empty. If "
    "a line is just the name of one of its own keys, wg-quick uses that name as the value; wgtranspile rejects it.",
    "write a setting as `Key = value`",
    title="this line is not a section, a `Key = value` setting or a comment",
)
MALFORMED_HEADER = Rule(
    "S105",
    "malformed-section-header",
    ERROR,
    "`{header}` is not a valid section header",
    "A section header is `[Interface]` or `[Peer]` on a line of its own. Whitespace and a `#` comment may follow.",
    "write `[Interface]` or `[Peer]` on a line of its own",
    title="this is not a valid section header",
)

# --- C2xx: config -----------------------------------------------------------------------------------------------------

UNKNOWN_SECTION = Rule(
    "C201",
    "unknown-section",
    ERROR,
    "unknown section `[{name}]`",
    "A config has `[Interface]` and `[Peer]` sections, in upper or lower case, and no others.",
    "use `[Interface]` or `[Peer]`",
    title="unknown section",
)
ENTRY_OUTSIDE_SECTION = Rule(
    "C202",
    "entry-outside-section",
    ERROR,
    "`{key}` appears before any section",
    "A setting belongs to the section above it; wg(8) rejects a setting outside any section.",
    "move it below `[{section}]`",
    title="a setting appears before any section",
)
UNKNOWN_KEY = Rule(
    "C203",
    "unknown-key",
    ERROR,
    "unknown key `{key}`",
    "Neither wg-quick(8) nor wg(8) knows this key, and wg(8) rejects a file that contains it.",
    "remove the line, or comment it out with `#`",
    title="unknown key",
)
MISPLACED_KEY = Rule(
    "C204",
    "misplaced-key",
    ERROR,
    "`{key}` belongs in [{section}]",
    "Each key belongs to one kind of section. wg-quick reads its own keys only below a header written exactly as "
    "`[Interface]`, in upper or lower case, without spaces inside the brackets.",
    "move it below `[{section}]`",
    title="this key belongs in another section",
)
AMNEZIAWG_KEY = Rule(
    "C205",
    "amneziawg-key",
    ERROR,
    "this config is for AmneziaWG, not for WireGuard",
    "AmneziaWG is a separate protocol that borrows WireGuard's file format. wg(8), WireGuard in the kernel, "
    "systemd-networkd and NetworkManager do not support it, and a tunnel without these settings could not reach its "
    "peer.",
    "ask the peer's operator for a plain WireGuard config, or use awg-quick(8) for AmneziaWG tunnels",
)
EMPTY_VALUE = Rule(
    "C206",
    "empty-value",
    ERROR,
    "`{key}` has no value",
    "wg(8) rejects its own keys if they have no value.",
    "add a value, or remove the line",
)
INVALID_KEY = Rule(
    "C207",
    "invalid-key",
    ERROR,
    "`{key}` is not a valid WireGuard key",
    "A key is 32 bytes in base64: 44 characters, the last of which is `=`.",
    "{why}",
    title="this value is not a valid WireGuard key",
)
INVALID_ADDRESS = Rule(
    "C208",
    "invalid-address",
    ERROR,
    "`{text}` is not a valid interface address",
    "An `Address` is an IPv4 or IPv6 address with an optional prefix length. Without one it stands for that single "
    "address (/32 or /128).",
    "{why}",
)
UNUSUAL_ADDRESS = Rule(
    "C209",
    "unusual-address-spelling",
    ERROR,
    "`{text}` is an ambiguous way to write an address",
    "ip(8) and getaddrinfo(3) accept shortened, octal and hexadecimal IPv4 addresses but interpret them differently: "
    "`10.1` is 10.1.0.0 to one and 10.0.0.1 to the other. wg-quick accepts them; wgtranspile does not guess.",
    "write all four numbers in decimal, without leading zeros",
)
DUPLICATE_ADDRESS = Rule(
    "C210",
    "duplicate-address",
    ERROR,
    "`{text}` is listed twice",
    "The kernel rejects an address that the link already has, and wg-quick fails. For IPv6, the prefix length makes no "
    "difference.",
    "remove one of the two",
    title="an address is listed twice",
)
INVALID_ALLOWED_IP = Rule(
    "C211",
    "invalid-allowed-ip",
    ERROR,
    "`{text}` is not a valid network",
    "`AllowedIPs` is a comma-separated list of IPv4 and IPv6 networks. Each is an address written in full, with an "
    "optional prefix length in digits.",
    "{why}",
)
HOST_BITS_SET = Rule(
    "C212",
    "host-bits-set",
    NOTE,
    "`{text}` has host bits set; it is read as {network}",
    "WireGuard and wg-quick use the network and ignore the remaining bits; wg(8) warns about them. On a hub, where "
    "each peer has a single address, this peer would get the packets for the whole network.",
    "write `{network}`, or use /32 (IPv6: /128) if only this address is meant",
    title="this network has host bits set",
)
INVALID_ENDPOINT = Rule(
    "C213",
    "invalid-endpoint",
    ERROR,
    "`{text}` is not a valid endpoint",
    "An `Endpoint` is `host:port` or `[IPv6 address]:port`, where the host may be a name.",
    "{why}",
)
PORT_OUT_OF_RANGE = Rule(
    "C214",
    "port-out-of-range",
    ERROR,
    "`{text}` is not a valid port",
    "A port is a number up to 65535. The C library also accepts larger and negative numbers and silently keeps their "
    "last 16 bits; wgtranspile rejects them.",
    "use a number from 0 to 65535",
)
SERVICE_NAME_AS_PORT = Rule(
    "C215",
    "service-name-as-port",
    ERROR,
    "`{text}` is not a port number",
    "wg(8) lets the C library look up service names in the host's /etc/services. Other network managers accept only "
    "numbers, and another host may know other names, so wgtranspile requires a number.",
    "write the port as a number",
)
INVALID_FWMARK = Rule(
    "C216",
    "invalid-fwmark",
    ERROR,
    "`{text}` is not a valid mark",
    "`FwMark` is `off`, or a number from 0 to 4294967295, in decimal or as hexadecimal with the prefix `0x`.",
    "use a number such as 51820 or 0xca6c, or `off`",
)
INVALID_KEEPALIVE = Rule(
    "C217",
    "invalid-keepalive",
    ERROR,
    "`{text}` is not a valid keepalive interval",
    "`PersistentKeepalive` is `off` or a number of seconds from 0 to 65535.",
    "use a number of seconds such as 25, or `off`",
)
INVALID_MTU = Rule(
    "C218",
    "invalid-mtu",
    ERROR,
    "`{text}` is not a valid MTU",
    "`MTU` is a number of bytes from 68 to 65535. wg-quick fails if the link rejects the value.",
    "use a number such as 1420, or remove the line to have the MTU computed",
)
INVALID_BOOLEAN = Rule(
    "C219",
    "invalid-boolean",
    ERROR,
    "`{text}` is neither true nor false",
    "`SaveConfig` is `true` or `false`, in upper or lower case.",
    "write `true` or `false`",
)
INVALID_DNS_SERVER = Rule(
    "C220",
    "invalid-dns-server",
    ERROR,
    "`{text}` is not a valid DNS server address",
    "wg-quick treats an item of `DNS` as a server address if it contains a colon or consists of digits and dots, and "
    "passes it to resolvconf(8) unchecked. wgtranspile accepts only valid addresses.",
    "write an IPv4 or IPv6 address; a port cannot be specified",
)
INVALID_SEARCH_DOMAIN = Rule(
    "C221",
    "invalid-search-domain",
    ERROR,
    "`{text}` is not a valid search domain",
    "An item of `DNS` that is not an address is a search domain. wg-quick passes it to resolvconf(8) unchecked, and "
    "expands `*` and `?` to file names as it does so. wgtranspile accepts only host names whose labels consist of "
    "letters, digits, `-` and `_`.",
    "write a domain name such as corp.example",
)
MISSING_PUBLIC_KEY = Rule(
    "C222",
    "missing-public-key",
    ERROR,
    "this peer has no `PublicKey`",
    "A peer is identified by its public key; wg(8) rejects a `[Peer]` section without one.",
    "add `PublicKey = ...`, or remove the section",
)
REPEATED_KEY = Rule(
    "C223",
    "repeated-key",
    NOTE,
    "this `{key}` overrides an earlier one",
    "If a key that takes one value appears several times, wg-quick and wg use the last. The earlier lines have no "
    "effect.",
    "remove the earlier line",
    title="this key overrides an earlier one",
)
UNKNOWN_TABLE = Rule(
    "C224",
    "unknown-table",
    WARNING,
    "which table the name `{text}` stands for depends on the host",
    "`Table` may be a name from /etc/iproute2/rt_tables on the host where the tunnel comes up. wgtranspile knows only "
    "`main`, `default` and `local`. If the host does not know the name, the routes cannot be added and the tunnel does "
    "not come up.",
    "use the number of the table; `off` and `auto` must be in lower case",
    title="which table this name stands for depends on the host",
)
EMPTY_SETTING = Rule(
    "C225",
    "empty-setting",
    NOTE,
    "`{key}` is empty and has no effect",
    "wg-quick accepts its own keys without a value: an empty hook does nothing, and an empty `MTU` or `Table` is "
    "ignored.",
    "remove the line",
)
INTERFACE_NAME = Rule(
    "C226",
    "invalid-interface-name",
    ERROR,
    "`{name}` is not a valid interface name: {why}",
    "The file name without `.conf` is the interface name. It consists of 1 to 15 letters, digits and `_=+.-`. The "
    "names `.`, `..`, `all` and `default` are reserved by the kernel, and `lo` exists on every host.",
    "rename the file, or set the name with `--name`",
    title="the interface name is invalid",
)
MISSING_PRIVATE_KEY = Rule(
    "C227",
    "missing-private-key",
    NOTE,
    "no `PrivateKey` is set",
    "wg-quick brings the link up without a key. The link carries no traffic until a key is set, usually by a hook such "
    "as `PostUp = wg set %i private-key /etc/wireguard/%i.key`.",
    "",
)
OCTAL_NUMBER = Rule(
    "C228",
    "octal-number",
    ERROR,
    "`{text}` starts with a zero, which makes it octal",
    "ip(8) reads a number that starts with `0` as octal, so `MTU = 01420` means 784. wg-quick accepts it; wgtranspile "
    "treats it as a mistake.",
    "write the number without leading zeros",
)
INVALID_TABLE = Rule(
    "C229",
    "invalid-table",
    ERROR,
    "`{text}` is not a valid routing table",
    "`Table` is `auto`, `off`, a number from 0 to 4294967295, or a single name. wg-quick notices an invalid one only "
    "when it adds a route.",
    "use the number of a table, such as 1234, or `off` or `auto`",
)
UNUSABLE_ADDRESS = Rule(
    "C230",
    "unusable-address",
    ERROR,
    "`{text}` cannot be assigned to a host",
    "The unspecified address, multicast addresses and the IPv6 loopback address cannot belong to a host. The kernel "
    "rejects the IPv6 ones and accepts the IPv4 address 0.0.0.0 without effect.",
    "use the address that this host has in the tunnel",
    title="this address cannot be assigned to a host",
)
NAME_OF_HARDWARE = Rule(
    "C231",
    "name-of-hardware",
    WARNING,
    "`{name}` is a common name for a network card",
    "The file name without `.conf` is the interface name. If a link with that name already exists, wg-quick reports it "
    "and stops. A network manager would apply the files to that link and give the card the addresses and routes of the "
    "tunnel.",
    "rename the file, or set the name with `--name`",
)

EMPTY_CONFIG = Rule(
    "C232",
    "empty-config",
    WARNING,
    "the config has no `[Interface]` and no `[Peer]` section",
    "wg-quick brings up an interface that does nothing. This usually means that the program that generates the file "
    "has failed.",
    "check the program that generates the file, or remove the file",
)

PLACEHOLDER = Rule(
    "C233",
    "key-placeholder",
    ERROR,
    "`{key}` is a placeholder instead of a key",
    "With `--keys external`, no key is written: the host gets its keys in another way, such as from a vault. "
    "`PrivateKey` and `PresharedKey` may then be placeholders, `{{ NAME }}`, where NAME is up to 40 letters, digits "
    "and underscores. In all other cases, the config must contain the key itself.",
    "use `--keys external`, or replace the placeholder with the key before you run wgtranspile",
)

FOREIGN_FORMAT = Rule(
    "C234",
    "foreign-format",
    ERROR,
    "this is {target}, not a wg-quick config",
    "The file has neither an `[Interface]` nor a `[Peer]` section, but one of its lines shows what it is: a file of "
    "another network manager or VPN, the output of a program, or a web page.",
    "{advice}",
)

SHORTENED_NAME = Rule(
    "C235",
    "shortened-name",
    NOTE,
    "the interface is called `{interface}`, short for `{name}`",
    "An interface name has at most 15 characters. With `--shorten-names`, a longer name is replaced by its beginning "
    "and four digits of its SHA-256 digest. The short name depends only on the long one.",
    "",
)
LONG_NAME_IN_HOOK = Rule(
    "C236",
    "long-name-in-hook",
    WARNING,
    "this hook refers to `{name}`, but the interface is called `{interface}`",
    "The name of the interface was shortened (`--shorten-names`). `%i` in a hook is replaced by the short name, but a "
    "name that is spelled out does not change, and no interface has that name.",
    "write `%i` instead of the name",
)
NOT_A_CONFIG = Rule(
    "C237",
    "not-a-config",
    ERROR,
    "the file is not a WireGuard config",
    "It has no `[Interface]` and no `[Peer]` section, and does not begin with a setting. It may be an error page that "
    "was saved instead of a config, an encrypted file, or a file for another program, such as a `.netdev` file.",
    "check where the file comes from; decrypt it first if it is encrypted",
)

# --- P3xx: plan -------------------------------------------------------------------------------------------------------

MOVED_ALLOWED_IP = Rule(
    "P301",
    "moved-allowed-ip",
    NOTE,
    "{network} moves from peer {earlier} to this peer",
    "Each network belongs to one peer. If several peers list it, the kernel assigns it to the last one and removes it "
    "from the others.",
    "remove it from the other peer",
    title="a network moves from an earlier peer to this peer",
)
REPEATED_PEER = Rule(
    "P302",
    "repeated-peer",
    NOTE,
    "this section modifies peer {peer}, which was defined earlier",
    "Two `[Peer]` sections with the same `PublicKey` describe one peer. The settings of the later section take "
    "precedence, and its AllowedIPs replace the earlier list.",
    "merge the sections",
    title="this section modifies a peer that was defined earlier",
)
OWN_PUBLIC_KEY = Rule(
    "P303",
    "own-public-key",
    WARNING,
    "this peer has the interface's own key and is ignored",
    "This public key belongs to the `PrivateKey` of the same config. The kernel silently ignores such a peer, so its "
    "AllowedIPs get no routes. This usually happens when the same list of peers is copied to all hosts.",
    "remove the section",
)
SMALL_MTU_WITH_IPV6 = Rule(
    "P304",
    "small-mtu-with-ipv6",
    ERROR,
    "an MTU of {mtu} disables IPv6 on the link",
    "The kernel removes all IPv6 addresses from a link whose MTU is below 1280. wg-quick then fails at the first IPv6 "
    "route, or continues without the addresses.",
    "set an MTU of at least 1280, or remove the IPv6 addresses and AllowedIPs",
    title="an MTU this small disables IPv6 on the link",
)
ROUTE_EXISTS = Rule(
    "P305",
    "route-exists",
    ERROR,
    "the route to {network} already exists in table {table}",
    "The connected route of an `Address` is in the same table. The kernel rejects a second route to the same network, "
    "and wg-quick fails. Without `Table`, wg-quick skips routes that an `Address` already provides.",
    "remove the `Table` line, or change the prefix length of the `Address`",
    title="the route to this network already exists",
)
RESERVED_MARK = Rule(
    "P306",
    "reserved-table-as-mark",
    ERROR,
    "mark {mark} is also the number of table `{table}`",
    "For a default route, wg-quick uses the mark as the number of a routing table of its own. In a table that the "
    "kernel maintains, that route would replace the host's routes or conflict with them.",
    "choose another `FwMark`, or remove the line to have a mark chosen automatically",
    title="the mark is also the number of a table of the kernel",
)
UNUSABLE_TABLE_NAME = Rule(
    "P307",
    "interface-name-unusable-in-nft",
    ERROR,
    "nft cannot name a table after interface `{name}`",
    "A default route needs a firewall in the nft table `wg-quick-{name}`. nft accepts only letters, digits, `_`, `-` "
    "and `.` in that name, so wg-quick fails.",
    "rename the interface to a name without `=` and `+`",
    title="nft cannot name a table after this interface",
)
SEARCH_WITHOUT_SERVER = Rule(
    "P308",
    "search-domain-without-server",
    WARNING,
    "the search domains have no effect without a DNS server",
    "wg-quick calls resolvconf(8) only if `DNS` lists at least one server.",
    "add the address of a DNS server, or remove the line",
)
INTERNAL_VARIABLE_IN_HOOK = Rule(
    "P309",
    "internal-variable-in-hook",
    WARNING,
    "this hook uses `{name}`, which exists only inside wg-quick",
    "wg-quick runs hooks in its own shell, where they can see its variables and functions. These are undocumented and "
    "do not exist anywhere else. `INTERFACE` is supported.",
    "write the value or the command itself; `%i` stands for the interface name",
    title="this hook uses a variable or function that exists only inside wg-quick",
)
DEFAULT_ROUTE_IN_MAIN = Rule(
    "P310",
    "default-route-in-main",
    WARNING,
    "the default route is added to the main table, next to the host's own",
    "With `Table = main`, wg-quick adds `/0` to the main table without a mark or rules. If the host already has a "
    "default route there with the same metric, adding it fails and the tunnel does not come up. Otherwise the "
    "encrypted packets themselves are routed into the tunnel.",
    "remove the `Table` line to use policy routing",
)
PRE_UP_CHANGES_DEVICE = Rule(
    "P311",
    "pre-up-changes-device",
    WARNING,
    "this `PreUp` hook configures the device before wg-quick does",
    "wg-quick adds the config to what is already there and creates routes for all allowed IPs it then finds on the "
    "device. wgtranspile knows only the config: peers, allowed IPs and a mark set by the hook get no routes or rules.",
    "put these settings into the config, or use `PostUp` and add the routes there",
)

PEER_WITHOUT_ALLOWED_IPS = Rule(
    "P312",
    "peer-without-allowed-ips",
    WARNING,
    "peer {peer} is left without AllowedIPs",
    "Each network belongs to the last peer that lists it (P301), and other peers take all networks of this one: no "
    "packet is sent to it, and packets from it are dropped. This is what happens if two peers both have `0.0.0.0/0`.",
    "give each peer networks of its own; for a second path to the same network, use a second interface",
    title="this peer is left without AllowedIPs",
)
OTHER_MARK_IN_HOOK = Rule(
    "P313",
    "other-mark-in-hook",
    WARNING,
    "this hook names {named} as a mark or table, but this tunnel has {mark}",
    "For a default route, wg-quick uses the first number from 51820 (0xca6c) whose table is empty, as the mark and as "
    "the table; hooks often name it. If several configs of a host have a default route, wgtranspile gives each a "
    "number of its own, which depends on its name, and `--fwmark` chooses another. The hook then acts on a mark and a "
    "table that are those of another tunnel, or of none.",
    "use {mark} in the hook, or what `wg show %i fwmark` prints; or choose the number with `FwMark` or `--fwmark`",
    title="this hook names wg-quick's usual mark or table, but this tunnel has another",
)

# --- B4xx: backends ---------------------------------------------------------------------------------------------------

SAVE_CONFIG_NOT_EXPRESSIBLE = Rule(
    "B401",
    "save-config-not-expressible",
    WARNING,
    "{backend} does not save the running state to the config (`SaveConfig`)",
    "With `SaveConfig = true`, `wg-quick down` saves peers and settings that were changed at run time. The files that "
    "wgtranspile writes are generated from the config and do not change.",
    "edit the config and run wgtranspile again; `wg showconf` prints the running state",
    Fidelity.DROPPED,
)
FIREWALL_ONLY = Rule(
    "B402",
    "firewall-only",
    NOTE,
    "{backend} contains only the firewall, not {left}",
    "An nft script cannot create links, addresses, routes, rules or DNS settings, or run hooks. It contains the "
    "firewall that wg-quick installs for a default route, for use with whatever sets up the tunnel.",
    "use another backend for the tunnel itself",
    Fidelity.DROPPED,
    title="the backend contains only the firewall",
)
MARK_ASSUMED = Rule(
    "B403",
    "mark-assumed",
    NOTE,
    "{backend} assumes mark {mark} for this default route",
    "wg-quick uses the first number from 51820 upwards whose routing table is empty when the tunnel comes up. Files "
    "written in advance need a fixed number: 51820 if the host has one default route, otherwise one derived from the "
    "interface name, so that it does not change when tunnels are added or removed. If that table is in use when the "
    "tunnel is started, the start fails with a message.",
    "pin it with `--fwmark {mark}` or `FwMark = {mark}`, using a different number for each tunnel on a host",
    Fidelity.APPROXIMATE,
    title="the backend assumes a mark for the default route",
)
KEYS_NOT_EXPRESSIBLE = Rule(
    "B404",
    "keys-not-expressible",
    ERROR,
    "{backend} does not support `--keys {keys}`",
    "Each backend supports different ways to store private and preshared keys.",
    "use `--keys {where}`",
    Fidelity.REFUSED,
    title="the backend does not support this value of `--keys`",
)

MTU_NOT_COMPUTED = Rule(
    "B405",
    "mtu-not-computed",
    NOTE,
    "{backend} does not compute the MTU and uses 1420",
    "Without `MTU`, wg-quick uses the smallest MTU on the routes to the endpoints, minus 80: 1420 if the smallest is "
    "1500. If the uplink's MTU is smaller (PPPoE, mobile networks, another tunnel), large packets are fragmented or "
    "lost.",
    "pin it with `--mtu N` or `MTU = N`, where N is the MTU of the uplink minus 80",
    Fidelity.APPROXIMATE,
)
PRIVATE_KEY_REQUIRED = Rule(
    "B406",
    "private-key-required",
    ERROR,
    "{backend} does not create a link without a private key",
    "wg-quick brings up a link without a key, which a hook may set later. NetworkManager rejects such a device.",
    "set `PrivateKey`, or use `--keys external`",
    Fidelity.REFUSED,
)
TABLE_NAME_NOT_EXPRESSIBLE = Rule(
    "B407",
    "table-name-not-expressible",
    ERROR,
    "{backend} does not know routing table `{table}`",
    "ip(8) looks up table names in /etc/iproute2/rt_tables, systemd-networkd uses its own `RouteTable=` setting, and "
    "NetworkManager does not support names. The route would be missing.",
    "use the number of the table",
    Fidelity.REFUSED,
    title="the backend does not know the name of this routing table",
)
PRE_DOWN_CANNOT_STOP = Rule(
    "B409",
    "pre-down-cannot-stop",
    WARNING,
    "with {backend}, a failing `PreDown` hook does not keep the tunnel up",
    "`wg-quick down` stops when a `PreDown` hook fails, and the tunnel stays up. A systemd service or NetworkManager "
    "connection that is being stopped cannot be kept up: the remaining `PreDown` hooks are skipped and the tunnel is "
    "taken down.",
    "use `PostDown` for what does not need the link, and make sure that the hook succeeds (`|| true`)",
    Fidelity.APPROXIMATE,
)
NEEDS_RESOLVED = Rule(
    "B410",
    "dns-needs-resolved",
    NOTE,
    "{backend} sets DNS only through systemd-resolved",
    "wg-quick calls resolvconf(8), of which there are several implementations. systemd-networkd passes DNS settings "
    "only to systemd-resolved.",
    "enable systemd-resolved on the host",
)
NAME_RESOLVED_LATER = Rule(
    "B411",
    "name-resolved-later",
    NOTE,
    "{backend} resolves `{host}` in the background",
    "wg-quick waits until all endpoint names are resolved, and fails if one cannot be. systemd-networkd and "
    "NetworkManager bring the link up and keep trying; NetworkManager also resolves the name again from time to time.",
    "",
    title="the backend resolves the name of an endpoint in the background",
)
INTERFACE_NAME_NOT_EXPRESSIBLE = Rule(
    "B412",
    "interface-name-not-expressible",
    ERROR,
    "{backend} cannot handle an interface named `{name}`",
    "wg-quick uses the name of the config as the name of the link. systemd interprets a numeric name as the index of a "
    "link, possibly a different one, and its programs interpret a name that starts with `-` as an option. "
    "NetworkManager treats a profile whose name starts with a dot as a temporary file.",
    "rename the config so that its name starts with a letter",
    Fidelity.REFUSED,
    title="the backend cannot handle the name of the interface",
)
ENDPOINT_NOT_EXPRESSIBLE = Rule(
    "B413",
    "endpoint-not-expressible",
    ERROR,
    "{backend} does not support endpoint `{endpoint}`",
    "NetworkManager drops the interface of a link-local address (`fe80::1%eth0`), so the peer cannot be reached.",
    "use an address that is not link-local",
    Fidelity.REFUSED,
    title="the backend does not support this endpoint",
)
SEARCH_DOMAIN_NOT_EXPRESSIBLE = Rule(
    "B414",
    "search-domain-not-expressible",
    WARNING,
    "{backend} omits the search domain `{domain}`",
    "systemd rejects a domain that starts with a dot. wg-quick fails at such a domain if resolvconf(8) is the one from "
    "systemd; other implementations store it as it is.",
    "remove the leading dot",
    Fidelity.DROPPED,
    title="the backend omits a search domain",
)

RESTART_RENEWS_RULES = Rule(
    "B415",
    "restart-renews-rules",
    WARNING,
    "when {backend} restarts, packets may bypass the tunnel for a moment",
    "When networkd starts, it does not recognize the policy rules of its tunnels as its own. If it configures another "
    "link first, it removes them as foreign rules and adds them again some milliseconds later; in between, traffic "
    "leaves through the uplink unencrypted. An upgrade of systemd restarts networkd; a reload has no such effect. With "
    "wg-quick, the rules stay unless networkd removes them.",
    "drop `--no-keep-foreign-rules`: by default, a file with `ManageForeignRoutingPolicyRules=no` keeps the rules",
    Fidelity.APPROXIMATE,
)
PRE_UP_RUNS_LATE = Rule(
    "B417",
    "pre-up-runs-late",
    WARNING,
    "{backend} runs `PreUp` only after the tunnel is configured",
    "With wg-quick, the link has no keys, addresses or routes when `PreUp` runs. NetworkManager calls no script before "
    "it has configured a link, so the hook runs right before the `PostUp` hooks and before the firewall is installed.",
    "make sure that the hook may run that late; put anything that must run earlier into a unit ordered before "
    "NetworkManager.service",
    Fidelity.APPROXIMATE,
)
HOOKS_AT_SHUTDOWN = Rule(
    "B418",
    "hooks-at-shutdown",
    NOTE,
    "{backend} does not run `{hook}` when the host shuts down",
    "At shutdown, systemd stops wg-quick@.service, which runs the hooks. NetworkManager leaves the tunnel as it is and "
    "exits. If another program deletes the link, only `PostDown` runs; NetworkManager then brings the tunnel up again, "
    "including its hooks, unless the profile was made with `--activation manual`.",
    "",
    title="the backend does not run this hook when the host shuts down",
)
LINK_LOCAL_ADDRESS = Rule(
    "B419",
    "link-local-address",
    NOTE,
    "{backend} enables IPv6 on the link and adds a link-local address (fe80::…)",
    "wg-quick does not give the link a link-local address. NetworkManager adds a stable one in fe80::/64, and its "
    "route, to every link that has IPv6. No peer can be reached through it unless its AllowedIPs include it. "
    "NetworkManager does this even if IPv6 is disabled on the host (`net.ipv6.conf.default.disable_ipv6 = 1`), where "
    "wg-quick fails at the first IPv6 address.",
)
IPV6_SWITCHED_OFF = Rule(
    "B420",
    "ipv6-switched-off",
    NOTE,
    "{backend} disables IPv6 on the link, which does not use it",
    "The config has no IPv6 addresses or routes. wg-quick leaves IPv6 enabled on such a link; NetworkManager either "
    "disables it (`net.ipv6.conf.IF.disable_ipv6`) or adds an address. This matters only if an IPv6 address is added "
    "later. If there are hooks, which might do that, IPv6 stays enabled.",
    "add an IPv6 `Address` if something needs it",
)
SERVER_NOT_EXPRESSIBLE = Rule(
    "B421",
    "dns-server-not-expressible",
    WARNING,
    "{backend} omits DNS server {server}: the tunnel has no IPv{family}{needed}",
    "NetworkManager stores DNS servers by address family, and accepts one only if the connection has an address or a "
    "route of that family; versions before 1.46 need an address. The remaining servers still receive all queries.",
    "remove the server, or add an IPv{family} `Address`",
    Fidelity.DROPPED,
    title="the backend omits a DNS server: the tunnel has no address or route of its family",
)
DNS_NOT_EXPRESSIBLE = Rule(
    "B422",
    "dns-not-expressible",
    ERROR,
    "{backend} cannot use the DNS server {server}: the tunnel has no IPv{family}{needed}",
    "NetworkManager stores DNS servers by address family, and accepts one only if the connection has an address or a "
    "route of that family; versions before 1.46 need an address. Without any server, all queries would bypass the "
    "tunnel.",
    "add a DNS server of a family that the tunnel has, or an IPv{family} `Address`",
    Fidelity.REFUSED,
    title="the backend cannot use any DNS server: the tunnel has no address or route of their family",
)
DNS_WITHOUT_ADDRESS = Rule(
    "B423",
    "dns-without-address",
    WARNING,
    "an IPv{family} DNS server without an IPv{family} `Address` needs {backend} {since}",
    "Older versions do not load a profile that has DNS servers of a family but no address, so the tunnel does not come "
    "up. `--to networkmanager@1.42` omits these servers instead; `--to networkmanager@1.46` does not report this.",
    "add an IPv{family} `Address` if a host has an older version, such as Debian 12; otherwise use `--allow B423`",
    Fidelity.APPROXIMATE,
    title="a DNS server of a family without an `Address` needs NetworkManager 1.46",
)
CONNECTED_ROUTE_PER_ADDRESS = Rule(
    "B424",
    "connected-route-per-address",
    NOTE,
    "{backend} adds a separate connected route for {address}",
    "If several addresses are in one network, the kernel creates one connected route. NetworkManager creates one for "
    "each address; the first takes effect.",
    "",
    title="the backend adds a separate connected route for each address of a network",
)
EXCLUSIVE_WITH_RESOLVED = Rule(
    "B425",
    "dns-exclusive-with-resolved",
    NOTE,
    "with {backend}, DNS is exclusive only through systemd-resolved",
    "wg-quick tells resolvconf(8) to use the servers for every query. NetworkManager does the same with "
    "systemd-resolved. If NetworkManager writes /etc/resolv.conf itself, these servers come first and the others stay "
    "in the list.",
    "enable systemd-resolved on the host",
)
KEYS_ASKED_FOR = Rule(
    "B426",
    "keys-asked-for",
    WARNING,
    "{backend} has to ask for the keys, so the tunnel does not come up at boot",
    "With `--keys external`, NetworkManager gets the keys of the profile from a secret agent: `nmcli --ask connection "
    "up`, or the agent of a desktop environment.",
    "use `--keys inline` for a tunnel that comes up by itself; only root can read the profile",
    Fidelity.APPROXIMATE,
)
SERVERS_BY_FAMILY = Rule(
    "B427",
    "dns-servers-by-family",
    NOTE,
    "{backend} reorders the DNS servers: IPv4 servers come first",
    "NetworkManager stores DNS servers by address family and passes IPv4 servers to systemd-resolved first. The order "
    "matters only when a server does not answer.",
    "",
)
DEVICE_SENT_AGAIN = Rule(
    "B428",
    "device-sent-again",
    NOTE,
    "restarting {backend} resets the session with each peer",
    "When it starts, systemd-networkd sends the whole device configuration to the kernel again: the next packet to a "
    "peer starts a handshake with the endpoint from the config. With wg-quick, the session continues with the endpoint "
    "from which the peer was last heard. This does not apply if a peer has no endpoint or one given by name, or if "
    "there are hooks: then networkd does not configure the device.",
)
HOOK_IS_UNDONE = Rule(
    "B429",
    "hook-undone-at-restart",
    WARNING,
    "a restart of {backend} removes {what}",
    "When systemd-networkd starts or reconfigures a link, it restores the state described by its files. Settings made "
    "with resolvectl(1) are then lost. Addresses, routes and rules added by hooks are kept, unless "
    "`--no-keep-foreign-rules` was given; B444 describes an exception with systemd 252. With wg-quick, everything is "
    "kept.",
    "move it into the config (`DNS`, `Address`, `AllowedIPs`), or restart the tunnel's service after systemd-networkd",
    Fidelity.APPROXIMATE,
    title="a restart of the backend undoes what this hook does",
)
IPV6_SWITCHED_ON = Rule(
    "B430",
    "ipv6-switched-on",
    NOTE,
    "{backend} enables IPv6 on the link even if it is disabled on the host",
    "On a host with `net.ipv6.conf.default.disable_ipv6 = 1`, wg-quick fails at the first IPv6 address. "
    "systemd-networkd sets this to 0 for a link that has IPv6. A tunnel that has a service fails as it does with "
    "wg-quick.",
)

REMOVAL_IS_UNDONE = Rule(
    "B431",
    "removal-undone",
    WARNING,
    "a restart of {backend} restores what this hook removes",
    "When systemd-networkd starts or reconfigures a link, it adds all missing addresses, routes and policy rules from "
    "its files. With wg-quick, whatever a hook has removed stays removed.",
    "leave the entry that the hook removes out of the config (`Address`, `AllowedIPs`, `Table = off`)",
    Fidelity.APPROXIMATE,
)

RESOLVER_HOOK_UNDONE = Rule(
    "B440",
    "resolver-hook-undone",
    WARNING,
    "{backend} undoes what this hook sets in the resolver",
    "systemd-resolved keeps DNS servers and domains for each link. NetworkManager sends it the settings of all links "
    "whenever the DNS of one of them changes, for example when the uplink comes back. The settings made by the hook "
    "are then lost until the tunnel is brought up again. With wg-quick, they stay.",
    "use `DNS`, which may also list search domains",
    Fidelity.APPROXIMATE,
)
ROAMED_ENDPOINT_RESET = Rule(
    "B441",
    "roamed-endpoint-reset",
    NOTE,
    "restarting {backend} resets the endpoint of a peer that has moved",
    "WireGuard sends packets to the address from which a peer was last heard. When NetworkManager restarts, for "
    "example after an upgrade, or applies the profile again, it sets the endpoint from the profile: packets to a peer "
    "that has moved are lost until the peer sends one itself. With wg-quick, the current endpoint stays.",
    "",
)

HOOK_UNDONE_BY_REAPPLY = Rule(
    "B442",
    "hook-undone-by-reapply",
    NOTE,
    "`nmcli device reapply` undoes what this hook does to the link",
    "This command resets the link to the state of its profile: keys and peers set with wg(8), and routes and addresses "
    "added with ip(8), are lost, and the traffic that they sent into the tunnel leaves through the uplink. Restarts of "
    "NetworkManager and changes of the uplink do not affect them. wg-quick has no such command.",
    "bring the tunnel down and up instead",
)
REMOVAL_NOT_KEPT = Rule(
    "B443",
    "removal-not-kept",
    WARNING,
    "{backend} restores what this hook removes",
    "NetworkManager adds addresses, routes and rules of its profile again when they are missing, even right after the "
    "hook. With wg-quick, whatever a hook has removed stays removed.",
    "leave the entry that the hook removes out of the config (`Address`, `AllowedIPs`, `Table = off`)",
    Fidelity.APPROXIMATE,
)

RECONFIGURING_BYPASSES_TUNNEL = Rule(
    "B444",
    "reconfiguring-bypasses-tunnel",
    NOTE,
    "packets may bypass the tunnel for a moment while {backend} reconfigures the link",
    "When `netplan apply` or `networkctl reconfigure` has systemd-networkd reconfigure the link, systemd 252 removes "
    "its routes and policy rules and adds them again. In our tests, up to two packets of twenty a second left "
    "unencrypted; none did with systemd 257, so `--to networkd@257` does not report this. Routes that hooks have added "
    "are lost, and addresses may be, until the tunnel is brought up again. With wg-quick, networkd does not manage "
    "the link.",
    title="packets may bypass the tunnel while the backend reconfigures the link",
)

# --- K5xx: security ---------------------------------------------------------------------------------------------------

INPUT_WORLD_READABLE = Rule(
    "K501",
    "world-readable-input",
    WARNING,
    "`{file}` contains keys and is world-readable",
    "Anyone who can read the private key can impersonate this host. wg-quick also warns about this.",
    "run `chmod 600 {path}`, and replace the keys if other people use this machine",
)

READABLE_OUTPUT = Rule(
    "K502",
    "readable-output",
    WARNING,
    "the output contains keys, and others can read the file it is written to",
    "If the shell redirects output to a file, the umask determines the file's mode: usually, everyone can read it. "
    "With `-o`, each file is created with the mode it needs.",
    "use `-o DIR`, or run `umask 077` first",
)

# --- H6xx: the configs of one host ------------------------------------------------------------------------------------

SAME_PRIVATE_KEY = Rule(
    "H601",
    "same-private-key",
    WARNING,
    "this `PrivateKey` is also used in {other}",
    "Peers identify a host by its key and send packets to the address from which that key was last used. If two "
    "interfaces with the same key are up and have a peer in common, each takes over the other's packets.",
    "generate a key for each interface with `wg genkey`, or allow this finding if only one of them is ever up",
)
SAME_LISTEN_PORT = Rule(
    "H602",
    "same-listen-port",
    WARNING,
    "port {thing} is also used in {other}",
    "Only one interface of a host can use a port. The second one to come up fails because the port is in use.",
    "give each interface its own `ListenPort`, or allow this finding if only one of them is ever up",
    title="this port is also used in another config",
)
SAME_ADDRESS = Rule(
    "H603",
    "same-address",
    WARNING,
    "address {thing} is also used in {other}",
    "The kernel accepts the same address on several links. If they have a network in common, its packets leave through "
    "the link that came up first.",
    "give each interface its own `Address`; allow this finding for links without a common network, or if only one is "
    "ever up",
    title="this address is also used in another config",
)
SECOND_DEFAULT_ROUTE = Rule(
    "H604",
    "second-default-route",
    WARNING,
    "the default route {thing} competes with the one in {other}",
    "If two tunnels take all traffic, each also takes the encrypted packets of the other; the same happens with "
    "wg-quick. If both are up, neither reaches its peer unless a more specific route leads to the endpoint. If both "
    "have the same `FwMark`, the second one fails because its table is in use.",
    "bring up one of them at a time (`--activation manual`), or narrow the `AllowedIPs` of one",
    title="this default route competes with the one in another config",
)

# --- F7xx: the fleet --------------------------------------------------------------------------------------------------

KEY_OF_ANOTHER_HOST = Rule(
    "F701",
    "key-of-another-host",
    WARNING,
    "this `PrivateKey` is also used in {other}",
    "Peers identify a host by its key and send packets to the address from which that key was last used: two hosts "
    "with the same key cut each other off.",
    "generate a key for each host with `wg genkey`, and give its peers the new public key",
)
ONE_SIDED_PEER = Rule(
    "F702",
    "one-sided-peer",
    WARNING,
    "this peer is {other}, which does not list this config as a peer",
    "A handshake needs both sides to list each other's public key. The other config is part of this run and has no "
    "`[Peer]` section with the key of this one.",
    "add the peer there, or remove it here",
    title="this peer is a config of this run, which does not list this one as a peer",
)
STALE_PEER_KEY = Rule(
    "F703",
    "stale-peer-key",
    WARNING,
    "no config has this peer's key; the peer is probably {other}",
    "The key belongs to no config of this run. However, other configs reach that config at the same endpoint, or its "
    "address is among these AllowedIPs and it lists this config as a peer. Its key was most likely replaced, and this "
    "is the old one.",
    "use the public key of that config",
)
UNREACHABLE_PEER = Rule(
    "F704",
    "unreachable-peer",
    WARNING,
    "other peers take all AllowedIPs of this peer",
    "A packet goes to the peer with the most specific network that contains its destination, and each network belongs "
    "to the last peer that lists it. No packet goes to this peer, and packets from it are dropped.",
    "give each peer AllowedIPs that no other peer of the interface has",
)
PRESHARED_KEYS_DIFFER = Rule(
    "F705",
    "preshared-keys-differ",
    WARNING,
    "this preshared key differs from the one in {other}",
    "Both ends need the same `PresharedKey`, or none; otherwise there is no handshake.",
    "generate one with `wg genpsk` and use it at both ends",
)

ADDRESS_OF_ANOTHER_HOST = Rule(
    "F706",
    "address-of-another-host",
    WARNING,
    "this `Address` is also used in {other}",
    "Both hosts have a peer in common, or one is a peer of the other. Packets to the address reach only one of them: "
    "the one whose AllowedIPs contain it.",
    "give each host an address of its own",
)
ADDRESS_NOT_ALLOWED = Rule(
    "F707",
    "address-not-allowed",
    WARNING,
    "the AllowedIPs of this peer do not contain the address of {other}",
    "WireGuard drops packets from a peer unless their source address is among its AllowedIPs, and sends it only "
    "packets to these networks.",
    "add the address to AllowedIPs; allow this finding if that host translates its address",
)
PORT_OF_NOBODY = Rule(
    "F708",
    "port-of-nobody",
    WARNING,
    "the port of this endpoint is not the `ListenPort` of {other}",
    "Nobody answers on this port, so a handshake works only if the other side initiates it. Without `ListenPort`, a "
    "host listens on a port chosen at random.",
    "use the same port on both sides; allow this finding if a router forwards the port",
)

# --- M8xx: migration of a running host --------------------------------------------------------------------------------

TUNNEL_NOT_UP = Rule(
    "M801",
    "tunnel-not-up",
    ERROR,
    "no active WireGuard interface `{interface}` on this host",
    "Only a working tunnel can be migrated: the result is compared with its live state under wg-quick.",
    "run `wg-quick up {interface}`; for a tunnel that is down, write the files with `wgtranspile --to ... -o /`",
    title="the interface is not an active WireGuard interface of this host",
)
HOST_NOT_READABLE = Rule(
    "M802",
    "host-not-readable",
    ERROR,
    "{why}",
    "The live state is read with `ip`, `wg` and `nft`, which need root privileges.",
    "run it as root on the host itself",
    title="the live state of this host cannot be read",
)
LIVE_TUNNEL_DIFFERS = Rule(
    "M803",
    "live-tunnel-differs",
    ERROR,
    "the live tunnel differs from the config: {item} is {found}, not {wanted}",
    "The config was edited after the tunnel came up, or the tunnel was changed with `wg set`. The target would bring "
    "up the tunnel as described in the config, and the comparison with the current state would fail.",
    "use `wg-quick save` to write the live tunnel to the config, or `wg-quick down` and `up` to apply the config",
    title="the live tunnel differs from the config",
)
TARGET_MISSING = Rule(
    "M804",
    "target-missing",
    ERROR,
    "{target} is not installed: {unit} does not exist",
    "The target's daemon must be installed before it can take over a tunnel.",
    "install it",
)
TARGET_TOO_OLD = Rule(
    "M805",
    "target-too-old",
    ERROR,
    "{target} {version} is too old; the files need version {oldest}",
    "An older version ignores settings it does not know, and the tunnel would not be the same.",
    "upgrade it, or stay with wg-quick",
    title="the target is too old for the files",
)
TARGET_MASKED = Rule(
    "M806",
    "target-masked",
    ERROR,
    "{unit} is masked",
    "A masked unit cannot be started; someone disabled it on purpose.",
    "run `systemctl unmask {unit}` if it no longer needs to be masked",
)
NETWORKD_IS_STARTED = Rule(
    "M807",
    "networkd-is-started",
    WARNING,
    "systemd-networkd is not running; it will be enabled and started",
    "networkd changes only links that it has files for, but it removes policy rules of other programs (M809). Its "
    "wait-online service stays disabled.",
    "",
)
NETWORKMANAGER_NOT_RUNNING = Rule(
    "M808",
    "networkmanager-not-running",
    ERROR,
    "the NetworkManager service is not running",
    "Starting it may make it take over other interfaces, including the one your session uses.",
    "start it, check that the host's network still works, and try again; or migrate to networkd",
)
FOREIGN_RULE = Rule(
    "M809",
    "foreign-rule",
    ERROR,
    "networkd would remove the policy rule `{rule_text}`",
    "When networkd configures a link, it removes the policy rules of other programs: of hooks, of other VPNs, and of "
    "another tunnel with a default route, whose traffic would then leave unencrypted.",
    "use `--keep-foreign-rules`, which also keeps the rules that hooks add",
    title="networkd would remove a policy rule of another program",
)
INTERFACE_CONFIGURED_TWICE = Rule(
    "M810",
    "interface-configured-twice",
    ERROR,
    "`{file}` also configures `{interface}` ({target})",
    "If two files configure an interface, only one of them is used, or two managers change the same link.",
    "remove the file, or remove the interface from it",
    title="another file also configures the interface",
)
INTERFACE_MENTIONED = Rule(
    "M811",
    "interface-mentioned",
    ERROR,
    "`{file}` mentions `{interface}`",
    "ifupdown or netplan may also bring the interface up and take it down.",
    "remove the interface from the file",
    title="another file mentions the interface",
)
FILE_IS_REPLACED = Rule(
    "M812",
    "file-is-replaced",
    WARNING,
    "`{file}` already exists and will be replaced",
    "A copy is kept in the backup and restored by a rollback.",
    "",
)
DROP_IN_IS_LOST = Rule(
    "M813",
    "drop-in-is-lost",
    WARNING,
    "`{file}` changes how wg-quick brings up `{interface}`; the target does not use it",
    "Settings in a drop-in, such as the order of units or additional commands, are not part of the config.",
    "check what it does and whether the target needs it",
    title="a drop-in changes how wg-quick brings up the interface; the target does not use it",
)
UNIT_DEPENDS = Rule(
    "M814",
    "unit-depends",
    WARNING,
    "{unit} depends on wg-quick@{interface}.service: it will also be stopped, and would start that service again",
    "A unit that requires another one starts it, and is stopped with it. A rollback starts the unit again.",
    "make it depend on sys-subsystem-net-devices-{interface}.device instead",
    title="a unit depends on wg-quick's unit: it will also be stopped, and would start wg-quick's unit again",
)
SESSION_IN_TUNNEL = Rule(
    "M815",
    "session-in-tunnel",
    ERROR,
    "your session runs through `{interface}`",
    "If the tunnel did not come up again and the migration were rolled back, you would not see any of this.",
    "use `--confirm SECONDS`: the migration is rolled back unless you confirm it in time, from this or another login",
)
SESSION_IN_TUNNEL_GUARDED = Rule(
    "M816",
    "session-in-tunnel-guarded",
    NOTE,
    "your session runs through `{interface}`, which will be down for a moment",
    "The migration continues without the session; `wgtranspile confirm` also works from another login.",
    "",
)
MIGRATED_BEFORE = Rule(
    "M817",
    "migrated-before",
    ERROR,
    "`{interface}` has already been migrated",
    "wg-quick no longer manages it, so there is nothing to compare the result with.",
    "omit it, or bring it back first with `wgtranspile rollback {interface}`",
)
LIVE_TUNNEL_DIFFERS_BY_HOOK = Rule(
    "M818",
    "live-tunnel-differs-by-hook",
    WARNING,
    "the live tunnel differs from the config: {item} is {found}, not {wanted}; a hook may be the cause",
    "The hooks also run under the target. Whatever differs from the config now must differ in the same way afterwards, "
    "or the migration is rolled back.",
    "check whether a hook does that; if not, the config was edited after the tunnel came up, or the tunnel was changed",
    title="the live tunnel differs from the config; a hook may be the cause",
)
NOT_COMPARED = Rule(
    "M819",
    "not-compared",
    NOTE,
    "cannot tell whether the live tunnel matches the config: {item}: {reason}",
    "The host does not provide this information, or a peer has moved, or its endpoint was edited in the config after "
    "the tunnel came up. In the last case, if the new endpoint does not answer, the migration is rolled back.",
    "",
    title="cannot tell whether the live tunnel matches the config",
)
MIGRATION_UNDER_WAY = Rule(
    "M820",
    "migration-under-way",
    ERROR,
    "a migration of `{interface}` is in progress or was interrupted",
    "It is still running, is waiting for confirmation, or was cut off.",
    "run `wgtranspile confirm {interface}` to keep the result, or `wgtranspile rollback {interface}` to go back",
)
RESOLVED_NOT_RUNNING = Rule(
    "M821",
    "resolved-not-running",
    ERROR,
    "systemd-resolved is not running, but networkd needs it to set the DNS servers of `{interface}`",
    "Under wg-quick, resolvconf(8) of another package set them. networkd supports only systemd-resolved.",
    "start systemd-resolved and check that the host still resolves names, or migrate to NetworkManager",
)
MARK_IN_USE = Rule(
    "M822",
    "mark-in-use",
    ERROR,
    "`{file}` uses {mark}, the mark and routing table of `{interface}`",
    "wg-quick used the first number whose routing table was empty; the target needs a fixed number. If the interface "
    "configured by that file comes up as well, both would use the same table.",
    "give `{interface}` its own number: set `FwMark` in its config, then run `wg-quick down` and `up`",
    title="another file uses the mark and routing table of the interface",
)
DISPATCHER_NOT_ENABLED = Rule(
    "M823",
    "dispatcher-not-enabled",
    ERROR,
    "`{interface}` needs NetworkManager's dispatcher service, which is not enabled",
    "A script run by NetworkManager-dispatcher.service installs the firewall of a default route and runs the hooks. "
    "`systemctl disable NetworkManager` also disables the dispatcher, and starting NetworkManager does not enable it "
    "again; the tunnel would come up without firewall and hooks.",
    "run `systemctl enable NetworkManager-dispatcher.service`",
)

NOT_ROOT = Rule(
    "M824",
    "not-root",
    ERROR,
    "a migration needs root privileges",
    "It reads the live tunnel, writes under /etc, and starts and stops units. Nothing else was checked: without root "
    "privileges, a tunnel that is up looks as if it were missing.",
    "run it as root, for example with sudo",
)
SYSTEMD_NOT_RUNNING = Rule(
    "M825",
    "systemd-not-running",
    ERROR,
    "systemd is not running as the init system of this host",
    "A migration starts and stops units, and uses units as guards. Without systemd as process 1 there is no "
    "/run/systemd/system, as in most containers and in a chroot. Nothing else was checked.",
    "run it on the booted host itself; for a host without systemd, use `wgtranspile --to shell`",
)

# --- X9xx: environment ------------------------------------------------------------------------------------------------

CANNOT_READ = Rule(
    "X901",
    "cannot-read",
    ERROR,
    "cannot read `{file}`: {why}",
    "The config could not be read. A name without a path, such as `wg0`, stands for /etc/wireguard/wg0.conf, as with "
    "wg-quick.",
    "{advice}",
    title="the config cannot be read",
)
CANNOT_WRITE = Rule(
    "X902",
    "cannot-write",
    ERROR,
    "cannot write `{file}`: {why}",
    "Each file is written under a temporary name and renamed when it is complete, so the previous file is unchanged.",
    "",
    title="the file cannot be written",
)
SAME_OUTPUT = Rule(
    "X903",
    "same-output",
    ERROR,
    "`{file}` would also be written for `{other}`",
    "Two configs of one run would produce the same file. Nothing is written.",
    "rename one of the configs, or pass the directory above them",
    title="the same file would be written for two configs",
)
UNTRUSTED_FOLDER = Rule(
    "X904",
    "untrusted-folder",
    ERROR,
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
    ERROR,
    "`{file}` exists and was not created by wgtranspile",
    "A file belongs to wgtranspile if it says so near its beginning, is recorded in the manifest of the output folder, "
    "or is a key file that such a file names, unless that was made with `--keys external`. No other file is replaced, "
    "and nothing was written.",
    "move it away, or use `--overwrite`, which keeps a copy as `NAME.~1~`",
)
MORE_FINDINGS = Rule(
    "X990",
    "more-findings",
    NOTE,
    "{number} more findings are not shown: {kinds}",
    "The 500 most severe findings of each file are shown, in every format. This one stands for the rest and has the "
    "severity of the most severe of them.",
    "fix the findings shown and run wgtranspile again",
    title="more findings are not shown",
)
INTERNAL_ERROR = Rule(
    "X999",
    "internal-error",
    ERROR,
    "wgtranspile failed: {why}",
    "This is a bug in wgtranspile. Nothing was written for the file that the message names; other configs are not "
    "affected.",
    "please report it with the config, after replacing its keys",
    title="wgtranspile failed because of a bug",
)

RULES: tuple[Rule, ...] = tuple(
    sorted((row for row in globals().values() if isinstance(row, Rule)), key=lambda row: row.code)
)

#: Findings with which wgtranspile deliberately refuses what wg-quick accepts, or may accept on some hosts.
STRICTER = frozenset(
    row.code
    for row in (
        NUL_CHARACTER,
        MISSING_EQUALS,
        UNUSUAL_ADDRESS,
        PORT_OUT_OF_RANGE,
        SERVICE_NAME_AS_PORT,
        INVALID_DNS_SERVER,
        INVALID_SEARCH_DOMAIN,
        OCTAL_NUMBER,
        INVALID_TABLE,
        UNUSABLE_ADDRESS,
        SMALL_MTU_WITH_IPV6,
        RESERVED_MARK,
        UNUSABLE_TABLE_NAME,
    )
)


def rule(word: str) -> Rule | None:
    """Return the rule with this code or name, in upper or lower case."""
    word = word.lower()
    return next((row for row in RULES if word in (row.code.lower(), row.name)), None)


def check_words(words: Collection[str]) -> None:
    """Check codes and names of findings; raise UnknownWordError for one that does not exist."""
    known = {word for row in RULES for word in (row.code, row.name)} if words else set()
    if unknown := next((word for word in words if word not in known), None):
        raise UnknownWordError(no_finding(unknown))


def no_finding(word: str) -> str:
    """Return a sentence that says that the finding does not exist, with a suggestion or else all codes."""
    listed = f"; the codes are {', '.join(row.code for row in RULES)}"
    meant = question(word, (known for row in RULES for known in (row.code, row.name)))
    return f"there is no finding {word!r}{meant or listed}"
