"""Findings about what wg-quick makes of a config."""

from wgtranspile.diagnostics.model import Rule, Severity

MOVED_ALLOWED_IP = Rule(
    "P301",
    "moved-allowed-ip",
    Severity.NOTE,
    "{network} moves from peer {earlier} to this peer",
    "Each network belongs to one peer. If several peers list it, the kernel assigns it to the last one and removes it "
    "from the others.",
    "remove it from the other peer",
    title="a network moves from an earlier peer to this peer",
)
REPEATED_PEER = Rule(
    "P302",
    "repeated-peer",
    Severity.NOTE,
    "this section modifies peer {peer}, which was defined earlier",
    "Two `[Peer]` sections with the same `PublicKey` describe one peer. The settings of the later section take "
    "precedence, and its AllowedIPs replace the earlier list.",
    "merge the sections",
    title="this section modifies a peer that was defined earlier",
)
OWN_PUBLIC_KEY = Rule(
    "P303",
    "own-public-key",
    Severity.WARNING,
    "this peer has the interface's own key and is ignored",
    "This public key belongs to the `PrivateKey` of the same config. The kernel silently ignores such a peer, so its "
    "AllowedIPs get no routes. This usually happens when the same list of peers is copied to all hosts.",
    "remove the section",
)
SMALL_MTU_WITH_IPV6 = Rule(
    "P304",
    "small-mtu-with-ipv6",
    Severity.ERROR,
    "an MTU of {mtu} disables IPv6 on the link",
    "The kernel removes all IPv6 addresses from a link whose MTU is below 1280. wg-quick then fails at the first IPv6 "
    "route, or continues without the addresses.",
    "set an MTU of at least 1280, or remove the IPv6 addresses and AllowedIPs",
    title="an MTU this small disables IPv6 on the link",
    is_stricter=True,
)
ROUTE_EXISTS = Rule(
    "P305",
    "route-exists",
    Severity.ERROR,
    "the route to {network} already exists in table {table}",
    "The connected route of an `Address` is in the same table. The kernel rejects a second route to the same network, "
    "and wg-quick fails. Without `Table`, wg-quick skips routes that an `Address` already provides.",
    "remove the `Table` line, or change the prefix length of the `Address`",
    title="the route to this network already exists",
)
RESERVED_MARK = Rule(
    "P306",
    "reserved-table-as-mark",
    Severity.ERROR,
    "mark {mark} is also the number of table `{table}`",
    "For a default route, wg-quick uses the mark as the number of a routing table of its own. In a table that the "
    "kernel maintains, that route would replace the host's routes or conflict with them.",
    "choose another `FwMark`, or remove the line to have a mark chosen automatically",
    title="the mark is also the number of a table of the kernel",
    is_stricter=True,
)
UNUSABLE_TABLE_NAME = Rule(
    "P307",
    "interface-name-unusable-in-nft",
    Severity.ERROR,
    "nft cannot name a table after interface `{name}`",
    "A default route needs a firewall in the nft table `wg-quick-{name}`. nft accepts only letters, digits, `_`, `-` "
    "and `.` in that name, so wg-quick fails.",
    "rename the interface to a name without `=` and `+`",
    title="nft cannot name a table after this interface",
    is_stricter=True,
)
SEARCH_WITHOUT_SERVER = Rule(
    "P308",
    "search-domain-without-server",
    Severity.WARNING,
    "the search domains have no effect without a DNS server",
    "wg-quick calls resolvconf(8) only if `DNS` lists at least one server.",
    "add the address of a DNS server, or remove the line",
)
INTERNAL_VARIABLE_IN_HOOK = Rule(
    "P309",
    "internal-variable-in-hook",
    Severity.WARNING,
    "this hook uses `{name}`, which exists only inside wg-quick",
    "wg-quick runs hooks in its own shell, where they can see its variables and functions. These are undocumented and "
    "do not exist anywhere else. `INTERFACE` is supported.",
    "write the value or the command itself; `%i` stands for the interface name",
    title="this hook uses a variable or function that exists only inside wg-quick",
)
DEFAULT_ROUTE_IN_MAIN = Rule(
    "P310",
    "default-route-in-main",
    Severity.WARNING,
    "the default route is added to the main table, next to the host's own",
    "With `Table = main`, wg-quick adds `/0` to the main table without a mark or rules. If the host already has a "
    "default route there with the same metric, adding it fails and the tunnel does not come up. Otherwise the "
    "encrypted packets themselves are routed into the tunnel.",
    "remove the `Table` line to use policy routing",
)
PRE_UP_CHANGES_DEVICE = Rule(
    "P311",
    "pre-up-changes-device",
    Severity.WARNING,
    "this `PreUp` hook configures the device before wg-quick does",
    "wg-quick adds the config to what is already there and creates routes for all allowed IPs it then finds on the "
    "device. wgtranspile knows only the config: peers, allowed IPs and a mark set by the hook get no routes or rules.",
    "put these settings into the config, or use `PostUp` and add the routes there",
)
PEER_WITHOUT_ALLOWED_IPS = Rule(
    "P312",
    "peer-without-allowed-ips",
    Severity.WARNING,
    "peer {peer} is left without AllowedIPs",
    "Each network belongs to the last peer that lists it (P301), and other peers take all networks of this one: no "
    "packet is sent to it, and packets from it are dropped. This is what happens if two peers both have `0.0.0.0/0`.",
    "give each peer networks of its own; for a second path to the same network, use a second interface",
    title="this peer is left without AllowedIPs",
)
OTHER_MARK_IN_HOOK = Rule(
    "P313",
    "other-mark-in-hook",
    Severity.WARNING,
    "this hook names {named} as a mark or table, but this tunnel has {mark}",
    "For a default route, wg-quick uses the first number from 51820 (0xca6c) whose table is empty, as the mark and as "
    "the table; hooks often name it. If several configs of a host have a default route, wgtranspile gives each a "
    "number of its own, which depends on its name, and `--fwmark` chooses another. The hook then acts on a mark and a "
    "table that are those of another tunnel, or of none.",
    "use {mark} in the hook, or what `wg show %i fwmark` prints; or choose the number with `FwMark` or `--fwmark`",
    title="this hook names wg-quick's usual mark or table, but this tunnel has another",
)
