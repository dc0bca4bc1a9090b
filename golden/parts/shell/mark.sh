# The first number from 51820 whose table is free, unless the device already has a mark.
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
