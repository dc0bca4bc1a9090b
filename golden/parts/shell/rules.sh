# --- the default route: a mark for encrypted packets, which is also the number of a table ---

# Remove all rules that look up the table, including those added by hooks. Every other tunnel needs one rule before its
# own that suppresses the default route of the main table; if there is one more than that, it is ours.
remove_rules_of_family() {
	while ip -N "$1" rule show 2>/dev/null | grep -Eq "lookup $mark( |\$)"; do
		run ip "$1" rule delete table "$mark" || return 0
	done
	priority=$(ip -N "$1" rule show 2>/dev/null | awk '
		/lookup 254 suppress_prefixlength 0( |$)/ { suppressing[++count] = $1 + 0 }
		/[ \t]not from all fwmark / && count { count-- }
		END { if (count) print suppressing[count] }')
	[ -z "$priority" ] || run ip "$1" rule delete priority "$priority" table main suppress_prefixlength 0
}

remove_rules() {
	# `up` has recorded it, so it is known even if the link is gone.
	[ -n "$mark" ] || mark=$(wg show "$interface" fwmark 2>/dev/null) || return 0
	[ "$mark" != off ] || return 0
	mark=$((mark))
	remove_rules_of_family -4
	remove_rules_of_family -6
}
