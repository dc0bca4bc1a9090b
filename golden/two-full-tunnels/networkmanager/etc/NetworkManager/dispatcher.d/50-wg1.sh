#!/bin/sh
# WireGuard tunnel wg1: the parts of wg1.conf that NetworkManager does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by NetworkManager-dispatcher(8) for every connection, here and through the links in pre-up.d and pre-down.d.

[ "$CONNECTION_UUID" = 878fe3cb-833a-585e-9069-5b7702810c6a ] || exit 0

# Exists from pre-up to down, and contains the index of the link. NetworkManager runs pre-up again when it restarts.
state=/run/wireguard-wg1.link
interface='wg1'
# Encrypted packets carry it, so they bypass the tunnel.
route_mark=51821

run() {
	"$@"
}

. parts/shell/mtu.sh

set_up() {
	bring_up &&
	nft -f /etc/nftables/wg1.nft &&
	{ [ "$(sysctl -n net.ipv4.conf.all.src_valid_mark)" = 1 ] || sysctl -q net.ipv4.conf.all.src_valid_mark=1; } &&
		cat /sys/class/net/wg1/ifindex >"$state"
}

# Like `wg-quick down`, this includes rules added by hooks. NetworkManager removes its own, which it recognizes.
remove_rules() {
	ip -N "$1" rule show 2>/dev/null | sed -n 's/^\([0-9]*\):.* lookup 51821$/\1/p' | while read -r priority; do
		ip "$1" rule delete priority "$priority" table 51821
	done
}

case $2 in
pre-up)
	if [ "$(cat "$state" 2>/dev/null)" = "$(cat /sys/class/net/wg1/ifindex)" ]; then
		exit
	fi
	: >"$state"
	# `wg-quick up` also stops when a step fails.
	set_up || nmcli --wait 0 connection down uuid "$CONNECTION_UUID"
	;;
down)
	nft 'add table ip wg-quick-wg1; delete table ip wg-quick-wg1'
	remove_rules -4
	remove_rules -6
	rm -f "$state"
	;;
esac
