#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that systemd-networkd does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by wireguard-wg0.service: up|reload|down|take-down
# `reload` applies a new version of the config in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg0'
version=abd378cb-networkd
mark=51820

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/mtu.sh

. parts/shell/rules.sh

. parts/shell/applied.sh

. parts/networkd/networkd.sh

. parts/networkd/need_ipv6.sh

. parts/networkd/need_table.sh

. parts/networkd/read_device.sh

. parts/networkd/made_by_networkd.sh

# --- up, reload, down ---

up() {
	need_table
	keep_copy
	need_ipv6
	make_link
	run nft -f /etc/systemd/network/50-wg0.nft
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
	run nft 'add table ip6 wg-quick-wg0; delete table ip6 wg-quick-wg0'
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
