#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that NetworkManager does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by NetworkManager-dispatcher(8) for every connection, here and through the links in pre-up.d and pre-down.d.

[ "$CONNECTION_UUID" = 4d35f417-5eda-567d-bda5-0146b8bbb338 ] || exit 0

# Exists from pre-up to down, and contains the index of the link. NetworkManager runs pre-up again when it restarts.
state=/run/wireguard-wg0.link
interface='wg0'

run() {
	"$@"
}

. parts/shell/mtu.sh

set_up() {
	bring_up &&
	/etc/wireguard/wg0.hooks PostUp &&
		cat /sys/class/net/wg0/ifindex >"$state"
}

case $2 in
pre-up)
	if [ "$(cat "$state" 2>/dev/null)" = "$(cat /sys/class/net/wg0/ifindex)" ]; then
		exit
	fi
	: >"$state"
	# `wg-quick up` also stops when a step fails.
	set_up || nmcli --wait 0 connection down uuid "$CONNECTION_UUID"
	;;
down)
	rm -f "$state"
	;;
esac
