# --- a later version of the config, while the tunnel is up ---

# What `up` has applied: a digest of all that only `down` and `up` can change, then the peers of the config.
applied=/run/wireguard/$interface.applied

can_reload() {
	exists || fail 'is not up'
	[ "$(sed 1q "$applied" 2>/dev/null)" = "$version" ] ||
		fail 'more has changed than peers, keys and endpoints: take the tunnel down and bring it up again'
}
