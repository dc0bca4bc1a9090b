# networkd has no part in the device: it would send all of it again at each of its starts, which ends the sessions,
# forgets where peers were last heard and what hooks have set, and it would resolve names through the tunnel itself.
create_alone() {
	! exists || fail 'exists already'
	keep_copy
	create_link
}

sync_tunnel() {
	sync_device
	# The routes to peers stand in the file of the link.
	if ! cmp -s "$network" "$applied.network"; then
		run networkctl reload
		wait_until_configured
	fi
	remember_network
}

remember_network() {
	remember
	cp "$network" "$applied.network"
}
