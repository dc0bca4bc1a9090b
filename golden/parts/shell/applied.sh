# --- a new version of the config while the tunnel is up ---

# What `up` has applied: a digest of everything that needs `down` and `up` to change, then the peers of the config.
applied=/run/wireguard/$interface.applied

can_reload() {
	exists || fail 'is not up'
	[ "$(sed 1q "$applied" 2>/dev/null)" = "$version" ] ||
		fail 'something other than peers, keys and endpoints has changed: take the tunnel down and bring it up again'
}
