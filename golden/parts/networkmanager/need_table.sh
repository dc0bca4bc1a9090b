# wg-quick would use the next number, but the profile contains this one.
need_table() {
	taken=$(
		for family in -4 -6; do
			ip "$family" route show table "$1"
			ip "$family" rule show table "$1"
		done 2>/dev/null
	) || :
	[ -z "$taken" ] || fail "another program uses the routing table $1: choose another number with --fwmark"
}
