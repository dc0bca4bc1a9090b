is_activating() {
	[ "$(profile_state)" = activating ]
}

wait_until_active() {
	wait_while is_activating
	[ "$(profile_state)" = activated ] || fail 'NetworkManager could not activate it: see journalctl --unit NetworkManager'
}

# An earlier version may have resolved names, and its profile may be stored elsewhere.
remove_earlier_version() {
	if [ -e "/etc/wireguard/$interface.connect" ]; then
		[ ! -e "/etc/systemd/system/$unit" ] || run systemctl disable --now "$unit"
		rm -f "/etc/systemd/system/$unit" "/etc/wireguard/$interface.connect" "/etc/wireguard/$interface.nmconnection"
	fi
	! nmcli -g UUID,FILENAME connection show | grep "^$uuid:" | grep -qvxF "$uuid:$profile" || delete_profile
}
