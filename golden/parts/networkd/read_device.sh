# Before version 257, networkd reads .netdev files only when it starts.
read_device() {
	if [ "$(networkctl --version | awk '{ print $2; exit }')" -ge 257 ]; then
		run networkctl reload
	else
		run systemctl restart systemd-networkd.service
	fi
}
