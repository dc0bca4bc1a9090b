#!/bin/sh
# WireGuard tunnel wg1: what NetworkManager lacks of wg1.conf.
# Made by wgtranspile: edit the config, not this file.
# NetworkManager-dispatcher(8) runs it for every connection, here and through its links in pre-up.d and pre-down.d.

[ "$CONNECTION_UUID" = 878fe3cb-833a-585e-9069-5b7702810c6a ] || exit 0

# Exists from pre-up to down, and then holds the number of the link: NetworkManager runs pre-up again when it starts anew.
state=/run/wireguard-wg1.link

set_up() {
	nft -f /etc/nftables/wg1.nft &&
	sysctl -q net.ipv4.conf.all.src_valid_mark=1 &&
		cat /sys/class/net/wg1/ifindex >"$state"
}

case $2 in
pre-up)
	if [ "$(cat "$state" 2>/dev/null)" = "$(cat /sys/class/net/wg1/ifindex)" ]; then
		exit
	fi
	: >"$state"
	# As `wg-quick up` ends when a step fails.
	set_up || nmcli --wait 0 connection down uuid "$CONNECTION_UUID"
	;;
down)
	nft 'add table ip wg-quick-wg1; delete table ip wg-quick-wg1'
	rm -f "$state"
	;;
esac
