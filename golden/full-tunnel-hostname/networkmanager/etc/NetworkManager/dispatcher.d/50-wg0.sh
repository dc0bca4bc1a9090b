#!/bin/sh
# WireGuard tunnel wg0: what NetworkManager lacks of wg0.conf.
# Made by wgtranspile: edit the config, not this file.
# NetworkManager-dispatcher(8) runs it for every connection, here and through its links in pre-up.d and pre-down.d.

[ "$CONNECTION_UUID" = 4d35f417-5eda-567d-bda5-0146b8bbb338 ] || exit 0

# Exists from pre-up to down, and then holds the number of the link: NetworkManager runs pre-up again when it starts anew.
state=/run/wireguard-wg0.link

set_up() {
	nft -f /etc/nftables/wg0.nft &&
	sysctl -q net.ipv4.conf.all.src_valid_mark=1 &&
		cat /sys/class/net/wg0/ifindex >"$state"
}

case $2 in
pre-up)
	if [ "$(cat "$state" 2>/dev/null)" = "$(cat /sys/class/net/wg0/ifindex)" ]; then
		exit
	fi
	: >"$state"
	# As `wg-quick up` ends when a step fails.
	set_up || nmcli --wait 0 connection down uuid "$CONNECTION_UUID"
	;;
down)
	nft 'add table ip6 wg-quick-wg0; delete table ip6 wg-quick-wg0'
	nft 'add table ip wg-quick-wg0; delete table ip wg-quick-wg0'
	rm -f "$state"
	;;
esac
