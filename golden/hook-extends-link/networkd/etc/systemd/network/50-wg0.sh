#!/bin/sh
# WireGuard tunnel wg0: the parts of wg0.conf that systemd-networkd does not support.
# Made by wgtranspile: edit the config, not this file.
# Run by wireguard-wg0.service: up|reload|down|take-down
# `reload` applies a new version of the config in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # keys of peers and their comments

set -eu
export LC_ALL=C
interface='wg0'
version=99a3539c-wg
network=/etc/systemd/network/50-wg0.network
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/device.sh

. parts/shell/mtu.sh

. parts/shell/applied.sh

. parts/shell/reload.sh

. parts/networkd/networkd.sh

. parts/networkd/made_by_wg.sh

# --- up, reload, down ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey < /etc/systemd/network/50-wg0.keys/private

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
Endpoint = 198.51.100.1:51820
AllowedIPs = 10.20.0.0/16, 10.10.1.1/32
END OF CONFIG
}

up() {
	create_alone
	configure_device
	bring_up
	wait_until_configured
	/etc/wireguard/wg0.hooks PostUp
	remember_network
}

reload() {
	can_reload
	sync_tunnel
	keep_copy
}

take_down() {
	delete_link
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
