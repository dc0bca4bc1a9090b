"""Every finding there is, one row each: code, name, severity, message, explanation, help.

The letter of a code is the stage that speaks: S syntax, C config, P plan, B backend, K security, H host, F fleet, M
migration, X environment. A name reads well after "allow". `docs/diagnostics.md` and `wgtranspile explain` are made from
this table.
"""

from __future__ import annotations

from wgtranspile.diagnostics.model import Fidelity, Rule, Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

#: The stage that speaks, by the first letter of a code.
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
    "Some editors put the invisible character U+FEFF before the first line when they save as UTF-8. wg(8) takes it "
    "for a part of that line and refuses the file.",
    "save the file as UTF-8 without a byte order mark (in vim: `:set nobomb`)",
)
NUL_CHARACTER = Rule(
    "S102",
    "nul-character",
    ERROR,
    "the file holds a NUL character",
    "bash drops NUL characters without a word, other readers stop at them, so that what follows may be hidden from "
    "one and seen by the other. A config never needs one; the file is damaged, or UTF-16.",
    "if the file is UTF-16: `iconv -f UTF-16 -t UTF-8`; else remove the character",
)
SEMICOLON_COMMENT = Rule(
    "S103",
    "semicolon-comment",
    ERROR,
    "`;` does not begin a comment",
    "Comments of wg(8) and wg-quick(8) begin with `#`. A line that begins with `;` is read as a setting, which both "
    "refuse.",
    "write `#` in place of `;`",
)
MISSING_EQUALS = Rule(
    "S104",
    "missing-equals",
    ERROR,
    "`{word}` is neither a section, nor `Key = value`, nor a comment",
    "Each line of a config is a section header, a setting `Key = value`, a comment that begins with `#`, or empty. Of "
    "a line that is only the name of one of its own keys wg-quick takes the name for the value, too; wgtranspile "
    "refuses it.",
    "a setting is written `Key = value`",
)
MALFORMED_HEADER = Rule(
    "S105",
    "malformed-section-header",
    ERROR,
    "`{header}` is no section header",
    "A section header is `[Interface]` or `[Peer]`, alone on its line but for blanks and a `#` comment.",
    "write `[Interface]` or `[Peer]` on a line of its own",
)

# --- C2xx: config -----------------------------------------------------------------------------------------------------

UNKNOWN_SECTION = Rule(
    "C201",
    "unknown-section",
    ERROR,
    "unknown section `[{name}]`",
    "A config has `[Interface]` and `[Peer]` sections, in any case, and no others.",
    "a config has only `[Interface]` and `[Peer]` sections",
)
ENTRY_OUTSIDE_SECTION = Rule(
    "C202",
    "entry-outside-section",
    ERROR,
    "`{key}` stands before any section",
    "Settings belong to the section above them; wg(8) refuses one that has none.",
    "put it below `[{section}]`",
)
UNKNOWN_KEY = Rule(
    "C203",
    "unknown-key",
    ERROR,
    "unknown key `{key}`",
    "Neither wg-quick(8) nor wg(8) knows this key, and wg(8) refuses a file that holds it.",
    "remove the line, or begin it with `#`",
)
MISPLACED_KEY = Rule(
    "C204",
    "misplaced-key",
    ERROR,
    "`{key}` belongs in [{section}]",
    "Each key belongs to one kind of section. wg-quick reads its own keys only below a header written exactly "
    "`[Interface]` (in any case, without blanks inside the brackets).",
    "move it below `[{section}]`",
)
AMNEZIAWG_KEY = Rule(
    "C205",
    "amneziawg-key",
    ERROR,
    "`{key}` is a setting of AmneziaWG",
    "AmneziaWG is a protocol of its own that borrows WireGuard's file format. Neither wg(8), nor the kernel's "
    "WireGuard, nor systemd-networkd or NetworkManager speaks it, and a tunnel without these settings would not reach "
    "its peer.",
    "ask the peer for a plain WireGuard config; AmneziaWG tunnels need awg-quick(8)",
)
EMPTY_VALUE = Rule(
    "C206",
    "empty-value",
    ERROR,
    "`{key}` has no value",
    "wg(8) refuses its own keys without a value.",
    "give a value, or remove the line",
)
INVALID_KEY = Rule(
    "C207",
    "invalid-key",
    ERROR,
    "`{key}` is not a WireGuard key",
    "A key is 32 bytes in base64: 44 characters, of which the last is `=`.",
    "{why}",
)
INVALID_ADDRESS = Rule(
    "C208",
    "invalid-address",
    ERROR,
    "`{text}` is not an address that a link can have",
    "An `Address` is an IPv4 or IPv6 address, with or without a prefix length; without one it is that one address "
    "(/32 or /128).",
    "{why}",
)
UNUSUAL_ADDRESS = Rule(
    "C209",
    "unusual-address-spelling",
    ERROR,
    "`{text}` is an unusual spelling of an address",
    "ip(8) and getaddrinfo(3) take shortened, octal and hexadecimal forms of IPv4 addresses, and do not read them "
    "alike: `10.1` is 10.1.0.0 for one and 10.0.0.1 for the other. wg-quick accepts them, wgtranspile does not guess.",
    "write all four numbers, in decimal and without leading zeros",
)
DUPLICATE_ADDRESS = Rule(
    "C210",
    "duplicate-address",
    ERROR,
    "`{text}` is given twice",
    "The kernel refuses an address that the link already has, and wg-quick fails. An IPv6 address counts as the same "
    "with any prefix length.",
    "remove one of them",
)
INVALID_ALLOWED_IP = Rule(
    "C211",
    "invalid-allowed-ip",
    ERROR,
    "`{text}` is not a network",
    "`AllowedIPs` is a list of IPv4 and IPv6 networks, separated by commas. Each is an address written in full, with "
    "or without a prefix length in digits.",
    "{why}",
)
HOST_BITS_SET = Rule(
    "C212",
    "host-bits-set",
    NOTE,
    "`{text}` has bits set behind its prefix; it means {network}",
    "WireGuard and wg-quick use the network an allowed IP lies in, and wg(8) warns about the rest. So do we.",
    "write `{network}`",
)
INVALID_ENDPOINT = Rule(
    "C213",
    "invalid-endpoint",
    ERROR,
    "`{text}` is not an endpoint",
    "An `Endpoint` is `host:port` or `[IPv6 address]:port`; the host may be a name.",
    "{why}",
)
PORT_OUT_OF_RANGE = Rule(
    "C214",
    "port-out-of-range",
    ERROR,
    "`{text}` is not a port",
    "A port is a number up to 65535. The C library takes larger and negative numbers too, and silently uses their "
    "last 16 bits; wgtranspile refuses them.",
    "a port is a number from 0 to 65535, in digits",
)
SERVICE_NAME_AS_PORT = Rule(
    "C215",
    "service-name-as-port",
    ERROR,
    "`{text}` is not a port number",
    "wg(8) asks the C library for the port, which looks names up in the host's /etc/services. Other network managers "
    "take numbers only, and another host may know other names, so wgtranspile takes numbers only.",
    "write the port as a number",
)
INVALID_FWMARK = Rule(
    "C216",
    "invalid-fwmark",
    ERROR,
    "`{text}` is not a mark",
    "`FwMark` is `off`, or a number from 0 to 4294967295 in decimal, or in hexadecimal behind `0x`.",
    "write a number such as 51820 or 0xca6c, or `off`",
)
INVALID_KEEPALIVE = Rule(
    "C217",
    "invalid-keepalive",
    ERROR,
    "`{text}` is not a keepalive interval",
    "`PersistentKeepalive` is `off` or a number of seconds from 0 to 65535.",
    "write a number of seconds such as 25, or `off`",
)
INVALID_MTU = Rule(
    "C218",
    "invalid-mtu",
    ERROR,
    "`{text}` is not an MTU",
    "`MTU` is a number of bytes from 68 to 65535. wg-quick fails when the link refuses its value.",
    "write a number such as 1420, or remove the line to have it computed",
)
INVALID_BOOLEAN = Rule(
    "C219",
    "invalid-boolean",
    ERROR,
    "`{text}` is neither true nor false",
    "`SaveConfig` is `true` or `false`, in any case.",
    "write `true` or `false`",
)
INVALID_DNS_SERVER = Rule(
    "C220",
    "invalid-dns-server",
    ERROR,
    "`{text}` is not the address of a DNS server",
    "wg-quick takes an item of `DNS` that consists of digits and dots, or holds a colon, for the address of a server, "
    "and hands it to resolvconf(8) unread. wgtranspile takes only addresses.",
    "write an IPv4 or IPv6 address; a server on another port cannot be given",
)
INVALID_SEARCH_DOMAIN = Rule(
    "C221",
    "invalid-search-domain",
    ERROR,
    "`{text}` is not a search domain",
    "An item of `DNS` that is no address is a search domain, which wg-quick hands to resolvconf(8) unread, expanding "
    "`*` and `?` to file names on the way. wgtranspile takes only host names, with labels of letters, digits, `-` and "
    "`_`.",
    "write a domain name such as corp.example",
)
MISSING_PUBLIC_KEY = Rule(
    "C222",
    "missing-public-key",
    ERROR,
    "this peer has no `PublicKey`",
    "A peer is known by its public key; wg(8) refuses a `[Peer]` section without one.",
    "add `PublicKey = ...`, or remove the section",
)
REPEATED_KEY = Rule(
    "C223",
    "repeated-key",
    NOTE,
    "this `{key}` replaces an earlier one",
    "Of a key that holds one value, wg-quick and wg use the last. The earlier ones have no effect.",
    "remove the earlier line",
)
UNKNOWN_TABLE = Rule(
    "C224",
    "unknown-table",
    WARNING,
    "the routing table `{text}` has a name of this host's own",
    "`Table` may be a name from /etc/iproute2/rt_tables of the host on which the tunnel comes up. wgtranspile knows "
    "only `main`, `default` and `local`. Where the host does not know the name, the routes cannot be added and the "
    "tunnel does not come up.",
    "write the table's number",
)
EMPTY_SETTING = Rule(
    "C225",
    "empty-setting",
    NOTE,
    "`{key}` is empty and has no effect",
    "wg-quick accepts its own keys without a value: an empty hook does nothing, an empty `MTU` or `Table` counts as "
    "not given.",
    "remove the line",
)
INTERFACE_NAME = Rule(
    "C226",
    "invalid-interface-name",
    ERROR,
    "`{name}` cannot be the name of an interface",
    "The name of the file without `.conf` is the name of the interface: 1 to 15 letters, digits and `_=+.-`, and none "
    "of `.`, `..`, `all` and `default`, which the kernel keeps to itself, nor `lo`, which every host has.",
    "rename the file, or give a name with `--name`",
)
MISSING_PRIVATE_KEY = Rule(
    "C227",
    "missing-private-key",
    NOTE,
    "no `PrivateKey` is set",
    "wg-quick brings the link up without a key; it carries no traffic until one is set, often by a hook such as "
    "`PostUp = wg set %i private-key /etc/wireguard/%i.key`.",
    "",
)
OCTAL_NUMBER = Rule(
    "C228",
    "octal-number",
    ERROR,
    "`{text}` begins with a zero, which makes it octal",
    "ip(8) reads a number that begins with `0` as octal, so that `MTU = 01420` is 784. wg-quick accepts that; "
    "wgtranspile takes it for a mistake.",
    "write the number without leading zeros",
)
INVALID_TABLE = Rule(
    "C229",
    "invalid-table",
    ERROR,
    "`{text}` cannot be a routing table",
    "`Table` is `auto`, `off`, a number from 0 to 4294967295, or one name. wg-quick notices only when it adds a route.",
    "write a number such as 1234, or `off` or `auto` in lower case",
)
UNUSABLE_ADDRESS = Rule(
    "C230",
    "unusable-address",
    ERROR,
    "`{text}` cannot be the address of a host",
    "The unspecified address, multicast addresses and the IPv6 loopback address belong to no host. The kernel refuses "
    "the IPv6 ones, and of the IPv4 ones it adds 0.0.0.0 without any effect.",
    "write the address of this host in the tunnel",
)
NAME_OF_HARDWARE = Rule(
    "C231",
    "name-of-hardware",
    WARNING,
    "`{name}` is a name that network cards have",
    "The name of the file without `.conf` is the name of the interface. Where there is a link of that name already, "
    "wg-quick says so and ends. A network manager takes it for the one that it has files for, and gives the card the "
    "addresses and routes of the tunnel.",
    "rename the file, or give a name with `--name`",
)

# --- P3xx: plan -------------------------------------------------------------------------------------------------------

MOVED_ALLOWED_IP = Rule(
    "P301",
    "moved-allowed-ip",
    NOTE,
    "{network} moves from peer {earlier} to this one",
    "A network belongs to one peer. Where several name it, the kernel gives it to the last, and the earlier ones go "
    "without.",
    "remove it from the other peer",
)
REPEATED_PEER = Rule(
    "P302",
    "repeated-peer",
    NOTE,
    "this section changes peer {peer}, which is given before",
    "Two `[Peer]` sections with one `PublicKey` are one peer. What the later section sets counts, and its AllowedIPs "
    "take the place of the earlier list.",
    "merge the sections",
)
OWN_PUBLIC_KEY = Rule(
    "P303",
    "own-public-key",
    WARNING,
    "this peer has the interface's own key and is left out",
    "The public key belongs to the `PrivateKey` of this config. The kernel ignores such a peer without a word, so "
    "that its AllowedIPs get no routes. It comes about when one list of peers is given to all hosts.",
    "remove the section",
)
SMALL_MTU_WITH_IPV6 = Rule(
    "P304",
    "small-mtu-with-ipv6",
    ERROR,
    "an MTU of {mtu} switches IPv6 off on the link",
    "The kernel takes all IPv6 addresses off a link whose MTU is below 1280. wg-quick then fails at the first IPv6 "
    "route, or goes on without the addresses.",
    "set an MTU of at least 1280, or remove the IPv6 addresses and AllowedIPs",
)
ROUTE_EXISTS = Rule(
    "P305",
    "route-exists",
    ERROR,
    "the route to {network} exists already in table {table}",
    "The connected route of an `Address` is in the same table, and a second one to the same network is refused by the "
    "kernel, so that wg-quick fails.",
    "remove {network} from AllowedIPs, or give the `Address` another prefix length",
)
RESERVED_MARK = Rule(
    "P306",
    "reserved-table-as-mark",
    ERROR,
    "the mark {mark} is also the number of the table `{table}`",
    "For a default route wg-quick uses the mark as the number of a routing table of its own. In the tables that the "
    "kernel fills itself, the default route would replace or collide with the host's own.",
    "choose another `FwMark`, or remove it to have one chosen",
)
UNUSABLE_TABLE_NAME = Rule(
    "P307",
    "interface-name-unusable-in-nft",
    ERROR,
    "nft cannot name a table after the interface `{name}`",
    "A default route gets a firewall in the nft table `wg-quick-{name}`, and nft takes only letters, digits, `_`, `-` "
    "and `.` there, so that wg-quick fails.",
    "rename the interface without `=` and `+`",
)
SEARCH_WITHOUT_SERVER = Rule(
    "P308",
    "search-domain-without-server",
    WARNING,
    "the search domains have no effect without a DNS server",
    "wg-quick calls resolvconf(8) only when `DNS` names at least one server.",
    "add the address of a DNS server, or remove the line",
)
INTERNAL_VARIABLE_IN_HOOK = Rule(
    "P309",
    "internal-variable-in-hook",
    WARNING,
    "this hook uses `{variable}`, which is wg-quick's own",
    "wg-quick runs hooks inside its own shell, where they can see its variables and functions. They are not "
    "documented, and exist nowhere else. `INTERFACE` is kept.",
    "write the value itself; `%i` gives the interface",
)
DEFAULT_ROUTE_IN_MAIN = Rule(
    "P310",
    "default-route-in-main",
    WARNING,
    "the default route goes to table main, beside the host's own",
    "With `Table = main` wg-quick adds `/0` to the main table without mark and rules. If the host has a default route "
    "there with the same metric, that fails, and so does the tunnel; if not, the encrypted packets are routed into "
    "the tunnel themselves.",
    "remove the `Table` line to have policy routing set up",
)
PRE_UP_CHANGES_DEVICE = Rule(
    "P311",
    "pre-up-changes-device",
    WARNING,
    "this `PreUp` hook sets up the device before the config does",
    "wg-quick adds the config to what is there already, and makes routes for the allowed IPs that it then finds on "
    "the device. The plan knows only the config: peers, allowed IPs and a mark that the hook sets get no routes and "
    "rules.",
    "move what the hook sets to the config, or the hook to `PostUp` with routes of its own",
)

# --- B4xx: backends ---------------------------------------------------------------------------------------------------

SAVE_CONFIG_NOT_EXPRESSIBLE = Rule(
    "B401",
    "save-config-not-expressible",
    WARNING,
    "{backend} does not write the running state back (`SaveConfig`)",
    "With `SaveConfig = true`, `wg-quick down` saves peers and settings changed at run time to the config. What "
    "wgtranspile writes is made from the config and stays as it is.",
    "change the config and transpile again; `wg showconf` shows the running state",
    Fidelity.DROPPED,
)
FIREWALL_ONLY = Rule(
    "B402",
    "firewall-only",
    NOTE,
    "{backend} holds only the firewall, not {left}",
    "An nft script has no place for links, addresses, routes, rules, DNS and hooks. It is the firewall that wg-quick "
    "installs for a default route, for use beside what sets up the tunnel.",
    "use another backend for the tunnel itself",
    Fidelity.DROPPED,
)
MARK_ASSUMED = Rule(
    "B403",
    "mark-assumed",
    NOTE,
    "{backend} assumes the mark {mark} for this default route",
    "wg-quick takes the first number from 51820 whose routing table is empty when the tunnel comes up. A file that is "
    "written beforehand has to name one: 51820 for the only default route of a host; where there are several, one that "
    "follows from the name of the interface, so that it stays when others come and go. Where the table of that number "
    "is in use when the tunnel comes up, its start fails and says so.",
    "pin it with `--fwmark {mark}` or `FwMark = {mark}`, with a number of its own for each tunnel of a host",
    Fidelity.APPROXIMATE,
)
KEYS_NOT_EXPRESSIBLE = Rule(
    "B404",
    "keys-not-expressible",
    ERROR,
    "{backend} cannot keep keys as `--keys {keys}`",
    "Each backend has its own ways to keep private and preshared keys.",
    "use `--keys {possible}`",
    Fidelity.REFUSED,
)

MTU_NOT_COMPUTED = Rule(
    "B405",
    "mtu-not-computed",
    NOTE,
    "{backend} does not compute the MTU: it is 1420, whatever the uplink has",
    "Without `MTU`, wg-quick takes the smallest MTU on the way to the endpoints, less 80: 1420 where that is 1500. On "
    "a smaller uplink (PPPoE, mobile, another tunnel) large packets are then fragmented or lost.",
    "pin it with `--mtu N` or `MTU = N`, where N is the MTU of the uplink less 80",
    Fidelity.APPROXIMATE,
)
PRIVATE_KEY_REQUIRED = Rule(
    "B406",
    "private-key-required",
    ERROR,
    "{backend} makes no link without a private key",
    "wg-quick brings up a link without a key, which a hook may set later. NetworkManager refuses such a device.",
    "set `PrivateKey`",
    Fidelity.REFUSED,
)
TABLE_NAME_NOT_EXPRESSIBLE = Rule(
    "B407",
    "table-name-not-expressible",
    ERROR,
    "{backend} does not know the routing table `{table}`",
    "ip(8) looks names of tables up in /etc/iproute2/rt_tables, systemd-networkd in its own `RouteTable=`, and "
    "NetworkManager nowhere; the route would be left out.",
    "write the table's number",
    Fidelity.REFUSED,
)
PRE_DOWN_CANNOT_STOP = Rule(
    "B409",
    "pre-down-cannot-stop",
    WARNING,
    "with {backend}, a `PreDown` that fails does not keep the tunnel up",
    "`wg-quick down` ends at a failing `PreDown`, and the tunnel stays. A service of systemd that is stopped is "
    "stopped, and so is a connection of NetworkManager: the remaining hooks of the moment do not run, and the tunnel "
    "is taken down.",
    "make sure that the hook succeeds, with `|| true` if need be",
    Fidelity.APPROXIMATE,
)
NEEDS_RESOLVED = Rule(
    "B410",
    "dns-needs-resolved",
    NOTE,
    "with {backend}, DNS is set through systemd-resolved only",
    "wg-quick calls resolvconf(8), of which there are several. systemd-networkd tells systemd-resolved, and no one "
    "else.",
    "enable systemd-resolved on the host",
)
NAME_RESOLVED_LATER = Rule(
    "B411",
    "name-resolved-later",
    NOTE,
    "{backend} resolves `{host}` in the background",
    "wg-quick waits until the names of endpoints are resolved, and fails if one cannot be. systemd-networkd and "
    "NetworkManager bring the link up and go on trying; NetworkManager looks the name up again from time to time.",
    "",
)
INTERFACE_NAME_NOT_EXPRESSIBLE = Rule(
    "B412",
    "interface-name-not-expressible",
    ERROR,
    "{backend} cannot handle a link with the name `{name}`",
    "wg-quick takes the name of the config for that of the link. systemd takes a name that is a number for the index "
    "of a link, perhaps of another one, and its programs take a name that begins with `-` for an option. "
    "NetworkManager takes a profile whose name begins with a dot for a temporary file.",
    "rename the config, so that its name begins with a letter",
    Fidelity.REFUSED,
)
ENDPOINT_NOT_EXPRESSIBLE = Rule(
    "B413",
    "endpoint-not-expressible",
    ERROR,
    "{backend} does not understand the endpoint `{endpoint}`",
    "NetworkManager forgets the link of a link-local address (`fe80::1%eth0`), and the peer is not reached.",
    "use an address that is not link-local",
    Fidelity.REFUSED,
)
SEARCH_DOMAIN_NOT_EXPRESSIBLE = Rule(
    "B414",
    "search-domain-not-expressible",
    WARNING,
    "{backend} leaves out the search domain `{domain}`",
    "systemd takes no domain that begins with a dot. With its own resolvconf, wg-quick fails at such a domain; others "
    "write it down as it is.",
    "remove the dot at its beginning",
    Fidelity.DROPPED,
)

RESTART_RENEWS_RULES = Rule(
    "B415",
    "restart-renews-rules",
    WARNING,
    "when {backend} restarts, packets may bypass the tunnel for a moment",
    "A networkd that has just started does not know that the rules of its tunnels are its own. Where it configures "
    "another link first, it removes them as foreign, and adds them again some milliseconds later; in between, traffic "
    "leaves through the uplink in clear. A reload does nothing of the kind, an upgrade of systemd restarts networkd. "
    "With wg-quick the rules stay for as long as no networkd takes them away.",
    "leave out `--no-keep-foreign-rules`: by default a file with `ManageForeignRoutingPolicyRules=no` keeps them",
    Fidelity.APPROXIMATE,
)
PRE_UP_RUNS_LATE = Rule(
    "B417",
    "pre-up-runs-late",
    WARNING,
    "{backend} runs `PreUp` only when the tunnel is configured",
    "With wg-quick the link has neither keys, addresses nor routes at `PreUp`. NetworkManager calls nothing before it "
    "has configured a link: the hook runs right before those of `PostUp`, and before the firewall.",
    "make sure that the hook may run that late; what must come first belongs to a unit ordered before "
    "NetworkManager.service",
    Fidelity.APPROXIMATE,
)
HOOKS_AT_SHUTDOWN = Rule(
    "B418",
    "hooks-at-shutdown",
    NOTE,
    "{backend} does not run `{hook}` when the host shuts down",
    "The service wg-quick@.service is stopped at shutdown, and runs its hooks. NetworkManager leaves the tunnel as it "
    "is and ends. When someone else deletes the link, only `PostDown` runs; then NetworkManager brings the tunnel up "
    "again, with its hooks, unless it was made with `--activation manual`.",
    "",
)
LINK_LOCAL_ADDRESS = Rule(
    "B419",
    "link-local-address",
    NOTE,
    "{backend} gives the link an IPv6 address of its own, fe80::…",
    "wg-quick gives the link no link-local address. NetworkManager adds a stable one below fe80::/64, with its route, "
    "to every link that has IPv6. No peer is reached by it unless its AllowedIPs say so.",
)
IPV6_SWITCHED_OFF = Rule(
    "B420",
    "ipv6-switched-off",
    NOTE,
    "{backend} switches IPv6 off on the link, which does not use it",
    "No address and no route of the config is of IPv6. wg-quick leaves such a link able to speak it; NetworkManager "
    "either switches it off (`net.ipv6.conf.IF.disable_ipv6`) or gives the link an address. It matters only to who "
    "adds an IPv6 address later. Where there are hooks, which may do so, it is left on.",
    "add an IPv6 `Address` if something needs it",
)
SERVER_NOT_EXPRESSIBLE = Rule(
    "B421",
    "dns-server-not-expressible",
    WARNING,
    "{backend} leaves out the DNS server {server}: the tunnel has no IPv{family}",
    "NetworkManager keeps DNS servers by family, and takes one only beside an address or a route of that family. The "
    "other servers stay exclusive.",
    "remove the server, or add an `Address` of its family",
    Fidelity.DROPPED,
)
DNS_NOT_EXPRESSIBLE = Rule(
    "B422",
    "dns-not-expressible",
    ERROR,
    "{backend} cannot use the DNS server {server}: the tunnel has no IPv{family}",
    "NetworkManager keeps DNS servers by family, and takes one only beside an address or a route of that family. "
    "Without any server, every query would leave outside the tunnel.",
    "add a server of the tunnel's family, or an `Address` of the server's",
    Fidelity.REFUSED,
)
DNS_WITHOUT_ADDRESS = Rule(
    "B423",
    "dns-without-address",
    WARNING,
    "{backend} needs version 1.46 for a DNS server of IPv{family} without an `Address`",
    "Older versions refuse to load a profile that has DNS servers of a family but no address, so the tunnel does not "
    "come up.",
    "add an IPv{family} `Address` if a host has an older version, such as Debian 12; else `--allow B423`",
    Fidelity.APPROXIMATE,
)
CONNECTED_ROUTE_PER_ADDRESS = Rule(
    "B424",
    "connected-route-per-address",
    NOTE,
    "{backend} makes a connected route of its own for {address}",
    "Where several addresses lie in one network, the kernel makes one connected route. NetworkManager makes one for "
    "each, of which the first counts.",
    "",
)
EXCLUSIVE_WITH_RESOLVED = Rule(
    "B425",
    "dns-exclusive-with-resolved",
    NOTE,
    "with {backend}, DNS is exclusive through systemd-resolved only",
    "wg-quick tells resolvconf(8) to use the servers for every query. NetworkManager and systemd-resolved do the "
    "same; where NetworkManager writes /etc/resolv.conf itself, the servers come first and the others stay.",
    "enable systemd-resolved on the host",
)
KEYS_ASKED_FOR = Rule(
    "B426",
    "keys-asked-for",
    WARNING,
    "{backend} has to ask for the keys, so that the tunnel does not come up at boot",
    "With `--keys external` the profile leaves its keys to an agent: `nmcli --ask connection up`, or a desktop's.",
    "use `--keys inline` for a tunnel that comes up by itself; only root can read the profile",
    Fidelity.APPROXIMATE,
)
SERVERS_BY_FAMILY = Rule(
    "B427",
    "dns-servers-by-family",
    NOTE,
    "{backend} has the DNS servers asked in another order: those of IPv4 first",
    "NetworkManager keeps DNS servers by family, and gives systemd-resolved those of IPv4 first. Which one is asked is "
    "a matter of the order only until one does not answer.",
    "",
)
DEVICE_SENT_AGAIN = Rule(
    "B428",
    "device-sent-again",
    NOTE,
    "a restart of {backend} starts each session with a peer anew",
    "When it starts, systemd-networkd sends the kernel the whole device again: the next packet to a peer goes to the "
    "endpoint of the config, and begins with a handshake. With wg-quick a session goes on, at the endpoint where the "
    "peer was last heard. Where a peer has no endpoint or one that is a name, and where there are hooks, networkd has "
    "no part in the device.",
)
HOOK_IS_UNDONE = Rule(
    "B429",
    "hook-undone-at-restart",
    WARNING,
    "{backend} undoes {what}, when it restarts",
    "When it starts, and when it configures a link anew, systemd-networkd brings the link to the state of its files. "
    "What resolvectl(1) has told it is then gone. Addresses, routes and rules of hooks stay, unless "
    "`--no-keep-foreign-rules` was given. With wg-quick all of it stays.",
    "say it in the config (`DNS`, `Address`, `AllowedIPs`); or restart the tunnel's service after systemd-networkd",
    Fidelity.APPROXIMATE,
)
IPV6_SWITCHED_ON = Rule(
    "B430",
    "ipv6-switched-on",
    NOTE,
    "{backend} switches IPv6 on for the link where the host has it switched off",
    "On a host with `net.ipv6.conf.default.disable_ipv6 = 1`, wg-quick fails at the first IPv6 address. "
    "systemd-networkd sets it to 0 for a link that has IPv6. A service of a tunnel fails as wg-quick does.",
)

RESOLVER_HOOK_UNDONE = Rule(
    "B440",
    "resolver-hook-undone",
    WARNING,
    "{backend} undoes what this hook tells the resolver",
    "systemd-resolved keeps servers and domains for each link, and NetworkManager tells it those of all links anew "
    "when the DNS of one of them changes: when the uplink goes and comes back, at the latest. What the hook has set is "
    "gone then, until the tunnel comes up again. With wg-quick it stays.",
    "use `DNS`, with search domains among its items",
    Fidelity.APPROXIMATE,
)
ROAMED_ENDPOINT_RESET = Rule(
    "B441",
    "roamed-endpoint-reset",
    NOTE,
    "when {backend} restarts, a peer that has moved has the endpoint of the config again",
    "WireGuard sends to where a peer was heard last. A NetworkManager that has just started, as after an upgrade, "
    "tells the device the endpoint of the profile: what is sent to a peer that has moved since then is lost until it "
    "is heard again. With wg-quick the endpoint stays.",
    "",
)

# --- K5xx: security ---------------------------------------------------------------------------------------------------

INPUT_WORLD_READABLE = Rule(
    "K501",
    "world-readable-input",
    WARNING,
    "`{file}` holds keys and is readable by everyone",
    "Whoever can read the private key can take the place of this host. wg-quick warns about it, too.",
    "`chmod 600 {file}`, and change the keys if others use this machine",
)

# --- H6xx: the configs of one host ------------------------------------------------------------------------------------

SAME_PRIVATE_KEY = Rule(
    "H601",
    "same-private-key",
    WARNING,
    "this `PrivateKey` is that of {other}, too",
    "A peer knows a host by its key, and answers to where it heard that key last. Two interfaces with one key take "
    "each other's packets as soon as both are up and have a peer in common.",
    "make a key for each interface: `wg genkey`; allow it if only one of them is ever up",
)
SAME_LISTEN_PORT = Rule(
    "H602",
    "same-listen-port",
    WARNING,
    "the port {thing} is that of {other}, too",
    "A port belongs to one interface of a host. The one that comes up second fails, since its port is taken.",
    "give each interface a `ListenPort` of its own; allow it if only one of them is ever up",
)
SAME_ADDRESS = Rule(
    "H603",
    "same-address",
    WARNING,
    "the address {thing} is that of {other}, too",
    "The kernel takes one address on several links. Where they have a network in common, its packets leave through "
    "the link that came up first.",
    "give each interface an `Address` of its own; allow it for links without a network, or if only one is ever up",
)
SECOND_DEFAULT_ROUTE = Rule(
    "H604",
    "second-default-route",
    WARNING,
    "the default route {thing} stands beside that of {other}",
    "Of two tunnels that take all traffic, each takes the encrypted packets of the other, too: with wg-quick as with "
    "what is written here. When both are up, neither reaches its peer, unless there is a route to the endpoint that "
    "is no default route. Where both have one `FwMark`, the second fails, since the table of that number is taken.",
    "bring up one of them at a time (`--activation manual`), or narrow the `AllowedIPs` of one",
)

# --- F7xx: the fleet --------------------------------------------------------------------------------------------------

KEY_OF_ANOTHER_HOST = Rule(
    "F701",
    "key-of-another-host",
    WARNING,
    "this `PrivateKey` is that of {other}, too",
    "A peer knows a host by its key, and answers to where it heard that key last: of two hosts with one key, each cuts "
    "the other off.",
    "make a key for each host: `wg genkey`, and tell its peers the public key",
)
ONE_SIDED_PEER = Rule(
    "F702",
    "one-sided-peer",
    WARNING,
    "this peer is {other}, which does not know this config",
    "A handshake needs both sides to list the other's public key. The other config is among those of this run, and "
    "has no `[Peer]` with the key of this one.",
    "add the peer there, or remove it here",
)
STALE_PEER_KEY = Rule(
    "F703",
    "stale-peer-key",
    WARNING,
    "no config has the key of this peer, which seems to be {other}",
    "The key belongs to no config of this run, but the endpoint is one at which others reach that config, or its "
    "address is among the AllowedIPs while it lists this config as a peer. Most likely its key was changed, and this "
    "is the old one.",
    "write the public key of that config",
)
UNREACHABLE_PEER = Rule(
    "F704",
    "unreachable-peer",
    WARNING,
    "other peers take all AllowedIPs of this one",
    "A packet goes to the peer with the most specific network that holds its destination, and a network belongs to "
    "the last peer that names it. To this peer no packet goes, and what it sends is dropped.",
    "give each peer AllowedIPs that no other peer of the interface has",
)
PRESHARED_KEYS_DIFFER = Rule(
    "F705",
    "preshared-keys-differ",
    WARNING,
    "the preshared key is another one than {other} has for this config",
    "Both ends need the same `PresharedKey`, or none; otherwise there is no handshake.",
    "make one with `wg genpsk`, and write it at both ends",
)

# --- M8xx: migration of a running host --------------------------------------------------------------------------------

TUNNEL_NOT_UP = Rule(
    "M801",
    "tunnel-not-up",
    ERROR,
    "`{interface}` is no WireGuard interface of this host that is up",
    "What is migrated is a tunnel that works: its live state under wg-quick is what the target is measured by.",
    "`wg-quick up {interface}`, or write the files for a tunnel that is down with `wgtranspile --to ... -o /`",
)
HOST_NOT_READABLE = Rule(
    "M802",
    "host-not-readable",
    ERROR,
    "{why}",
    "The live state is read through `ip`, `wg` and `nft`, as root.",
    "run it as root, on the host itself",
)
LIVE_TUNNEL_DIFFERS = Rule(
    "M803",
    "live-tunnel-differs",
    ERROR,
    "the live tunnel is not what the config says: {item} is {found}, not {wanted}",
    "The config was edited since the tunnel came up, or the tunnel was changed with `wg set`. The target would bring "
    "up what the config says, and the comparison with the tunnel as it is now would fail.",
    "`wg-quick save` writes the live tunnel into the config; `wg-quick down` and `up` bring up what the config says",
)
TARGET_MISSING = Rule(
    "M804",
    "target-missing",
    ERROR,
    "{target} is not installed: there is no {unit}",
    "The daemon of the target has to be there before a tunnel can be given to it.",
    "install it",
)
TARGET_TOO_OLD = Rule(
    "M805",
    "target-too-old",
    ERROR,
    "{target} is of version {version}; what would be written needs {oldest}",
    "An older version ignores settings that it does not know, and the tunnel would be another.",
    "upgrade it, or stay with wg-quick",
)
TARGET_MASKED = Rule(
    "M806",
    "target-masked",
    ERROR,
    "{unit} is masked",
    "Someone has decided that it shall not run on this host.",
    "`systemctl unmask {unit}`, if that is past",
)
NETWORKD_IS_STARTED = Rule(
    "M807",
    "networkd-is-started",
    WARNING,
    "systemd-networkd does not run: it will be enabled and started",
    "networkd touches only links that it has files for, but removes policy rules of others (M809). Its wait-online "
    "service stays disabled.",
    "",
)
NETWORKMANAGER_NOT_RUNNING = Rule(
    "M808",
    "networkmanager-not-running",
    ERROR,
    "there is no NetworkManager running",
    "To start it may give it links that another program has now, such as the one by which you came.",
    "start it, see that the host is still as it should be, and come back; or migrate to networkd",
)
FOREIGN_RULE = Rule(
    "M809",
    "foreign-rule",
    ERROR,
    "networkd would remove the policy rule `{rule_text}`",
    "As soon as networkd configures a link it removes the policy rules of other programs: of another tunnel with a "
    "default route, which then leaves in clear, of hooks, of other VPNs.",
    "add `--keep-foreign-rules`, also for what hooks add",
)
INTERFACE_CONFIGURED_TWICE = Rule(
    "M810",
    "interface-configured-twice",
    ERROR,
    "`{file}` configures `{interface}`, too ({target})",
    "Of two files for one interface only one would be used, or two managers would change the same link.",
    "remove it, or take the interface out of it",
)
INTERFACE_MENTIONED = Rule(
    "M811",
    "interface-mentioned",
    ERROR,
    "`{file}` names `{interface}`",
    "ifupdown or netplan may bring the interface up, too, and take it down.",
    "remove the interface from it",
)
FILE_IS_REPLACED = Rule(
    "M812",
    "file-is-replaced",
    WARNING,
    "`{file}` is there already, and will be replaced",
    "It is kept with the backup, and comes back with a rollback.",
    "",
)
DROP_IN_IS_LOST = Rule(
    "M813",
    "drop-in-is-lost",
    WARNING,
    "`{file}` changes how wg-quick brings up `{interface}`; it has no effect on the target",
    "Settings of a drop-in, such as an order of units or commands of its own, are not in the config.",
    "see what it does, and whether the target needs it",
)
UNIT_DEPENDS = Rule(
    "M814",
    "unit-depends",
    WARNING,
    "{unit} needs wg-quick@{interface}.service: it ends with that, and would bring it up again",
    "A unit that requires another starts it, and is stopped with it. On the way back it is started again.",
    "let it require sys-subsystem-net-devices-{interface}.device instead",
)
SESSION_IN_TUNNEL = Rule(
    "M815",
    "session-in-tunnel",
    ERROR,
    "your session goes through `{interface}`",
    "If the tunnel does not come up again, so that the way back is taken, you see nothing of it.",
    "add `--confirm SECONDS`: all goes back unless you confirm in time, also from another login",
)
SESSION_IN_TUNNEL_GUARDED = Rule(
    "M816",
    "session-in-tunnel-guarded",
    NOTE,
    "your session goes through `{interface}`, which will be down for a moment",
    "The migration goes on without it: `wgtranspile confirm` works from another login, too.",
    "",
)
MIGRATED_BEFORE = Rule(
    "M817",
    "migrated-before",
    ERROR,
    "`{interface}` was migrated before",
    "wg-quick does not have it any more, and so there is nothing to compare with.",
    "leave it out, or bring it back first: `wgtranspile rollback {interface}`",
)
LIVE_TUNNEL_DIFFERS_BY_HOOK = Rule(
    "M818",
    "live-tunnel-differs-by-hook",
    WARNING,
    "the live tunnel is not what the config says: {item} is {found}, not {wanted}; a hook may have done that",
    "The hooks run under the target as well. What differs from the config now must differ in the same way then, or all "
    "goes back.",
    "see whether a hook does that; if not, the config was edited since the tunnel came up, or the tunnel changed",
)
NOT_COMPARED = Rule(
    "M819",
    "not-compared",
    NOTE,
    "it cannot be told whether the live tunnel is what the config says: {item}: {reason}",
    "The host does not tell it, or a peer has moved, or its endpoint was edited in the config since the tunnel came "
    "up: then no handshake comes from there, and all goes back.",
    "",
)
MIGRATION_UNDER_WAY = Rule(
    "M820",
    "migration-under-way",
    ERROR,
    "a migration of `{interface}` has begun and not ended",
    "It runs, waits for a confirmation, or was cut off.",
    "`wgtranspile confirm {interface}` keeps what waits for it, `wgtranspile rollback {interface}` brings it back",
)
RESOLVED_NOT_RUNNING = Rule(
    "M821",
    "resolved-not-running",
    ERROR,
    "systemd-resolved does not run, to which networkd gives the name servers of `{interface}`",
    "Under wg-quick `resolvconf` of another package has set them. networkd knows systemd-resolved only.",
    "start it, and see that the host still resolves names; or migrate to NetworkManager",
)
MARK_IN_USE = Rule(
    "M822",
    "mark-in-use",
    ERROR,
    "`{file}` uses {mark}, which is the mark and table of `{interface}`",
    "wg-quick took the first number whose routing table was empty; the target has to be given one. When what that file "
    "configures comes up as well, both would share one table.",
    "give `{interface}` a number of its own: write `FwMark` into its config, then `wg-quick down` and `up`",
)
DISPATCHER_NOT_ENABLED = Rule(
    "M823",
    "dispatcher-not-enabled",
    ERROR,
    "`{interface}` needs NetworkManager's dispatcher, which is not enabled",
    "The firewall of a default route and hooks are a script that NetworkManager-dispatcher.service runs. "
    "`systemctl disable NetworkManager` disables that, too, and no start of NetworkManager brings it back; the tunnel "
    "would be up without them.",
    "systemctl enable NetworkManager-dispatcher.service",
)

# --- X9xx: environment ------------------------------------------------------------------------------------------------

CANNOT_READ = Rule(
    "X901",
    "cannot-read",
    ERROR,
    "cannot read `{file}`: {why}",
    "The config could not be read. A bare name such as `wg0` means /etc/wireguard/wg0.conf, as with wg-quick.",
    "{advice}",
)
CANNOT_WRITE = Rule(
    "X902",
    "cannot-write",
    ERROR,
    "cannot write `{file}`: {why}",
    "Files are written under a temporary name and renamed when complete; what stood there before is untouched.",
    "",
)
SAME_OUTPUT = Rule(
    "X903",
    "same-output",
    ERROR,
    "`{file}` would also be written for `{other}`",
    "Two configs of one run would write the same file. Nothing is written.",
    "rename one of the configs, or give the directory above them",
)
UNTRUSTED_FOLDER = Rule(
    "X904",
    "untrusted-folder",
    ERROR,
    "root does not write below `{file}`: {why}",
    "Whoever may change a folder can put another one in its place while root writes there, or change afterwards what "
    "root has written. So each folder on the way to DIR, and each below it that is used, belongs to root, and no one "
    "else may write to it, but for those who are trusted by name. In CI, root often works on the checkout of another "
    "user: that one is whom to trust. Users other than root are not asked.",
    "give it to root alone, or say whom you trust: `--trust-owner '{owner}'`",
)
MORE_FINDINGS = Rule(
    "X990",
    "more-findings",
    NOTE,
    "and {number} more findings, which are not shown: {kinds}",
    "Of each file the 500 gravest findings are shown, in every format; this one stands for the others, and weighs what "
    "the gravest of them does.",
    "mend what is shown, and run it again",
)
INTERNAL_ERROR = Rule(
    "X999",
    "internal-error",
    ERROR,
    "wgtranspile failed: {why}",
    "This is a defect of wgtranspile. Nothing was written for the file that it names; other configs are not concerned.",
    "please report it with the config, its keys replaced",
)

RULES: tuple[Rule, ...] = tuple(
    sorted((row for row in globals().values() if isinstance(row, Rule)), key=lambda row: row.code)
)

#: Where wgtranspile refuses what wg-quick accepts, or may accept on some hosts, on purpose.
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
    """Give the rule with this code or name, in any case."""
    word = word.lower()
    return next((row for row in RULES if word in (row.code.lower(), row.name)), None)
