# --- the link ---

create_link() {
	run ip link add dev "$interface" type wireguard && return
	status=$?
	userspace=${WG_QUICK_USERSPACE_IMPLEMENTATION:-wireguard-go}
	if [ -e /sys/module/wireguard ] || ! command -v "$userspace" >/dev/null; then
		return "$status"
	fi
	echo '[!] This kernel has no WireGuard: using a slower implementation in user space.' >&2
	run "$userspace" "$interface"
}

exists() {
	ip link show dev "$interface" >/dev/null 2>&1
}

delete_link() {
	! exists || run ip link delete dev "$interface"
}
