# wg-quick runs hooks in bash. A hook may contain keys, and may be longer than an argument or environment variable can
# be, so bash reads it from a file descriptor.
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
