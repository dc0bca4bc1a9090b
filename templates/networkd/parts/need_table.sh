# wg-quick would take the next number; the files for networkd name this one.
need_table() {
	[ -z "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ] ||
		fail "routing table $mark is in use: choose another number with --fwmark"
}
