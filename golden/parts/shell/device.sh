# --- the device: its keys and peers ---

# The config for wg(8), in which the names of key files are replaced by the keys.
device() {
	device_config | awk '$1 ~ /Key$/ && $2 == "<" {
		file = $3 ~ /^\// ? $3 : ENVIRON["CREDENTIALS_DIRECTORY"] "/" $3
		if ((getline key <file) <= 0) {
			print file ": cannot read a key" >"/dev/stderr"
			exit 1
		}
		close(file)
		print $1, "=", key
		next
	}
	{ print }'
}

# printf is built into the shell, so keys never appear in process arguments.
configure_device() {
	config=$(device)
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
}
