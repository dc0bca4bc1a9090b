# NetworkManager may recreate all peers, for example when one is removed. Peers whose endpoint is known only from their
# packets get it back, so that what is sent to them still arrives.
reapply() {
	known=$(wg show "$interface" endpoints)
	run nmcli device reapply "$interface"
	{ echo "$known"; echo; wg show "$interface" endpoints; } | awk '
		!NF { now = 1 }
		!now { was[$1] = $2 }
		now && $2 == "(none)" && was[$1] ~ /:/ { print "peer", $1, "endpoint", was[$1] }' |
		xargs -r wg set "$interface"
}
