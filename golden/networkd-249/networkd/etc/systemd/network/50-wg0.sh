#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that systemd-networkd does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by wireguard-wg0.service: up|reload|down|take-down
# `reload` applies a new version of the config in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg0'
version=539f1a5f-networkd
mark=51820

# --- tools ---

fail() {
	printf '%s: %s\n' "$interface" "$1" >&2
	exit 1
}

# Show a command, then run it.
run() {
	printf '[#] %s\n' "$*" >&2
	"$@"
}

# --- the link ---

create_link() {
	run ip link add dev "$interface" type wireguard && return
	status=$?
	userspace=${WG_QUICK_USERSPACE_IMPLEMENTATION:-wireguard-go}
	if [ -e /sys/module/wireguard ] || ! command -v "$userspace" >/dev/null; then
		return "$status"
	fi
	echo '[!] This kernel has no WireGuard: using a slower implementation in user space.' >&2
	run "$userspace" "$interface"
}

exists() {
	ip link show dev "$interface" >/dev/null 2>&1
}

delete_link() {
	! exists || run ip link delete dev "$interface"
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

# --- the default route: a mark for encrypted packets, which is also the number of a table ---

# Remove all rules that look up the table, including those added by hooks. Every other tunnel needs one rule before its
# own that suppresses the default route of the main table; if there is one more than that, it is ours.
remove_rules_of_family() {
	while ip -N "$1" rule show 2>/dev/null | grep -Eq "lookup $mark( |\$)"; do
		run ip "$1" rule delete table "$mark" || return 0
	done
	priority=$(ip -N "$1" rule show 2>/dev/null | awk '
		/lookup 254 suppress_prefixlength 0( |$)/ { suppressing[++count] = $1 + 0 }
		/[ \t]not from all fwmark / && count { count-- }
		END { if (count) print suppressing[count] }')
	[ -z "$priority" ] || run ip "$1" rule delete priority "$priority" table main suppress_prefixlength 0
}

remove_rules() {
	# `up` has recorded it, so it is known even if the link is gone.
	[ -n "$mark" ] || mark=$(wg show "$interface" fwmark 2>/dev/null) || return 0
	[ "$mark" != off ] || return 0
	mark=$((mark))
	remove_rules_of_family -4
	remove_rules_of_family -6
}

# Replies to encrypted packets are looked up with their mark. The default is 0; it may already be 1, and read-only.
set_src_valid_mark() {
	[ "$(sysctl -n net.ipv4.conf.all.src_valid_mark)" = 1 ] || run sysctl -q net.ipv4.conf.all.src_valid_mark=1
}

# --- a new version of the config while the tunnel is up ---

# What `up` has applied: a digest of everything that needs `down` and `up` to change, then the peers of the config.
applied=/run/wireguard/$interface.applied

can_reload() {
	exists || fail 'is not up'
	[ "$(sed 1q "$applied" 2>/dev/null)" = "$version" ] ||
		fail 'something other than peers, keys and endpoints has changed: take the tunnel down and bring it up again'
}

# --- systemd-networkd ---

# The unit uses this copy to stop the tunnel, because a newer script does not know what this one has set up.
copy=/run/wireguard/$interface.sh

keep_copy() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	cp "$0" "$copy"
}

# networkd configures the link as soon as it is up.
wait_until_configured() {
	run /usr/lib/systemd/systemd-networkd-wait-online --interface="$interface:carrier" --timeout=30
}

# networkd would enable IPv6 on the link, whereas wg-quick fails.
need_ipv6() {
	[ "$(cat /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null)" = 0 ] ||
		fail 'IPv6 is disabled on this host (net.ipv6.conf.default.disable_ipv6)'
}

# wg-quick would use the next number, but the files for networkd contain this one.
need_table() {
	[ -z "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ] ||
		fail "routing table $mark is in use: choose another number with --fwmark"
}

# Before version 257, networkd reads .netdev files only when it starts.
read_device() {
	if [ "$(networkctl --version | awk '{ print $2; exit }')" -ge 257 ]; then
		run networkctl reload
	else
		run systemctl restart systemd-networkd.service
	fi
}

# Stopping the tunnel has deleted the link; networkd creates it again.
make_link() {
	run networkctl reload
	run timeout 30 sh -c 'until [ -e "/sys/class/net/$1" ]; do sleep 0.1; done' sh "$interface"
}

sync_tunnel() {
	read_device
	wait_until_configured
}

remember() {
	echo "$version" >"$applied"
}

# --- up, reload, down ---

up() {
	need_table
	keep_copy
	need_ipv6
	make_link
	run nft -f /etc/systemd/network/50-wg0.nft
	set_src_valid_mark
	bring_up
	wait_until_configured
	remember
}

reload() {
	can_reload
	sync_tunnel
	keep_copy
}

take_down() {
	delete_link
	remove_rules
	run nft 'add table ip wg-quick-wg0; delete table ip wg-quick-wg0'
	rm -f "$copy" "$applied"
}

down() {
	take_down
}

case ${1-} in
up) up ;;
reload) reload ;;
down) down ;;
take-down) take_down ;;
*)
	echo "usage: ${0##*/} up|reload|down|take-down" >&2
	exit 2
	;;
esac
