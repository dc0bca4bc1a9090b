word_after() {
	awk -v word="$1" '{ for (i = 1; i < NF; i++) if ($i == word) { print $(i + 1); exit } }'
}

# The MTU of the route on standard input, or else of its device.
route_mtu() {
	route=$(cat)
	mtu=$(printf '%s\n' "$route" | word_after mtu)
	case $mtu in
	'' | *[!0-9]*)
		device=$(printf '%s\n' "$route" | word_after dev)
		[ -z "$device" ] || ip link show dev "$device" | word_after mtu
		;;
	*) echo "$mtu" ;;
	esac
}

# The smallest MTU on the routes to the endpoints, or else of the default route, minus the overhead of WireGuard.
# If rules already lead into the tunnel, `route_mark` is the mark of encrypted packets.
bring_up() {
	least=
	for address in $(wg show "$interface" endpoints | awk '$2 ~ /^\[?[a-z0-9:.]+\]?:[0-9]+$/ {
		sub(/^\[/, "", $2); sub(/\]?:[0-9]+$/, "", $2); print $2 }'); do
		mtu=$(ip route get "$address" ${route_mark:+mark "$route_mark"} 2>/dev/null | route_mtu)
		if [ -n "$mtu" ] && [ "$mtu" -lt "${least:-2147483647}" ]; then
			least=$mtu
		fi
	done
	[ -n "$least" ] || least=$(ip route show default | sed 1q | route_mtu)
	[ "${least:-0}" -gt 0 ] || least=1500
	run ip link set mtu "$((least - 80))" up dev "$interface"
}
