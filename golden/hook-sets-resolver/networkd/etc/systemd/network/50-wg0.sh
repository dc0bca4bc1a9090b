#!/bin/sh
# WireGuard tunnel wg0: what systemd-networkd lacks of wg0.conf.
# Made by wgtranspile: edit the config, not this file.
# wireguard-wg0.service runs it: up|reload|down|take-down
# reload applies a later version of the config in which only peers, keys and endpoints differ; the link stays up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg0'
version=8c8bad89-wg
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

# Its config for wg(8), with the keys that lie in files of their own in place of the names of these files.
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

# Keys never become arguments: the shell itself has printf.
configure_device() {
	config=$(device)
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
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

# --- a later version of the config, while the tunnel is up ---

# What `up` has applied: a digest of all that only `down` and `up` can change, then the peers of the config.
applied=/run/wireguard/$interface.applied

can_reload() {
	exists || fail 'is not up'
	[ "$(sed 1q "$applied" 2>/dev/null)" = "$version" ] ||
		fail 'more has changed than peers, keys and endpoints: take the tunnel down and bring it up again'
}

peers() {
	device_config | awk '$1 == "PublicKey" { print $3 }'
}

remember() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	{ echo "$version"; peers; } >"$applied"
}

# A peer keeps nothing that its section no longer has. Peers that hooks have added stay.
sync_device() {
	config=$(device | awk -v reset="$reset_peer" '{ print } $1 == "[Peer]" { print reset }')
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
	for peer in $(peers | awk 'wanted { kept[$0]; next } FNR > 1 && !($0 in kept)' wanted=1 - wanted= "$applied"); do
		run wg set "$interface" peer "$peer" remove
	done
}

# --- systemd-networkd ---

# The unit takes the tunnel down by this copy: the script of a later version does not know what this one has set up.
copy=/run/wireguard/$interface.sh

keep_copy() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	cp "$0" "$copy"
}

# networkd configures the link once it is up.
wait_until_configured() {
	run /usr/lib/systemd/systemd-networkd-wait-online --interface="$interface:carrier" --timeout=30
}

# networkd has no part in the device: it would send all of it again at each of its starts, which ends the sessions,
# forgets where peers were last heard and what hooks have set, and it would resolve names through the tunnel itself.
create_alone() {
	! exists || fail 'exists already'
	keep_copy
	create_link
}

sync_tunnel() {
	sync_device
	# The routes to peers stand in the file of the link.
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
PrivateKey < /etc/systemd/network/50-wg0.keys/private

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.20.0.0/16
END OF CONFIG
}

up() {
	create_alone
	configure_device
	bring_up
	wait_until_configured
	/etc/wireguard/wg0.hooks PostUp
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
