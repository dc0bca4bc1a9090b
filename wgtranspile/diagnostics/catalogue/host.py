"""Findings about the configs of one host."""

from wgtranspile.diagnostics.model import Rule, Severity

SAME_PRIVATE_KEY = Rule(
    "H601",
    "same-private-key",
    Severity.WARNING,
    "this `PrivateKey` is also used in {other}",
    "Peers identify a host by its key and send packets to the address from which that key was last used. If two "
    "interfaces with the same key are up and have a peer in common, each takes over the other's packets.",
    "generate a key for each interface with `wg genkey`, or allow this finding if only one of them is ever up",
)
SAME_LISTEN_PORT = Rule(
    "H602",
    "same-listen-port",
    Severity.WARNING,
    "port {thing} is also used in {other}",
    "Only one interface of a host can use a port. The second one to come up fails because the port is in use.",
    "give each interface its own `ListenPort`, or allow this finding if only one of them is ever up",
    title="this port is also used in another config",
)
SAME_ADDRESS = Rule(
    "H603",
    "same-address",
    Severity.WARNING,
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
    Severity.WARNING,
    "the default route {thing} competes with the one in {other}",
    "If two tunnels take all traffic, each also takes the encrypted packets of the other; the same happens with "
    "wg-quick. If both are up, neither reaches its peer unless a more specific route leads to the endpoint. If both "
    "have the same `FwMark`, the second one fails because its table is in use.",
    "bring up one of them at a time (`--activation manual`), or narrow the `AllowedIPs` of one",
    title="this default route competes with the one in another config",
)
