# Hooks before this may have given the link routes of their own.
add_route() {
	[ -n "$(ip "$1" route show dev "$interface" match "$2" 2>/dev/null)" ] || run ip "$1" route add "$2" dev "$interface"
}
