#!/bin/sh
# WireGuard tunnel wg0: what wg-quick(8) does with wg0.conf.
# Made by wgtranspile --keys external: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg0.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg0'
version=654b5f55
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

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

# --- the device: its keys and peers ---

# The config for wg(8), in which the names of key files are replaced by the keys.
device() {
	device_config | awk '$1 ~ /Key$/ && $2 == "<" {
		file = $3 ~ /^\// ? $3 : ENVIRON["CREDENTIALS_DIRECTORY"] "/" $3
		if ((getline key <file) <= 0) {
			print file ": cannot read a key" >"/dev/stderr"
			exit 1
		}
		close(file)
		print $1, "=", key
		next
	}
	{ print }'
}

# printf is built into the shell, so keys never appear in process arguments.
configure_device() {
	config=$(device)
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
}

# --- a new version of the config while the tunnel is up ---

# What `up` has applied: a digest of everything that needs `down` and `up` to change, then the peers of the config.
applied=/run/wireguard/$interface.applied

can_reload() {
	exists || fail 'is not up'
	[ "$(sed 1q "$applied" 2>/dev/null)" = "$version" ] ||
		fail 'something other than peers, keys and endpoints has changed: take the tunnel down and bring it up again'
}

peers() {
	device_config | awk '$1 == "PublicKey" { print $3 }'
}

remember() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	{ echo "$version"; peers; } >"$applied"
}

# A peer loses settings that its section no longer has. Peers added by hooks stay.
sync_device() {
	config=$(device | awk -v reset="$reset_peer" '{ print } $1 == "[Peer]" { print reset }')
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
	for peer in $(peers | awk 'wanted { kept[$0]; next } FNR > 1 && !($0 in kept)' wanted=1 - wanted= "$applied"); do
		run wg set "$interface" peer "$peer" remove
	done
}

# The networks of peers, except default routes.
networks() {
	wg show "$interface" allowed-ips | awk '{ for (i = 2; i <= NF; i++) if ($i ~ /\/[1-9]/) print $i }'
}

# Arguments: -4 or -6, a network, and optionally its table.
keep_route() {
	family=$1 network=$2
	shift 2
	[ -n "$(ip "$family" route show "$network" dev "$interface" "$@" 2>/dev/null)" ] ||
		run ip "$family" route add "$network" dev "$interface" "$@"
}

# Arguments: the networks that peers had before, and optionally the table of their routes.
drop_routes() {
	former=$1
	shift
	for network in $({ networks; echo; printf '%s\n' "$former"; } | awk '
		!NF { past = 1 }
		!past { kept[$0] }
		past && NF && !($0 in kept)'); do
		case $network in
		*:*) family=-6 ;;
		*) family=-4 ;;
		esac
		ip "$family" route delete "$network" dev "$interface" "$@" 2>/dev/null || true
	done
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

# --- up, down, reload, status ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey < /etc/wireguard/wg0.keys/private

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.20.0.0/16
END OF CONFIG
}

# Undo everything that `up` has done, except hooks.
tear_down() {
	rm -f "$applied"
	delete_link
}

roll_back() {
	status=$?
	trap - EXIT
	trap '' HUP INT PIPE TERM
	set +e
	tear_down
	exit "$status"
}

up() {
	! exists || fail 'already exists'
	trap roll_back EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	create_link
	configure_device
	run ip -4 address add 10.10.0.2/24 dev wg0 # from wg0.conf:2
	bring_up
	run ip -4 route add 10.20.0.0/16 dev wg0 # from wg0.conf:6
	trap - EXIT
	remember || true
}

down() {
	wg show "$interface" >/dev/null 2>&1 || fail 'is not a WireGuard interface'
	tear_down
}

reload() {
	can_reload
	before=$(networks)
	sync_device
	drop_routes "$before"
	keep_route -4 10.20.0.0/16 # from wg0.conf:6
	remember
}

status() {
	exists || { echo "$interface is down"; exit 3; }
	wg show "$interface"
	ip -brief address show dev "$interface"
	ip -4 route show table all dev "$interface"
	ip -6 route show table all dev "$interface"
}

case ${1-} in
up | down | reload) [ "$(id -u)" = 0 ] || fail 'must be run as root' ;;
esac
case ${1-} in
up) up ;;
down) down ;;
reload) reload ;;
status) status ;;
*)
	echo "usage: ${0##*/} up|down|reload|status" >&2
	exit 2
	;;
esac
