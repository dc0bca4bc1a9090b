#!/bin/sh
# WireGuard tunnel a=b+c_d.e-0: what wg-quick(8) does with a=b+c_d.e-0.conf.
# Made by wgtranspile: edit the config, not this file, and run `down` before you replace it.
# Run as root: a=b+c_d.e-0.sh up|down|status
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='a=b+c_d.e-0'

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

# The MTU of the route on standard input: its own, else that of its device.
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

# The smallest MTU on the way to an endpoint, or of the default route, less what WireGuard adds to a packet.
# Where rules lead into the tunnel already, `route_mark` is the mark of encrypted packets.
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

# --- up, down, status ---

configure_device() {
	run wg addconf "$interface" /dev/stdin <<'END OF CONFIG'
[Interface]
PrivateKey = 6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.20.0.0/16
END OF CONFIG
}

# Everything but the hooks undone, as far as `up` came.
tear_down() {
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
	! exists || fail 'exists already'
	trap roll_back EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	create_link
	configure_device
	run ip -4 address add 10.10.0.2/24 dev a=b+c_d.e-0 # from a=b+c_d.e-0.conf:3
	bring_up
	run ip -4 route add 10.20.0.0/16 dev a=b+c_d.e-0 # from a=b+c_d.e-0.conf:7
	trap - EXIT
}

down() {
	wg show "$interface" >/dev/null 2>&1 || fail 'is not a WireGuard interface'
	tear_down
}

status() {
	exists || { echo "$interface is down"; exit 3; }
	wg show "$interface"
	ip -brief address show dev "$interface"
	ip -4 route show table all dev "$interface"
	ip -6 route show table all dev "$interface"
}

case ${1-} in
up | down) [ "$(id -u)" = 0 ] || fail 'must be run as root' ;;
esac
case ${1-} in
up) up ;;
down) down ;;
status) status ;;
*)
	echo "usage: ${0##*/} up|down|status" >&2
	exit 2
	;;
esac
