# --- the device: its keys and peers ---

# Its config for wg(8), with the keys that lie in files of their own in place of the names of these files.
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

# Keys never become arguments: the shell itself has printf.
configure_device() {
	config=$(device)
	printf '%s\n' "$config" | run wg addconf "$interface" /dev/stdin
}
