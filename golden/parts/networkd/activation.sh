# --- systemd-networkd ---

# Whether these files created the link: the service has left its script in /run, or networkd uses the .network file.
is_ours() {
	[ -e "/run/wireguard/$interface.sh" ] || {
		[ -e "$netdev" ] &&
			grep -qsxF "NETWORK_FILE=$network" "/run/systemd/netif/links/$(cat "/sys/class/net/$interface/ifindex")"
	}
}

# networkd reads its own settings only when it starts.
read_settings() {
	began=$(systemctl show --timestamp=unix --property ActiveEnterTimestamp --value systemd-networkd.service)
	[ -z "$(find /etc/systemd/networkd.conf.d -newerct "$began")" ] || run systemctl restart systemd-networkd.service
}

delete_link() {
	! wg show "$interface" >/dev/null 2>&1 || run networkctl delete "$interface"
}

wait_until_configured() {
	run /usr/lib/systemd/systemd-networkd-wait-online --interface="$interface:carrier" --timeout=30
}
