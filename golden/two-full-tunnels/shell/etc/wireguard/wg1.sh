#!/bin/sh
# WireGuard tunnel wg1: what wg-quick(8) does with wg1.conf.
# Made by wgtranspile: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg1.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg1'
version=796368b7
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
PrivateKey = RsH0jTQYjlXhrucKrtTIEQLc1TgJywxphp+reU4i8D0=

[Peer]
PublicKey = kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=
Endpoint = 203.0.113.7:51820
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
	run ip -4 address add 10.11.0.2/32 dev wg1 # from wg1.conf:3
	bring_up
	choose_mark
	add_rules -4 # from wg1.conf:7
	run ip -4 route add 0.0.0.0/0 dev wg1 table "$mark" # from wg1.conf:7
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
