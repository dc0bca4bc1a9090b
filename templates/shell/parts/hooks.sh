# Hooks are written for bash, in the shell that wg-quick runs them in. They may hold keys, and be longer than an argument
# or a variable of the environment may be, so bash reads them from a file descriptor.
hook() {
	printf '[#] %s\n' "$1" >&2
	INTERFACE=$interface bash -e -o pipefail -O extglob -c '
		export -n INTERFACE
		IFS= read -r hook <&3
		exec 3<&-
		execute_hook() { (eval "$hook"); }
		execute_hook' 3<<-HOOK
		$1
	HOOK
}
