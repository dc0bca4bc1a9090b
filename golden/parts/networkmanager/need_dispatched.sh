# Without its dispatcher, NetworkManager runs no scripts, so the firewall and hooks would be missing.
need_dispatched() {
	[ -s "$state" ] || {
		take_down
		fail "was taken down: NetworkManager has not run $1"
	}
}
