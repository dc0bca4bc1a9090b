# --- DNS ---

have_resolver=yes # until `up` begins

# Debian's resolvconf orders interfaces by name: add a prefix that ranks high.
resolver_name() {
	resolvconf=$(command -v resolvconf || true)
	if [ -f /etc/resolvconf/interface-order ] && [ ! -L "$resolvconf" ]; then
		awk '/^[A-Za-z0-9-]+\*$/ { printf "%s.", substr($0, 1, length($0) - 1); exit }' /etc/resolvconf/interface-order
	fi
	echo "$interface"
}

# The servers are exclusive: they receive all queries.
set_resolver() {
	printf '%s\n' "$@" | run resolvconf -a "$(resolver_name)" -m 0 -x
	have_resolver=yes
}

unset_resolver() {
	[ -z "$have_resolver" ] || run resolvconf -d "$(resolver_name)" -f || true
}
