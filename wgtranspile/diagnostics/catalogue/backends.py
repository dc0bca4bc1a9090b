"""Findings of the backends: what a target cannot do, or does otherwise."""

from wgtranspile.diagnostics.model import Fidelity, Rule, Severity

SAVE_CONFIG_NOT_EXPRESSIBLE = Rule(
    "B401",
    "save-config-not-expressible",
    Severity.WARNING,
    "{backend} does not save the running state to the config (`SaveConfig`)",
    "With `SaveConfig = true`, `wg-quick down` saves peers and settings that were changed at run time. The files that "
    "wgtranspile writes are generated from the config and do not change.",
    "edit the config and run wgtranspile again; `wg showconf` prints the running state",
    Fidelity.DROPPED,
)
FIREWALL_ONLY = Rule(
    "B402",
    "firewall-only",
    Severity.NOTE,
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
    Severity.NOTE,
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
    Severity.ERROR,
    "{backend} does not support `--keys {keys}`",
    "Each backend supports different ways to store private and preshared keys.",
    "use `--keys {where}`",
    Fidelity.REFUSED,
    title="the backend does not support this value of `--keys`",
)
MTU_NOT_COMPUTED = Rule(
    "B405",
    "mtu-not-computed",
    Severity.NOTE,
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
    Severity.ERROR,
    "{backend} does not create a link without a private key",
    "wg-quick brings up a link without a key, which a hook may set later. NetworkManager rejects such a device.",
    "set `PrivateKey`, or use `--keys external`",
    Fidelity.REFUSED,
)
TABLE_NAME_NOT_EXPRESSIBLE = Rule(
    "B407",
    "table-name-not-expressible",
    Severity.ERROR,
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
    Severity.WARNING,
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
    Severity.NOTE,
    "{backend} sets DNS only through systemd-resolved",
    "wg-quick calls resolvconf(8), of which there are several implementations. systemd-networkd passes DNS settings "
    "only to systemd-resolved.",
    "enable systemd-resolved on the host",
)
NAME_RESOLVED_LATER = Rule(
    "B411",
    "name-resolved-later",
    Severity.NOTE,
    "{backend} resolves `{host}` in the background",
    "wg-quick waits until all endpoint names are resolved, and fails if one cannot be. systemd-networkd and "
    "NetworkManager bring the link up and keep trying; NetworkManager also resolves the name again from time to time.",
    "",
    title="the backend resolves the name of an endpoint in the background",
)
INTERFACE_NAME_NOT_EXPRESSIBLE = Rule(
    "B412",
    "interface-name-not-expressible",
    Severity.ERROR,
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
    Severity.ERROR,
    "{backend} does not support endpoint `{endpoint}`",
    "NetworkManager drops the interface of a link-local address (`fe80::1%eth0`), so the peer cannot be reached.",
    "use an address that is not link-local",
    Fidelity.REFUSED,
    title="the backend does not support this endpoint",
)
SEARCH_DOMAIN_NOT_EXPRESSIBLE = Rule(
    "B414",
    "search-domain-not-expressible",
    Severity.WARNING,
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
    Severity.WARNING,
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
    Severity.WARNING,
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
    Severity.NOTE,
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
    Severity.NOTE,
    "{backend} enables IPv6 on the link and adds a link-local address (fe80::…)",
    "wg-quick does not give the link a link-local address. NetworkManager adds a stable one in fe80::/64, and its "
    "route, to every link that has IPv6. No peer can be reached through it unless its AllowedIPs include it. "
    "NetworkManager does this even if IPv6 is disabled on the host (`net.ipv6.conf.default.disable_ipv6 = 1`), where "
    "wg-quick fails at the first IPv6 address.",
)
IPV6_SWITCHED_OFF = Rule(
    "B420",
    "ipv6-switched-off",
    Severity.NOTE,
    "{backend} disables IPv6 on the link, which does not use it",
    "The config has no IPv6 addresses or routes. wg-quick leaves IPv6 enabled on such a link; NetworkManager either "
    "disables it (`net.ipv6.conf.IF.disable_ipv6`) or adds an address. This matters only if an IPv6 address is added "
    "later. If there are hooks, which might do that, IPv6 stays enabled.",
    "add an IPv6 `Address` if something needs it",
)
SERVER_NOT_EXPRESSIBLE = Rule(
    "B421",
    "dns-server-not-expressible",
    Severity.WARNING,
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
    Severity.ERROR,
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
    Severity.WARNING,
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
    Severity.NOTE,
    "{backend} adds a separate connected route for {address}",
    "If several addresses are in one network, the kernel creates one connected route. NetworkManager creates one for "
    "each address; the first takes effect.",
    "",
    title="the backend adds a separate connected route for each address of a network",
)
EXCLUSIVE_WITH_RESOLVED = Rule(
    "B425",
    "dns-exclusive-with-resolved",
    Severity.NOTE,
    "with {backend}, DNS is exclusive only through systemd-resolved",
    "wg-quick tells resolvconf(8) to use the servers for every query. NetworkManager does the same with "
    "systemd-resolved. If NetworkManager writes /etc/resolv.conf itself, these servers come first and the others stay "
    "in the list.",
    "enable systemd-resolved on the host",
)
KEYS_ASKED_FOR = Rule(
    "B426",
    "keys-asked-for",
    Severity.WARNING,
    "{backend} has to ask for the keys, so the tunnel does not come up at boot",
    "With `--keys external`, NetworkManager gets the keys of the profile from a secret agent: `nmcli --ask connection "
    "up`, or the agent of a desktop environment.",
    "use `--keys inline` for a tunnel that comes up by itself; only root can read the profile",
    Fidelity.APPROXIMATE,
)
SERVERS_BY_FAMILY = Rule(
    "B427",
    "dns-servers-by-family",
    Severity.NOTE,
    "{backend} reorders the DNS servers: IPv4 servers come first",
    "NetworkManager stores DNS servers by address family and passes IPv4 servers to systemd-resolved first. The order "
    "matters only when a server does not answer.",
    "",
)
DEVICE_SENT_AGAIN = Rule(
    "B428",
    "device-sent-again",
    Severity.NOTE,
    "restarting {backend} resets the session with each peer",
    "When it starts, systemd-networkd sends the whole device configuration to the kernel again: the next packet to a "
    "peer starts a handshake with the endpoint from the config. With wg-quick, the session continues with the endpoint "
    "from which the peer was last heard. This does not apply if a peer has no endpoint or one given by name, or if "
    "there are hooks: then networkd does not configure the device.",
)
HOOK_IS_UNDONE = Rule(
    "B429",
    "hook-undone-at-restart",
    Severity.WARNING,
    "a restart of {backend} removes {what}",
    "When systemd-networkd starts or reconfigures a link, it restores the state described by its files. Settings made "
    "with resolvectl(1) are then lost. Addresses, routes and rules added by hooks are kept, unless "
    "`--no-keep-foreign-rules` was given; B445 describes an exception with systemd 252. With wg-quick, everything is "
    "kept.",
    "move it into the config (`DNS`, `Address`, `AllowedIPs`), or restart the tunnel's service after systemd-networkd",
    Fidelity.APPROXIMATE,
    title="a restart of the backend undoes what this hook does",
)
IPV6_SWITCHED_ON = Rule(
    "B430",
    "ipv6-switched-on",
    Severity.NOTE,
    "{backend} enables IPv6 on the link even if it is disabled on the host",
    "On a host with `net.ipv6.conf.default.disable_ipv6 = 1`, wg-quick fails at the first IPv6 address. "
    "systemd-networkd sets this to 0 for a link that has IPv6. A tunnel that has a service fails as it does with "
    "wg-quick.",
)
REMOVAL_IS_UNDONE = Rule(
    "B431",
    "removal-undone",
    Severity.WARNING,
    "a restart of {backend} restores what this hook removes",
    "When systemd-networkd starts or reconfigures a link, it adds all missing addresses, routes and policy rules from "
    "its files. With wg-quick, whatever a hook has removed stays removed.",
    "leave the entry that the hook removes out of the config (`Address`, `AllowedIPs`, `Table = off`)",
    Fidelity.APPROXIMATE,
)
RESOLVER_HOOK_UNDONE = Rule(
    "B440",
    "resolver-hook-undone",
    Severity.WARNING,
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
    Severity.NOTE,
    "restarting {backend} resets the endpoint of a peer that has moved",
    "WireGuard sends packets to the address from which a peer was last heard. When NetworkManager restarts, for "
    "example after an upgrade, or applies the profile again, it sets the endpoint from the profile: packets to a peer "
    "that has moved are lost until the peer sends one itself. With wg-quick, the current endpoint stays.",
    "",
)
HOOK_UNDONE_BY_REAPPLY = Rule(
    "B442",
    "hook-undone-by-reapply",
    Severity.NOTE,
    "`nmcli device reapply` undoes what this hook does to the link",
    "This command resets the link to the state of its profile: keys and peers set with wg(8), and routes and addresses "
    "added with ip(8), are lost, and the traffic that they sent into the tunnel leaves through the uplink. Restarts of "
    "NetworkManager and changes of the uplink do not affect them. wg-quick has no such command.",
    "bring the tunnel down and up instead",
)
REMOVAL_NOT_KEPT = Rule(
    "B443",
    "removal-not-kept",
    Severity.WARNING,
    "{backend} restores what this hook removes",
    "NetworkManager adds addresses, routes and rules of its profile again when they are missing, even right after the "
    "hook. With wg-quick, whatever a hook has removed stays removed.",
    "leave the entry that the hook removes out of the config (`Address`, `AllowedIPs`, `Table = off`)",
    Fidelity.APPROXIMATE,
)
RECONFIGURING_BYPASSES_TUNNEL = Rule(
    "B444",
    "reconfiguring-bypasses-tunnel",
    Severity.NOTE,
    "packets may bypass the tunnel for a moment while {backend} reconfigures the link",
    "When `netplan apply` or `networkctl reconfigure` has systemd-networkd reconfigure the link, systemd 252 removes "
    "its routes and policy rules and adds them again. In our tests, up to four packets of forty a second left "
    "unencrypted; none did with systemd 257, so `--to networkd@257` does not report this. With wg-quick, networkd does "
    "not manage the link.",
    title="packets may bypass the tunnel while the backend reconfigures the link",
)
HOOK_UNDONE_BY_RECONFIGURING = Rule(
    "B445",
    "hook-undone-by-reconfiguring",
    Severity.WARNING,
    "{backend} may remove {what} when it reconfigures the link",
    "When `netplan apply` or `networkctl reconfigure` has systemd-networkd reconfigure the link, systemd 252 removes "
    "routes that are not in its files; in our tests, `netplan apply` also removed an address. Until the tunnel is "
    "brought up again, the packets that they led into it leave through the uplink, unencrypted. systemd 257 keeps "
    "them, so `--to networkd@257` does not report this. With wg-quick, networkd does not manage the link.",
    "move it into the config (`Address`, `AllowedIPs`), or restart the tunnel's service after such a command",
    Fidelity.APPROXIMATE,
    title="the backend may undo what this hook does when it reconfigures the link",
)
