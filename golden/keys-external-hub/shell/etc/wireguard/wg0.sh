#!/bin/sh
# WireGuard tunnel wg0: what wg-quick(8) does with wg0.conf.
# Made by wgtranspile --keys external: edit the config, not this file. Run `down` before you replace it, or `reload` afterwards.
# Run as root: wg0.sh up|down|reload|status
# `reload` applies a new version of this script in which only peers, keys and endpoints differ, and keeps the link up.
# shellcheck disable=SC1003,SC1112,SC2016  # hooks are for bash to expand

set -eu
export LC_ALL=C
interface='wg0'
version=5d70d426
reset_peer='PersistentKeepalive = off
PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='

. parts/shell/tools.sh

. parts/shell/link.sh

. parts/shell/device.sh

. parts/shell/applied.sh

. parts/shell/reload.sh

. parts/shell/reload_routes.sh

. parts/shell/mtu.sh

# --- up, down, reload, status ---

device_config() {
	cat <<'END OF CONFIG'
[Interface]
PrivateKey < /etc/wireguard/wg0.keys/private
ListenPort = 51820

[Peer]
PublicKey = Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M=
PresharedKey < /etc/wireguard/wg0.keys/Teuz88las2OQnmPE4Q8mjtzYmxCIVx4nAeB7ji42L2M.psk
AllowedIPs = 10.10.0.2/32
END OF CONFIG
}

# Undo everything that `up` has done, except hooks.
tear_down() {
	rm -f "$applied"
	delete_link
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
	create_link
	configure_device
	run ip -4 address add 10.10.0.1/24 dev wg0 # from wg0.conf:2
	bring_up
	# no route to 10.10.0.2/32: covered by 10.10.0.0/24, the network of an address
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
