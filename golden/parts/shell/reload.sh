peers() {
	device_config | awk '$1 == "PublicKey" { print $3 }'
}

remember() {
	[ -d /run/wireguard ] || mkdir -m 700 /run/wireguard
	{ echo "$version"; peers; } >"$applied"
}

# A peer loses settings that its section no longer has. Peers added by hooks stay.
sync_device() {
	config=$(device | awk -v reset="$reset_peer" '{ print } $1 == "[Peer]" { print reset }')
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
	for peer in $(peers | awk 'wanted { kept[$0]; next } FNR > 1 && !($0 in kept)' wanted=1 - wanted= "$applied"); do
		run wg set "$interface" peer "$peer" remove
	done
}
