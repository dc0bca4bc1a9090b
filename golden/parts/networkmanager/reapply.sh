# NetworkManager may recreate all peers, for example when one is removed. This restores endpoints that are known only
# from the packets of a peer, so that packets still reach it.
reapply() {
	known=$(wg show "$interface" endpoints)
	run nmcli device reapply "$interface"
	{ echo "$known"; echo; wg show "$interface" endpoints; } | awk '
		!NF { now = 1 }
		!now { was[$1] = $2 }
		now && $2 == "(none)" && was[$1] ~ /:/ { print "peer", $1, "endpoint", was[$1] }' |
		xargs -r wg set "$interface"
}
