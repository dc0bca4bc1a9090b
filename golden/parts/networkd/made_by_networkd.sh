# Stopping the tunnel has deleted the link; networkd creates it again.
make_link() {
	run networkctl reload
	run timeout 30 sh -c 'until [ -e "/sys/class/net/$1" ]; do sleep 0.1; done' sh "$interface"
}

sync_tunnel() {
	read_device
	wait_until_configured
}

remember() {
	echo "$version" >"$applied"
}
