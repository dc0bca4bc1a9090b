# Hooks are written for bash, in the shell that wg-quick runs them in.
hook() {
	printf '[#] %s\n' "$1" >&2
	INTERFACE=$interface bash -e -o pipefail -O extglob -c "$1"
}
