#!/bin/sh
# WireGuard tunnel wg0: what wg-quick(8) does with wg0.conf.
# Made by wgtranspile: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg0.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg0'
version=958a1b9c
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

# wg-quick runs hooks in bash. A hook may contain keys, and may be longer than an argument or environment variable can
# be, so bash reads it from a file descriptor.
hook() {
	printf '[#] %s\n' "$1" >&2
	INTERFACE=$interface bash -e -o pipefail -O extglob -c '
		export -n INTERFACE
		IFS= read -r hook <&3
		exec 3<&-
		execute_hook() { (eval "$hook"); }
		execute_hook' 3<<-HOOK
		$1
	HOOK
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

mark=

# Packets without the mark use the table, unless the main table has a route for them other than the default route.
add_rules() {
	run ip "$1" rule add not fwmark "$mark" table "$mark"
	run ip "$1" rule add table main suppress_prefixlength 0
}

# --- the firewall of the default route ---

have_firewall=yes # until `up` begins

# Accept packets to the tunnel's addresses only through the tunnel or from this host; mark replies to encrypted ones.
add_firewall() {
	addresses=$(ip -o "$1" address show dev "$interface" | awk '$4 ~ /^[0-9a-f:.]+\/[0-9]+$/ { sub(/\/.*/, "", $4); print $4 }')
	have_firewall=yes
	if command -v nft >/dev/null; then
		table="$2 wg-quick-$interface"
		{
			echo "add table $table"
			echo "add chain $table preraw { type filter hook prerouting priority -300; }"
			echo "add chain $table premangle { type filter hook prerouting priority -150; }"
			echo "add chain $table postmangle { type filter hook postrouting priority -150; }"
			for address in $addresses; do
				echo "add rule $table preraw iifname != \"$interface\" $2 daddr $address fib saddr type != local drop"
			done
			echo "add rule $table premangle meta l4proto udp meta mark set ct mark"
			echo "add rule $table postmangle meta l4proto udp meta mark $mark ct mark set mark"
		} | run nft -f -
		return
	fi
	iptables=iptables
	[ "$1" = -4 ] || iptables=ip6tables
	remark="-m comment --comment \"wg-quick(8) rule for $interface\""
	{
		echo '*raw'
		for address in $addresses; do
			echo "-I PREROUTING ! -i $interface -d $address -m addrtype ! --src-type LOCAL -j DROP $remark"
		done
		echo 'COMMIT'
		echo '*mangle'
		echo "-I PREROUTING -p udp -j CONNMARK --restore-mark $remark"
		echo "-I POSTROUTING -p udp -m mark --mark $mark -j CONNMARK --save-mark $remark"
		echo 'COMMIT'
	} | run "$iptables-restore" -n
}

remove_firewall() {
	[ -n "$have_firewall" ] || return 0
	if command -v nft >/dev/null; then
		tables=$(nft list tables 2>/dev/null | awk -v name="wg-quick-$interface" '$3 == name { print "delete", $0 }')
		[ -z "$tables" ] || printf '%s\n' "$tables" | run nft -f -
	fi
	for iptables in iptables ip6tables; do
		command -v "$iptables-save" >/dev/null || continue
		rules=$("$iptables-save" 2>/dev/null | awk -v remark="--comment \"wg-quick(8) rule for $interface\"" '
			/^\*/ || /^COMMIT$/ { print }
			/^-A/ && index($0, remark) { sub(/^-A/, "-D"); print; found = 1 }
			END { exit !found }') || continue
		printf '%s\n' "$rules" | run "$iptables-restore" -n
	done
}

# Replies to encrypted packets are looked up with their mark. The default is 0; it may already be 1, and read-only.
set_src_valid_mark() {
	[ "$(sysctl -n net.ipv4.conf.all.src_valid_mark)" = 1 ] || run sysctl -q net.ipv4.conf.all.src_valid_mark=1
}

# The first number from 51820 whose table is free, unless the device already has a mark.
choose_mark() {
	mark=$(wg show "$interface" fwmark)
	if [ "$mark" = off ]; then
		mark=51820
		while [ -n "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ]; do
			mark=$((mark + 1))
		done
		run wg set "$interface" fwmark "$mark"
	fi
	mark=$((mark))
}

# --- up, down, reload, status ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey = 6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 0.0.0.0/0
END OF CONFIG
}

# Undo everything that `up` has done, except hooks.
tear_down() {
	rm -f "$applied"
	remove_rules
	delete_link
	remove_firewall || true
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
	have_firewall=
	create_link
	configure_device
	run ip -4 address add 10.10.0.2/24 dev wg0 # from wg0.conf:3
	bring_up
	choose_mark
	add_rules -4 # from wg0.conf:9
	run ip -4 route add 0.0.0.0/0 dev wg0 table "$mark" # from wg0.conf:9
	set_src_valid_mark
	add_firewall -4 ip
	hook 'ip route add 10.30.0.0/16 dev wg0' # from wg0.conf:4
	hook 'resolvectl dns wg0 10.10.0.1' # from wg0.conf:5
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
