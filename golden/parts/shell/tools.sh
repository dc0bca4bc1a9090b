# --- tools ---

fail() {
	printf '%s: %s\n' "$interface" "$1" >&2
	exit 1
}

# Show a command, then run it.
run() {
	printf '[#] %s\n' "$*" >&2
	"$@"
}
