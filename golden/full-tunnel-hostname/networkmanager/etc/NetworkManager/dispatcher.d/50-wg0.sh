#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that NetworkManager does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by NetworkManager-dispatcher(8) for every connection, here and through the links in pre-up.d and pre-down.d.

[ "$CONNECTION_UUID" = 4d35f417-5eda-567d-bda5-0146b8bbb338 ] || exit 0

# Exists from pre-up to down, and contains the index of the link. NetworkManager runs pre-up again when it restarts.
state=/run/wireguard-wg0.link
interface='wg0'
# Encrypted packets carry it, so they bypass the tunnel.
route_mark=51820

run() {
	"$@"
}

word_after() {
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) { print $(i + 1); exit } }'
}

# The MTU of the route on standard input, or else of its device.
route_mtu() {
	route=$(cat)
	mtu=$(printf '%s\n' "$route" | word_after mtu)
	case $mtu in
	'' | *[!0-9]*)
		device=$(printf '%s\n' "$route" | word_after dev)
		[ -z "$device" ] || ip link show dev "$device" | word_after mtu
		;;
	*) echo "$mtu" ;;
	esac
}

# The smallest MTU on the routes to the endpoints, or else of the default route, minus the overhead of WireGuard.
# If rules already lead into the tunnel, `route_mark` is the mark of encrypted packets.
bring_up() {
	least=
	for address in $(wg show "$interface" endpoints | awk '$2 ~ /^\[?[a-z0-9:.]+\]?:[0-9]+$/ {
		sub(/^\[/, "", $2); sub(/\]?:[0-9]+$/, "", $2); print $2 }'); do
		mtu=$(ip route get "$address" ${route_mark:+mark "$route_mark"} 2>/dev/null | route_mtu)
		if [ -n "$mtu" ] && [ "$mtu" -lt "${least:-2147483647}" ]; then
			least=$mtu
		fi
	done
	[ -n "$least" ] || least=$(ip route show default | sed 1q | route_mtu)
	[ "${least:-0}" -gt 0 ] || least=1500
	run ip link set mtu "$((least - 80))" up dev "$interface"
}

set_up() {
	bring_up &&
	nft -f /etc/nftables/wg0.nft &&
	{ [ "$(sysctl -n net.ipv4.conf.all.src_valid_mark)" = 1 ] || sysctl -q net.ipv4.conf.all.src_valid_mark=1; } &&
		cat /sys/class/net/wg0/ifindex >"$state"
}

# Like `wg-quick down`, this includes rules added by hooks. NetworkManager removes its own, which it recognizes.
remove_rules() {
	ip -N "$1" rule show 2>/dev/null | sed -n 's/^\([0-9]*\):.* lookup 51820$/\1/p' | while read -r priority; do
		ip "$1" rule delete priority "$priority" table 51820
	done
}

case $2 in
pre-up)
	if [ "$(cat "$state" 2>/dev/null)" = "$(cat /sys/class/net/wg0/ifindex)" ]; then
		exit
	fi
	: >"$state"
	# `wg-quick up` also stops when a step fails.
	set_up || nmcli --wait 0 connection down uuid "$CONNECTION_UUID"
	;;
down)
	nft 'add table ip6 wg-quick-wg0; delete table ip6 wg-quick-wg0'
	nft 'add table ip wg-quick-wg0; delete table ip wg-quick-wg0'
	remove_rules -4
	remove_rules -6
	rm -f "$state"
	;;
esac
