#!/bin/sh
# WireGuard tunnel wg1: the parts of wg1.conf that systemd-networkd does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by wireguard-wg1.service: up|reload|down|take-down
# `reload` applies a new version of the config in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg1'
version=1505b91f-wg
network=/etc/systemd/network/50-wg1.network
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
mark=51821

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/device.sh

. parts/shell/mtu.sh

. parts/shell/rules.sh

. parts/shell/src_valid_mark.sh

. parts/shell/applied.sh

. parts/shell/reload.sh

. parts/networkd/networkd.sh

. parts/networkd/need_table.sh

. parts/networkd/made_by_wg.sh

# --- up, reload, down ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey < /etc/systemd/network/50-wg1.keys/private
FwMark = 51821

[Peer]
PublicKey = kd63dDS+OsnPq3KQb28fAQy6Db17uczR4Qek7UQYgVA=
Endpoint = 203.0.113.7:51820
AllowedIPs = 0.0.0.0/0
END OF CONFIG
}

up() {
	need_table
	create_alone
	configure_device
	run nft -f /etc/systemd/network/50-wg1.nft
	set_src_valid_mark
	bring_up
	wait_until_configured
	/etc/wireguard/wg1.hooks PostUp
	remember_network
}

reload() {
	can_reload
	sync_tunnel
	keep_copy
}

take_down() {
	delete_link
	remove_rules
	run nft 'add table ip wg-quick-wg1; delete table ip wg-quick-wg1'
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
