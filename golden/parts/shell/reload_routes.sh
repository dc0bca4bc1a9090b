# The networks of peers, except default routes.
networks() {
	wg show "$interface" allowed-ips | awk '{ for (i = 2; i <= NF; i++) if ($i ~ /\/[1-9]/) print $i }'
}

# Arguments: -4 or -6, a network, and optionally its table.
keep_route() {
	family=$1 network=$2
	shift 2
	[ -n "$(ip "$family" route show "$network" dev "$interface" "$@" 2>/dev/null)" ] ||
		run ip "$family" route add "$network" dev "$interface" "$@"
}

# Arguments: the networks that peers had before, and optionally the table of their routes.
drop_routes() {
	former=$1
	shift
	for network in $({ networks; echo; printf '%s\n' "$former"; } | awk '
		!NF { past = 1 }
		!past { kept[$0] }
		past && NF && !($0 in kept)'); do
		case $network in
		*:*) family=-6 ;;
		*) family=-4 ;;
		esac
		ip "$family" route delete "$network" dev "$interface" "$@" 2>/dev/null || true
	done
}
