# Without its dispatcher, NetworkManager runs no scripts, and the firewall and hooks are missing.
need_dispatched() {
	[ -s "$state" ] || {
		take_down
		fail "is taken down: NetworkManager has not run $1"
	}
}
