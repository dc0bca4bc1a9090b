#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that systemd-networkd does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by wireguard-wg0.service: up|reload|down|take-down
# `reload` applies a new version of the config in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg0'
version=654b5f55-wg
network=/etc/systemd/network/50-wg0.network
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

# networkd does not configure the device: at each start it would send the whole configuration again, which would end
# sessions and discard roamed endpoints and settings made by hooks. It would also resolve names through the tunnel.
create_alone() {
	! exists || fail 'already exists'
	keep_copy
	create_link
}

sync_tunnel() {
	sync_device
	# The routes to peers are in the .network file.
	if ! cmp -s "$network" "$applied.network"; then
		run networkctl reload
		wait_until_configured
	fi
	remember_network
}

remember_network() {
	remember
	cp "$network" "$applied.network"
}

# --- up, reload, down ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey < network.wireguard.wg0.private

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
PresharedKey < network.wireguard.wg0.Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M.psk
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.20.0.0/16
END OF CONFIG
}

up() {
	create_alone
	configure_device
	bring_up
	wait_until_configured
	remember_network
}

reload() {
	can_reload
	sync_tunnel
	keep_copy
}

take_down() {
	delete_link
	rm -f "$copy" "$applied" "$applied.network"
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
