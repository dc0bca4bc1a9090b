# wg-quick would use the next number, but the files for networkd contain this one.
need_table() {
	[ -z "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ] ||
		fail "routing table $mark is in use: choose another number with --fwmark"
}
