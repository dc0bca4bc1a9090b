#!/bin/sh
# WireGuard tunnel wg0: what wg-quick(8) does with wg0.conf.
# Made by wgtranspile: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg0.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg0'
version=4cd1782c
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/device.sh

. parts/shell/applied.sh

. parts/shell/reload.sh

. parts/shell/reload_routes.sh

. parts/shell/mtu.sh

. parts/shell/resolver.sh

. parts/shell/rules.sh

. parts/shell/add_rules.sh

. parts/shell/firewall.sh

. parts/shell/mark.sh

# --- up, down, reload, status ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey = 6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = [::ffff:198.51.100.1]:51820
AllowedIPs = ::ffff:10.20.0.0/112, ::ffff:10.10.0.3/128, ::10.21.0.0/112, ::/0
END OF CONFIG
}

# Undo everything that `up` has done, except hooks.
tear_down() {
	rm -f "$applied"
	remove_rules
	delete_link
	unset_resolver
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
	have_resolver=
	have_firewall=
	create_link
	configure_device
	run ip -6 address add ::ffff:10.10.0.2/120 dev wg0 # from wg0.conf:3
	run ip -6 address add ::10.11.0.2/120 dev wg0 # from wg0.conf:3
	bring_up
	set_resolver 'nameserver ::ffff:10.10.0.1' # from wg0.conf:4
	# no route to ::ffff:10.10.0.3/128: covered by ::ffff:10.10.0.0/120, the network of an address
	run ip -6 route add ::ffff:10.20.0.0/112 dev wg0 # from wg0.conf:8
	run ip -6 route add ::10.21.0.0/112 dev wg0 # from wg0.conf:8
	choose_mark
	add_rules -6 # from wg0.conf:8
	run ip -6 route add ::/0 dev wg0 table "$mark" # from wg0.conf:8
	add_firewall -6 ip6
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
	keep_route -6 ::ffff:10.20.0.0/112 # from wg0.conf:8
	keep_route -6 ::10.21.0.0/112 # from wg0.conf:8
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
