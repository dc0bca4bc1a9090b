"""Findings of the stage `config`: keys and values."""

from wgtranspile.diagnostics.model import Rule, Severity

UNKNOWN_SECTION = Rule(
    "C201",
    "unknown-section",
    Severity.ERROR,
    "unknown section `[{name}]`",
    "A config has `[Interface]` and `[Peer]` sections, in upper or lower case, and no others.",
    "use `[Interface]` or `[Peer]`",
    title="unknown section",
)
ENTRY_OUTSIDE_SECTION = Rule(
    "C202",
    "entry-outside-section",
    Severity.ERROR,
    "`{key}` appears before any section",
    "A setting belongs to the section above it; wg(8) rejects a setting outside any section.",
    "move it below `[{section}]`",
    title="a setting appears before any section",
)
UNKNOWN_KEY = Rule(
    "C203",
    "unknown-key",
    Severity.ERROR,
    "unknown key `{key}`",
    "Neither wg-quick(8) nor wg(8) knows this key, and wg(8) rejects a file that contains it.",
    "remove the line, or comment it out with `#`",
    title="unknown key",
)
MISPLACED_KEY = Rule(
    "C204",
    "misplaced-key",
    Severity.ERROR,
    "`{key}` belongs in [{section}]",
    "Each key belongs to one kind of section. wg-quick reads its own keys only below a header written exactly as "
    "`[Interface]`, in upper or lower case, without spaces inside the brackets.",
    "move it below `[{section}]`",
    title="this key belongs in another section",
)
AMNEZIAWG_KEY = Rule(
    "C205",
    "amneziawg-key",
    Severity.ERROR,
    "this config is for AmneziaWG, not for WireGuard",
    "AmneziaWG is a separate protocol that borrows WireGuard's file format. wg(8), WireGuard in the kernel, "
    "systemd-networkd and NetworkManager do not support it, and a tunnel without these settings could not reach its "
    "peer.",
    "ask the peer's operator for a plain WireGuard config, or use awg-quick(8) for AmneziaWG tunnels",
)
EMPTY_VALUE = Rule(
    "C206",
    "empty-value",
    Severity.ERROR,
    "`{key}` has no value",
    "wg(8) rejects its own keys if they have no value.",
    "add a value, or remove the line",
)
INVALID_KEY = Rule(
    "C207",
    "invalid-key",
    Severity.ERROR,
    "`{key}` is not a valid WireGuard key",
    "A key is 32 bytes in base64: 44 characters, the last of which is `=`.",
    "{why}",
    title="this value is not a valid WireGuard key",
)
INVALID_ADDRESS = Rule(
    "C208",
    "invalid-address",
    Severity.ERROR,
    "`{text}` is not a valid interface address",
    "An `Address` is an IPv4 or IPv6 address with an optional prefix length. Without one it stands for that single "
    "address (/32 or /128).",
    "{why}",
)
UNUSUAL_ADDRESS = Rule(
    "C209",
    "unusual-address-spelling",
    Severity.ERROR,
    "`{text}` is an ambiguous way to write an address",
    "ip(8) and getaddrinfo(3) accept shortened, octal and hexadecimal IPv4 addresses but interpret them differently: "
    "`10.1` is 10.1.0.0 to one and 10.0.0.1 to the other. wg-quick accepts them; wgtranspile does not guess.",
    "write all four numbers in decimal, without leading zeros",
    is_stricter=True,
)
DUPLICATE_ADDRESS = Rule(
    "C210",
    "duplicate-address",
    Severity.ERROR,
    "`{text}` is listed twice",
    "The kernel rejects an address that the link already has, and wg-quick fails. For IPv6, the prefix length makes no "
    "difference.",
    "remove one of the two",
    title="an address is listed twice",
)
INVALID_ALLOWED_IP = Rule(
    "C211",
    "invalid-allowed-ip",
    Severity.ERROR,
    "`{text}` is not a valid network",
    "`AllowedIPs` is a comma-separated list of IPv4 and IPv6 networks. Each is an address written in full, with an "
    "optional prefix length in digits.",
    "{why}",
)
HOST_BITS_SET = Rule(
    "C212",
    "host-bits-set",
    Severity.NOTE,
    "`{text}` has host bits set; it is read as {network}",
    "WireGuard and wg-quick use the network and ignore the remaining bits; wg(8) warns about them. On a hub, where "
    "each peer has a single address, this peer would get the packets for the whole network.",
    "write `{network}`, or use /32 (IPv6: /128) if only this address is meant",
    title="this network has host bits set",
)
INVALID_ENDPOINT = Rule(
    "C213",
    "invalid-endpoint",
    Severity.ERROR,
    "`{text}` is not a valid endpoint",
    "An `Endpoint` is `host:port` or `[IPv6 address]:port`, where the host may be a name.",
    "{why}",
)
PORT_OUT_OF_RANGE = Rule(
    "C214",
    "port-out-of-range",
    Severity.ERROR,
    "`{text}` is not a valid port",
    "A port is a number up to 65535. The C library also accepts larger and negative numbers and silently keeps their "
    "last 16 bits; wgtranspile rejects them.",
    "use a number from 0 to 65535",
    is_stricter=True,
)
SERVICE_NAME_AS_PORT = Rule(
    "C215",
    "service-name-as-port",
    Severity.ERROR,
    "`{text}` is not a port number",
    "wg(8) lets the C library look up service names in the host's /etc/services. Other network managers accept only "
    "numbers, and another host may know other names, so wgtranspile requires a number.",
    "write the port as a number",
    is_stricter=True,
)
INVALID_FWMARK = Rule(
    "C216",
    "invalid-fwmark",
    Severity.ERROR,
    "`{text}` is not a valid mark",
    "`FwMark` is `off`, or a number from 0 to 4294967295, in decimal or as hexadecimal with the prefix `0x`.",
    "use a number such as 51820 or 0xca6c, or `off`",
)
INVALID_KEEPALIVE = Rule(
    "C217",
    "invalid-keepalive",
    Severity.ERROR,
    "`{text}` is not a valid keepalive interval",
    "`PersistentKeepalive` is `off` or a number of seconds from 0 to 65535.",
    "use a number of seconds such as 25, or `off`",
)
INVALID_MTU = Rule(
    "C218",
    "invalid-mtu",
    Severity.ERROR,
    "`{text}` is not a valid MTU",
    "`MTU` is a number of bytes from 68 to 65535. wg-quick fails if the link rejects the value.",
    "use a number such as 1420, or remove the line to have the MTU computed",
)
INVALID_BOOLEAN = Rule(
    "C219",
    "invalid-boolean",
    Severity.ERROR,
    "`{text}` is neither true nor false",
    "`SaveConfig` is `true` or `false`, in upper or lower case.",
    "write `true` or `false`",
)
INVALID_DNS_SERVER = Rule(
    "C220",
    "invalid-dns-server",
    Severity.ERROR,
    "`{text}` is not a valid DNS server address",
    "wg-quick treats an item of `DNS` as a server address if it contains a colon or consists of digits and dots, and "
    "passes it to resolvconf(8) unchecked. wgtranspile accepts only valid addresses.",
    "write an IPv4 or IPv6 address; a port cannot be specified",
    is_stricter=True,
)
INVALID_SEARCH_DOMAIN = Rule(
    "C221",
    "invalid-search-domain",
    Severity.ERROR,
    "`{text}` is not a valid search domain",
    "An item of `DNS` that is not an address is a search domain. wg-quick passes it to resolvconf(8) unchecked, and "
    "expands `*` and `?` to file names as it does so. wgtranspile accepts only host names whose labels consist of "
    "letters, digits, `-` and `_`.",
    "write a domain name such as corp.example",
    is_stricter=True,
)
MISSING_PUBLIC_KEY = Rule(
    "C222",
    "missing-public-key",
    Severity.ERROR,
    "this peer has no `PublicKey`",
    "A peer is identified by its public key; wg(8) rejects a `[Peer]` section without one.",
    "add `PublicKey = ...`, or remove the section",
)
REPEATED_KEY = Rule(
    "C223",
    "repeated-key",
    Severity.NOTE,
    "this `{key}` overrides an earlier one",
    "If a key that takes one value appears several times, wg-quick and wg use the last. The earlier lines have no "
    "effect.",
    "remove the earlier line",
    title="this key overrides an earlier one",
)
UNKNOWN_TABLE = Rule(
    "C224",
    "unknown-table",
    Severity.WARNING,
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
    Severity.NOTE,
    "`{key}` is empty and has no effect",
    "wg-quick accepts its own keys without a value: an empty hook does nothing, and an empty `MTU` or `Table` is "
    "ignored.",
    "remove the line",
)
INTERFACE_NAME = Rule(
    "C226",
    "invalid-interface-name",
    Severity.ERROR,
    "`{name}` is not a valid interface name: {why}",
    "The file name without `.conf` is the interface name. It consists of 1 to 15 letters, digits and `_=+.-`. The "
    "names `.`, `..`, `all` and `default` are reserved by the kernel, and `lo` exists on every host.",
    "rename the file, or set the name with `--name`",
    title="the interface name is invalid",
)
MISSING_PRIVATE_KEY = Rule(
    "C227",
    "missing-private-key",
    Severity.NOTE,
    "no `PrivateKey` is set",
    "wg-quick brings the link up without a key. The link carries no traffic until a key is set, usually by a hook such "
    "as `PostUp = wg set %i private-key /etc/wireguard/%i.key`.",
    "",
)
OCTAL_NUMBER = Rule(
    "C228",
    "octal-number",
    Severity.ERROR,
    "`{text}` starts with a zero, which makes it octal",
    "ip(8) reads a number that starts with `0` as octal, so `MTU = 01420` means 784. wg-quick accepts it; wgtranspile "
    "treats it as a mistake.",
    "write the number without leading zeros",
    is_stricter=True,
)
INVALID_TABLE = Rule(
    "C229",
    "invalid-table",
    Severity.ERROR,
    "`{text}` is not a valid routing table",
    "`Table` is `auto`, `off`, a number from 0 to 4294967295, or a single name. wg-quick notices an invalid one only "
    "when it adds a route.",
    "use the number of a table, such as 1234, or `off` or `auto`",
    is_stricter=True,
)
UNUSABLE_ADDRESS = Rule(
    "C230",
    "unusable-address",
    Severity.ERROR,
    "`{text}` cannot be assigned to a host",
    "The unspecified address, multicast addresses and the IPv6 loopback address cannot belong to a host. The kernel "
    "rejects the IPv6 ones and accepts the IPv4 address 0.0.0.0 without effect.",
    "use the address that this host has in the tunnel",
    title="this address cannot be assigned to a host",
    is_stricter=True,
)
NAME_OF_HARDWARE = Rule(
    "C231",
    "name-of-hardware",
    Severity.WARNING,
    "`{name}` is a common name for a network card",
    "The file name without `.conf` is the interface name. If a link with that name already exists, wg-quick reports it "
    "and stops. A network manager would apply the files to that link and give the card the addresses and routes of the "
    "tunnel.",
    "rename the file, or set the name with `--name`",
)
EMPTY_CONFIG = Rule(
    "C232",
    "empty-config",
    Severity.WARNING,
    "the config has no `[Interface]` and no `[Peer]` section",
    "wg-quick brings up an interface that does nothing. This usually means that the program that generates the file "
    "has failed.",
    "check the program that generates the file, or remove the file",
)
PLACEHOLDER = Rule(
    "C233",
    "key-placeholder",
    Severity.ERROR,
    "`{key}` is a placeholder instead of a key",
    "With `--keys external`, no key is written: the host gets its keys in another way, such as from a vault. "
    "`PrivateKey` and `PresharedKey` may then be placeholders, `{{ NAME }}`, where NAME is up to 40 letters, digits "
    "and underscores. In all other cases, the config must contain the key itself.",
    "use `--keys external`, or replace the placeholder with the key before you run wgtranspile",
)
FOREIGN_FORMAT = Rule(
    "C234",
    "foreign-format",
    Severity.ERROR,
    "this is {target}, not a wg-quick config",
    "The file has neither an `[Interface]` nor a `[Peer]` section, but one of its lines shows what it is: a file of "
    "another network manager or VPN, the output of a program, or a web page.",
    "{advice}",
)
SHORTENED_NAME = Rule(
    "C235",
    "shortened-name",
    Severity.NOTE,
    "the interface is called `{interface}`, short for `{name}`",
    "An interface name has at most 15 characters. With `--shorten-names`, a longer name is replaced by its beginning "
    "and four digits of its SHA-256 digest. The short name depends only on the long one.",
    "",
)
LONG_NAME_IN_HOOK = Rule(
    "C236",
    "long-name-in-hook",
    Severity.WARNING,
    "this hook refers to `{name}`, but the interface is called `{interface}`",
    "The name of the interface was shortened (`--shorten-names`). `%i` in a hook is replaced by the short name, but a "
    "name that is spelled out does not change, and no interface has that name.",
    "write `%i` instead of the name",
)
NOT_A_CONFIG = Rule(
    "C237",
    "not-a-config",
    Severity.ERROR,
    "the file is not a WireGuard config",
    "It has no `[Interface]` and no `[Peer]` section, and does not begin with a setting. It may be an error page that "
    "was saved instead of a config, an encrypted file, or a file for another program, such as a `.netdev` file.",
    "check where the file comes from; decrypt it first if it is encrypted",
)
