mark=

# Packets without the mark go to the table, unless main has a route other than a default route.
add_rules() {
	run ip "$1" rule add not fwmark "$mark" table "$mark"
	run ip "$1" rule add table main suppress_prefixlength 0
}
