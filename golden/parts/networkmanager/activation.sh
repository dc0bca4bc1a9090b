# --- NetworkManager ---

is_ours() {
	[ "$(nmcli -g GENERAL.CON-UUID device show "$interface" 2>/dev/null)" = "$uuid" ]
}

# Empty if the profile is not active.
profile_state() {
	nmcli -g GENERAL.STATE connection show uuid "$uuid" 2>/dev/null || :
}

# Run a test until it fails, for at most a minute.
wait_while() {
	waited=0
	while "$@" && [ "$waited" -lt 300 ]; do
		sleep 0.2
		waited=$((waited + 1))
	done
}

# NetworkManager does not wait for its dispatcher script. If the script does not run, nothing else removes the file.
take_down() {
	[ -z "$(profile_state)" ] || run nmcli --wait 60 connection down uuid "$uuid"
	wait_while [ -e "$state" ]
	rm -f "$state"
}

# The file may be anywhere: NetworkManager may have moved it to /etc/netplan.
delete_profile() {
	! nmcli connection show uuid "$uuid" >/dev/null 2>&1 || run nmcli connection delete uuid "$uuid"
}
