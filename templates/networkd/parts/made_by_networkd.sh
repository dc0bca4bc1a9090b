# Stopping has deleted the link; networkd creates it again.
make_link() {
	keep_copy
	run networkctl reload
	run timeout 30 sh -c 'until [ -e "/sys/class/net/$1" ]; do sleep 0.1; done' sh "$interface"
}

# Before version 257, networkd reads .netdev files only when it starts.
sync_tunnel() {
	if [ "$(networkctl --version | awk '{ print $2; exit }')" -ge 257 ]; then
		run networkctl reload
	else
		run systemctl restart systemd-networkd.service
	fi
	wait_until_configured
}

remember() {
	echo "$version" >"$applied"
}
