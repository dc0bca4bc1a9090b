# Hooks are written for bash, in the shell that wg-quick runs them in. They may hold keys, so they are no arguments.
hook() {
	printf '[#] %s\n' "$1" >&2
	hook=$1 INTERFACE=$interface bash -e -o pipefail -O extglob -c \
		'export -n hook INTERFACE; execute_hook() { (eval "$hook"); }; execute_hook'
}
