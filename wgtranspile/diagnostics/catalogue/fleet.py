"""Findings about the configs of a fleet."""

from wgtranspile.diagnostics.model import Rule, Severity

KEY_OF_ANOTHER_HOST = Rule(
    "F701",
    "key-of-another-host",
    Severity.WARNING,
    "this `PrivateKey` is also used in {other}",
    "Peers identify a host by its key and send packets to the address from which that key was last used: two hosts "
    "with the same key cut each other off.",
    "generate a key for each host with `wg genkey`, and give its peers the new public key",
)
ONE_SIDED_PEER = Rule(
    "F702",
    "one-sided-peer",
    Severity.WARNING,
    "this peer is {other}, which does not list this config as a peer",
    "A handshake needs both sides to list each other's public key. The other config is part of this run and has no "
    "`[Peer]` section with the key of this one.",
    "add the peer there, or remove it here",
    title="this peer is a config of this run, which does not list this one as a peer",
)
STALE_PEER_KEY = Rule(
    "F703",
    "stale-peer-key",
    Severity.WARNING,
    "no config has this peer's key; the peer is probably {other}",
    "The key belongs to no config of this run. However, other configs reach that config at the same endpoint, or its "
    "address is among these AllowedIPs and it lists this config as a peer. Its key was most likely replaced, and this "
    "is the old one.",
    "use the public key of that config",
)
UNREACHABLE_PEER = Rule(
    "F704",
    "unreachable-peer",
    Severity.WARNING,
    "other peers take all AllowedIPs of this peer",
    "A packet goes to the peer with the most specific network that contains its destination, and each network belongs "
    "to the last peer that lists it. No packet goes to this peer, and packets from it are dropped.",
    "give each peer AllowedIPs that no other peer of the interface has",
)
PRESHARED_KEYS_DIFFER = Rule(
    "F705",
    "preshared-keys-differ",
    Severity.WARNING,
    "this preshared key differs from the one in {other}",
    "Both ends need the same `PresharedKey`, or none; otherwise there is no handshake.",
    "generate one with `wg genpsk` and use it at both ends",
)
ADDRESS_OF_ANOTHER_HOST = Rule(
    "F706",
    "address-of-another-host",
    Severity.WARNING,
    "this `Address` is also used in {other}",
    "Both hosts have a peer in common, or one is a peer of the other. Packets to the address reach only one of them: "
    "the one whose AllowedIPs contain it.",
    "give each host an address of its own",
)
ADDRESS_NOT_ALLOWED = Rule(
    "F707",
    "address-not-allowed",
    Severity.WARNING,
    "the AllowedIPs of this peer do not contain the address of {other}",
    "WireGuard drops packets from a peer unless their source address is among its AllowedIPs, and sends it only "
    "packets to these networks.",
    "add the address to AllowedIPs; allow this finding if that host translates its address",
)
PORT_OF_NOBODY = Rule(
    "F708",
    "port-of-nobody",
    Severity.WARNING,
    "the port of this endpoint is not the `ListenPort` of {other}",
    "Nobody answers on this port, so a handshake works only if the other side initiates it. Without `ListenPort`, a "
    "host listens on a port chosen at random.",
    "use the same port on both sides; allow this finding if a router forwards the port",
)
