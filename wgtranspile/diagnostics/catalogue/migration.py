"""Findings about the migration of a running host."""

from wgtranspile.diagnostics.model import Rule, Severity

TUNNEL_NOT_UP = Rule(
    "M801",
    "tunnel-not-up",
    Severity.ERROR,
    "no active WireGuard interface `{interface}` on this host",
    "Only a working tunnel can be migrated: the result is compared with its live state under wg-quick.",
    "run `wg-quick up {interface}`; for a tunnel that is down, write the files with `wgtranspile --to ... -o /`",
    title="the interface is not an active WireGuard interface of this host",
)
HOST_NOT_READABLE = Rule(
    "M802",
    "host-not-readable",
    Severity.ERROR,
    "{why}",
    "The live state is read with `ip`, `wg` and `nft`, which need root privileges.",
    "run it as root on the host itself",
    title="the live state of this host cannot be read",
)
LIVE_TUNNEL_DIFFERS = Rule(
    "M803",
    "live-tunnel-differs",
    Severity.ERROR,
    "the live tunnel differs from the config: {item} is {found}, not {wanted}",
    "The config was edited after the tunnel came up, or the tunnel was changed with `wg set`. The target would bring "
    "up the tunnel as described in the config, and the comparison with the current state would fail.",
    "use `wg-quick save` to write the live tunnel to the config, or `wg-quick down` and `up` to apply the config",
    title="the live tunnel differs from the config",
)
TARGET_MISSING = Rule(
    "M804",
    "target-missing",
    Severity.ERROR,
    "{target} is not installed: {unit} does not exist",
    "The target's daemon must be installed before it can take over a tunnel.",
    "install it",
)
TARGET_TOO_OLD = Rule(
    "M805",
    "target-too-old",
    Severity.ERROR,
    "{target} {version} is too old; the files need version {oldest}",
    "An older version ignores settings it does not know, and the tunnel would not be the same.",
    "upgrade it, or stay with wg-quick",
    title="the target is too old for the files",
)
TARGET_MASKED = Rule(
    "M806",
    "target-masked",
    Severity.ERROR,
    "{unit} is masked",
    "A masked unit cannot be started; someone disabled it on purpose.",
    "run `systemctl unmask {unit}` if it no longer needs to be masked",
)
NETWORKD_IS_STARTED = Rule(
    "M807",
    "networkd-is-started",
    Severity.WARNING,
    "systemd-networkd is not running; it will be enabled and started",
    "networkd changes only links that it has files for, but it removes policy rules of other programs (M809). Its "
    "wait-online service stays disabled.",
    "",
)
NETWORKMANAGER_NOT_RUNNING = Rule(
    "M808",
    "networkmanager-not-running",
    Severity.ERROR,
    "the NetworkManager service is not running",
    "Starting it may make it take over other interfaces, including the one your session uses.",
    "start it, check that the host's network still works, and try again; or migrate to networkd",
)
FOREIGN_RULE = Rule(
    "M809",
    "foreign-rule",
    Severity.ERROR,
    "networkd would remove the policy rule `{rule_text}`",
    "When networkd configures a link, it removes the policy rules of other programs: of hooks, of other VPNs, and of "
    "another tunnel with a default route, whose traffic would then leave unencrypted.",
    "use `--keep-foreign-rules`, which also keeps the rules that hooks add",
    title="networkd would remove a policy rule of another program",
)
INTERFACE_CONFIGURED_TWICE = Rule(
    "M810",
    "interface-configured-twice",
    Severity.ERROR,
    "`{file}` also configures `{interface}` ({target})",
    "If two files configure an interface, only one of them is used, or two managers change the same link.",
    "remove the file, or remove the interface from it",
    title="another file also configures the interface",
)
INTERFACE_MENTIONED = Rule(
    "M811",
    "interface-mentioned",
    Severity.ERROR,
    "`{file}` mentions `{interface}`",
    "ifupdown or netplan may also bring the interface up and take it down.",
    "remove the interface from the file",
    title="another file mentions the interface",
)
FILE_IS_REPLACED = Rule(
    "M812",
    "file-is-replaced",
    Severity.WARNING,
    "`{file}` already exists and will be replaced",
    "A copy is kept in the backup and restored by a rollback.",
    "",
)
DROP_IN_IS_LOST = Rule(
    "M813",
    "drop-in-is-lost",
    Severity.WARNING,
    "`{file}` changes how wg-quick brings up `{interface}`; the target does not use it",
    "Settings in a drop-in, such as the order of units or additional commands, are not part of the config.",
    "check what it does and whether the target needs it",
    title="a drop-in changes how wg-quick brings up the interface; the target does not use it",
)
UNIT_DEPENDS = Rule(
    "M814",
    "unit-depends",
    Severity.WARNING,
    "{unit} depends on wg-quick@{interface}.service: it will also be stopped, and would start that service again",
    "A unit that requires another one starts it, and is stopped with it. A rollback starts the unit again.",
    "make it depend on sys-subsystem-net-devices-{interface}.device instead",
    title="a unit depends on wg-quick's unit: it will also be stopped, and would start wg-quick's unit again",
)
SESSION_IN_TUNNEL = Rule(
    "M815",
    "session-in-tunnel",
    Severity.ERROR,
    "your session runs through `{interface}`",
    "If the tunnel did not come up again and the migration were rolled back, you would not see any of this.",
    "use `--confirm SECONDS`: the migration is rolled back unless you confirm it in time, from this or another login",
)
SESSION_IN_TUNNEL_GUARDED = Rule(
    "M816",
    "session-in-tunnel-guarded",
    Severity.NOTE,
    "your session runs through `{interface}`, which will be down for a moment",
    "The migration continues without the session; `wgtranspile confirm` also works from another login.",
    "",
)
MIGRATED_BEFORE = Rule(
    "M817",
    "migrated-before",
    Severity.ERROR,
    "`{interface}` has already been migrated",
    "wg-quick no longer manages it, so there is nothing to compare the result with.",
    "omit it, or bring it back first with `wgtranspile rollback {interface}`",
)
LIVE_TUNNEL_DIFFERS_BY_HOOK = Rule(
    "M818",
    "live-tunnel-differs-by-hook",
    Severity.WARNING,
    "the live tunnel differs from the config: {item} is {found}, not {wanted}; a hook may be the cause",
    "The hooks also run under the target. Whatever differs from the config now must differ in the same way afterwards, "
    "or the migration is rolled back.",
    "check whether a hook does that; if not, the config was edited after the tunnel came up, or the tunnel was changed",
    title="the live tunnel differs from the config; a hook may be the cause",
)
NOT_COMPARED = Rule(
    "M819",
    "not-compared",
    Severity.NOTE,
    "cannot tell whether the live tunnel matches the config: {item}: {reason}",
    "The host does not provide this information, or a peer has moved, or its endpoint was edited in the config after "
    "the tunnel came up. In the last case, if the new endpoint does not answer, the migration is rolled back.",
    "",
    title="cannot tell whether the live tunnel matches the config",
)
MIGRATION_UNDER_WAY = Rule(
    "M820",
    "migration-under-way",
    Severity.ERROR,
    "a migration of `{interface}` is in progress or was interrupted",
    "It is still running, is waiting for confirmation, or was cut off.",
    "run `wgtranspile confirm {interface}` to keep the result, or `wgtranspile rollback {interface}` to go back",
)
RESOLVED_NOT_RUNNING = Rule(
    "M821",
    "resolved-not-running",
    Severity.ERROR,
    "systemd-resolved is not running, but networkd needs it to set the DNS servers of `{interface}`",
    "Under wg-quick, resolvconf(8) of another package set them. networkd supports only systemd-resolved.",
    "start systemd-resolved and check that the host still resolves names, or migrate to NetworkManager",
)
MARK_IN_USE = Rule(
    "M822",
    "mark-in-use",
    Severity.ERROR,
    "`{file}` uses {mark}, the mark and routing table of `{interface}`",
    "wg-quick used the first number whose routing table was empty; the target needs a fixed number. If the interface "
    "configured by that file comes up as well, both would use the same table.",
    "give `{interface}` its own number: set `FwMark` in its config, then run `wg-quick down` and `up`",
    title="another file uses the mark and routing table of the interface",
)
DISPATCHER_NOT_ENABLED = Rule(
    "M823",
    "dispatcher-not-enabled",
    Severity.ERROR,
    "`{interface}` needs NetworkManager's dispatcher service, which is not enabled",
    "A script run by NetworkManager-dispatcher.service installs the firewall of a default route and runs the hooks. "
    "`systemctl disable NetworkManager` also disables the dispatcher, and starting NetworkManager does not enable it "
    "again; the tunnel would come up without firewall and hooks.",
    "run `systemctl enable NetworkManager-dispatcher.service`",
)
NOT_ROOT = Rule(
    "M824",
    "not-root",
    Severity.ERROR,
    "a migration needs root privileges",
    "It reads the live tunnel, writes under /etc, and starts and stops units. Nothing else was checked: without root "
    "privileges, a tunnel that is up looks as if it were missing.",
    "run it as root, for example with sudo",
)
SYSTEMD_NOT_RUNNING = Rule(
    "M825",
    "systemd-not-running",
    Severity.ERROR,
    "systemd is not running as the init system of this host",
    "A migration starts and stops units, and uses units as guards. Without systemd as process 1 there is no "
    "/run/systemd/system, as in most containers and in a chroot. Nothing else was checked.",
    "run it on the booted host itself; for a host without systemd, use `wgtranspile --to shell`",
)
