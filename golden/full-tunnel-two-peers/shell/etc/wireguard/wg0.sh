#!/bin/sh
# WireGuard tunnel wg0: what wg-quick(8) does with wg0.conf.
# Made by wgtranspile: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg0.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg0'
version=32ef91b1
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/device.sh

. parts/shell/applied.sh

. parts/shell/reload.sh

. parts/shell/reload_routes.sh

. parts/shell/mtu.sh

. parts/shell/rules.sh

. parts/shell/add_rules.sh

. parts/shell/firewall.sh

. parts/shell/src_valid_mark.sh

. parts/shell/mark.sh

# --- up, down, reload, status ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey = 6Cpf9qnrgRu/JPk+VjhEanLsm/WExfhI0FkKVji+Qp0=

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 0.0.0.0/0

[Peer]
PublicKey = kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=
Endpoint = 203.0.113.7:51820
AllowedIPs = ::/0
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
	run ip -4 address add 10.10.0.2/32 dev wg0 # from wg0.conf:3
	run ip -6 address add fd00:10::2/128 dev wg0 # from wg0.conf:3
	bring_up
	choose_mark
	add_rules -6 # from wg0.conf:12
	run ip -6 route add ::/0 dev wg0 table "$mark" # from wg0.conf:12
	add_firewall -6 ip6
	add_rules -4 # from wg0.conf:7
	run ip -4 route add 0.0.0.0/0 dev wg0 table "$mark" # from wg0.conf:7
	set_src_valid_mark
	add_firewall -4 ip
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
