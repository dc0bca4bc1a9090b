# Replies to encrypted packets are looked up with their mark. The default is 0; it may already be 1, and read-only.
set_src_valid_mark() {
	[ "$(sysctl -n net.ipv4.conf.all.src_valid_mark)" = 1 ] || run sysctl -q net.ipv4.conf.all.src_valid_mark=1
}
