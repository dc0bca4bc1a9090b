# systemd reads changed units only when it is told to.
read_unit() {
	[ "$(systemctl show --property NeedDaemonReload --value "$unit")" = no ] || run systemctl daemon-reload
}
