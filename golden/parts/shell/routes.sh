# Earlier hooks may have added routes to the link.
add_route() {
	[ -n "$(ip "$1" route show dev "$interface" match "$2" 2>/dev/null)" ] || run ip "$1" route add "$2" dev "$interface"
}
