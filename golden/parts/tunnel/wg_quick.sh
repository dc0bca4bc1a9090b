# --- wg-quick ---

exists() {
	[ -e "/sys/class/net/$interface" ]
}

# If wg-quick brought the tunnel up, take it down with wg-quick: PreDown and PostDown run, and nothing is left behind.
take_over() {
	if systemctl --quiet is-active "wg-quick@$interface.service"; then
		run systemctl stop "wg-quick@$interface.service"
	elif exists && ! is_ours; then
		[ -e "/etc/wireguard/$interface.conf" ] ||
			fail 'is up without these files, and its config is not in /etc/wireguard: take it down first'
		run wg-quick down "$interface"
	fi
	! exists || is_ours || fail 'is still up under wg-quick, which could not take it down'
}

# From the next boot on, the tunnel comes up without wg-quick.
disable_wg_quick() {
	! systemctl --quiet is-enabled "wg-quick@$interface.service" 2>/dev/null ||
		run systemctl disable "wg-quick@$interface.service"
}
