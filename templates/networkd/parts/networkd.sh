# --- systemd-networkd ---

# The unit takes the tunnel down by this copy: the script of a later version does not know what this one has set up.
copy=/run/wireguard/$interface.sh

keep_copy() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	cp "$0" "$copy"
}

# networkd would switch IPv6 on for the link, where wg-quick fails.
need_ipv6() {
	[ "$(cat /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null)" = 0 ] ||
		fail 'IPv6 is switched off on this host (net.ipv6.conf.default.disable_ipv6)'
}

# wg-quick would take the next number; the files for networkd name this one.
need_table() {
	[ -z "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ] ||
		fail "routing table $mark is in use: choose another number with --fwmark"
}

# networkd configures the link once it is up.
wait_until_configured() {
	run /usr/lib/systemd/systemd-networkd-wait-online --interface="$interface:carrier" --timeout=30
}
