# networkd does not configure the device: at each start it would send the whole configuration again, which would end
# sessions and discard roamed endpoints and settings made by hooks. It would also resolve names through the tunnel.
create_alone() {
	! exists || fail 'already exists'
	keep_copy
	create_link
}

sync_tunnel() {
	sync_device
	# The routes to peers are in the .network file.
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
