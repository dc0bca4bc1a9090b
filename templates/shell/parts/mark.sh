# The first number from 51820 that is free as a table, unless the device has a mark already.
choose_mark() {
	mark=$(wg show "$interface" fwmark)
	if [ "$mark" = off ]; then
		mark=51820
		while [ -n "$(ip -4 route show table "$mark" 2>/dev/null; ip -6 route show table "$mark" 2>/dev/null)" ]; do
			mark=$((mark + 1))
		done
		run wg set "$interface" fwmark "$mark"
	fi
	mark=$((mark))
}
