# --- systemd-networkd ---

# The unit uses this copy to stop the tunnel, because a newer script does not know what this one has set up.
copy=/run/wireguard/$interface.sh

keep_copy() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	cp "$0" "$copy"
}

# networkd configures the link as soon as it is up.
wait_until_configured() {
	run /usr/lib/systemd/systemd-networkd-wait-online --interface="$interface:carrier" --timeout=30
}
