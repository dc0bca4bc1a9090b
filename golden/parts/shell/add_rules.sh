mark=

# Packets without the mark use the table, unless the main table has a route for them other than the default route.
add_rules() {
	run ip "$1" rule add not fwmark "$mark" table "$mark"
	run ip "$1" rule add table main suppress_prefixlength 0
}
