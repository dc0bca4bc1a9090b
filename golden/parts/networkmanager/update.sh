# The profile contains a digest of everything except peers, keys and routes. Compare it with the applied one.
need_applied() {
	manager=org.freedesktop.NetworkManager
	device=$(nmcli -g GENERAL.DBUS-PATH device show "$interface" 2>/dev/null) || fail 'is not up; use activate'
	busctl call "$manager" "$device" "$manager.Device" GetAppliedConnection u 0 | grep -qF "$1" ||
		fail 'something other than peers, keys and endpoints has changed; use activate'
}
