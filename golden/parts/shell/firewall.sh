# --- the firewall of the default route ---

have_firewall=yes # until `up` begins

# Accept packets to the tunnel's addresses only through the tunnel or from this host; mark replies to encrypted ones.
add_firewall() {
	addresses=$(ip -o "$1" address show dev "$interface" | awk '$4 ~ /^[0-9a-f:.]+\/[0-9]+$/ { sub(/\/.*/, "", $4); print $4 }')
	have_firewall=yes
	if command -v nft >/dev/null; then
		table="$2 wg-quick-$interface"
		{
			echo "add table $table"
			echo "add chain $table preraw { type filter hook prerouting priority -300; }"
			echo "add chain $table premangle { type filter hook prerouting priority -150; }"
			echo "add chain $table postmangle { type filter hook postrouting priority -150; }"
			for address in $addresses; do
				echo "add rule $table preraw iifname != \"$interface\" $2 daddr $address fib saddr type != local drop"
			done
			echo "add rule $table premangle meta l4proto udp meta mark set ct mark"
			echo "add rule $table postmangle meta l4proto udp meta mark $mark ct mark set mark"
		} | run nft -f -
		return
	fi
	iptables=iptables
	[ "$1" = -4 ] || iptables=ip6tables
	remark="-m comment --comment \"wg-quick(8) rule for $interface\""
	{
		echo '*raw'
		for address in $addresses; do
			echo "-I PREROUTING ! -i $interface -d $address -m addrtype ! --src-type LOCAL -j DROP $remark"
		done
		echo 'COMMIT'
		echo '*mangle'
		echo "-I PREROUTING -p udp -j CONNMARK --restore-mark $remark"
		echo "-I POSTROUTING -p udp -m mark --mark $mark -j CONNMARK --save-mark $remark"
		echo 'COMMIT'
	} | run "$iptables-restore" -n
}

remove_firewall() {
	[ -n "$have_firewall" ] || return 0
	if command -v nft >/dev/null; then
		tables=$(nft list tables 2>/dev/null | awk -v name="wg-quick-$interface" '$3 == name { print "delete", $0 }')
		[ -z "$tables" ] || printf '%s\n' "$tables" | run nft -f -
	fi
	for iptables in iptables ip6tables; do
		command -v "$iptables-save" >/dev/null || continue
		rules=$("$iptables-save" 2>/dev/null | awk -v remark="--comment \"wg-quick(8) rule for $interface\"" '
			/^\*/ || /^COMMIT$/ { print }
			/^-A/ && index($0, remark) { sub(/^-A/, "-D"); print; found = 1 }
			END { exit !found }') || continue
		printf '%s\n' "$rules" | run "$iptables-restore" -n
	done
}
