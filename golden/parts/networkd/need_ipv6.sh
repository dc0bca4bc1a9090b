# networkd would enable IPv6 on the link, whereas wg-quick fails.
need_ipv6() {
	[ "$(cat /proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null)" = 0 ] ||
		fail 'IPv6 is disabled on this host (net.ipv6.conf.default.disable_ipv6)'
}
