"""A host that is migrated: its tunnel under wg-quick, the tool, what befalls it on the way, and a TCP stream meanwhile.

In: a machine, a target, and what is to happen at which point. Out: how the tool ended, and the state of the host. The
tunnel's peer is the internet of traffic.py; what the stream says is echoed from inside the tunnel.
"""

from __future__ import annotations

import gzip
import shlex
from base64 import b64decode
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests.lab.snapshot import Snapshot
from tests.vm import project, traffic
from tests.vm.course import succeed
from tests.vm.machine import BOOTED
from tests.vm.snapshot import KERNEL
from wgtranspile.artefact import Artefact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.vm.machine import Machine, Result

# The machine on which a target is at home.
MANAGERS = {"networkd": "networkd", "networkmanager": "NetworkManager"}
SPLIT = "203.0.113.0/24, 2001:db8:2::/64"
FULL = "0.0.0.0/0, ::/0"
# A hook tells the tool's reader that it has come, and ends as the reader says; without a tool, at once.
HOOK = """\
echo "in $1" 2>/dev/null >/proc/$(cat /run/tool)/fd/2 || exit 0
read -r status </run/go
exit "$status"
"""
HOOKS = "\n".join(f"{key} = sh /root/hook {key}" for key in ("PreUp", "PostUp", "PreDown", "PostDown"))
STREAM = """\
import os, socket, sys, time

PLACE = ("203.0.113.1", 9000)
if sys.argv[1] == "echo":
    server = socket.create_server(PLACE)
    print(flush=True)
    stream, _ = server.accept()
    while said := stream.recv(4096):
        stream.sendall(said)
    sys.exit()
stream = socket.create_connection(PLACE, source_address=("10.8.0.2", 0))
print(flush=True)
heard, lines, longest, last = stream.makefile("rb"), 0, 0, False
while not last:
    last = os.path.exists("/run/stream.end")
    began = time.monotonic()
    stream.sendall(b"%d\\n" % lines)
    answer = heard.readline()
    assert answer == b"%d\\n" % lines, (lines, answer)
    lines += 1
    longest = max(longest, time.monotonic() - began)
    time.sleep(0.05)
print(lines, longest)
"""
# Both have begun when they have said so.
START_STREAM = """\
cat >/run/stream.py
ip netns exec internet python3 /run/stream.py echo >/run/echo.out 2>&1 &
timeout 60 grep -qm1 ^ <(tail -fn+1 /run/echo.out) || { cat /run/echo.out >&2; exit 1; }
python3 /run/stream.py talk >/run/stream.out 2>&1 & echo $! >/run/stream
timeout 60 grep -qm1 ^ <(tail -fn+1 /run/stream.out) || { cat /run/stream.out >&2; exit 1; }
ping -Dni 0.1 -I 10.8.0.2 203.0.113.1 >/run/ping.out 2>&1 & echo $! >/run/ping
"""
# TCP waits twice as long each time that it tries again: seconds.
END_STREAM = """\
touch /run/stream.end
timeout 150 tail --pid=$(</run/stream) -f /dev/null && cat /run/stream.out
kill $(</run/ping)
awk -F '[][]' '/time=/ { if (last && $2 - last > gap) gap = $2 - last; last = $2 } END { print gap }' /run/ping.out
"""
# Where the tool's modules are. The folder in which it is started, which may be anyone's, is not searched for them.
FOUND = "export PYTHONPATH=/opt/project"
# Reads what the tool says, with the time; at the point of a fault, that happens. The tool's own end is said last.
TOOL = """\
{found}
[ -p /run/go ] || mkfifo /run/go
{needs}
coproc TOOL {{ echo $BASHPID >/run/tool; exec python3 -m wgtranspile migrate --to {options} </dev/null 2>&1; }}
tool=$TOOL_PID
exec 4<&"${{TOOL[0]}}"
unset awaited hook
awaited={at}
while IFS= read -r line <&4; do
    echo "$EPOCHREALTIME $line"
    status=0
    if [[ -n $awaited && $line == $awaited* ]]; then
        awaited=
        {does}
    fi
    [[ $line != "in "* ]] || echo "$status" >/run/go
done
wait "$tool"
echo "$EPOCHREALTIME exit $?"
"""
# A person at a terminal: reads up to a line of the tool, and types; without a word to type, the terminal goes. The exit
# status is the tool's, as a shell tells it.
PERSON = """\
import os, pty, sys

at, types, *tool = sys.argv[1:]
process, terminal = pty.fork()
if not process:
    os.execvp("python3", ["python3", "-m", "wgtranspile", *tool])
said, waits = b"", True
while True:
    try:
        said += os.read(terminal, 4096)
    except OSError:  # the tool has ended
        break
    if waits and f"\\n{at}".encode() in said:
        waits = False
        if not types:
            os.close(terminal)
            break
        os.write(terminal, bytes.fromhex(types))
print(said.decode())
assert not waits, at
status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
"""
UNPACK = "mkdir /opt/project && tar --extract --directory=/opt/project"
# For each machine, the project with what its Python made of it in a first run, which each would make anew.
_COMPILED: dict[Machine, bytes] = {}
# Lines of a state that tell of earlier times: the folder of transient units, made for the first of them, and what
# groups the units of tunnels.
LEFT_OUT = (" /run/systemd/transient ", "Slice /system/wg-quick")
# The unit that guards a migration has done its work.
QUIET = """\
process=$(systemctl show --property MainPID --value 'wgtranspile-watch-*')
[ "${process:-0}" = 0 ] || timeout 300 tail --pid="$process" -f /dev/null
"""


class Run(NamedTuple):
    """What the tool said, each line with the second in which it came, and its exit status, if it came to an end."""

    lines: tuple[tuple[float, str], ...]
    status: int | None

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for _, line in self.lines)

    def seconds(self, first: str, last: str) -> float:
        """Give the time between two lines, by what they begin with."""
        times = {end: [time for time, line in self.lines if line.startswith(end)] for end in (first, last)}
        return times[last][-1] - times[first][0]


class Stream(NamedTuple):
    """How a stream went: how many lines came back, each as it was sent, and the longest time one took: seconds.

    And the longest time between answers to pings, which are not sent again later as those lines are.
    """

    lines: int
    longest: float
    outage: float


def config(allowed: str, *interface: str) -> bytes:
    """Give the config of a tunnel to the internet's peer, with more lines for its interface."""
    text = traffic.CONFIG.format(secret=traffic.SECRET, endpoint=traffic.ENDPOINTS["IPv4"], allowed=allowed)
    return text.replace("[Peer]", "\n".join((*interface, "[Peer]"))).encode()


def prepare(machine: Machine, configs: Mapping[str, bytes], *, by_unit: bool = True) -> None:
    """Bring back the machine as it was after its boot, and have wg-quick bring tunnels up on it: now, and at boots.

    All that is on its disk, so that a loss of power takes nothing of it.
    """
    machine.reset()
    succeed(machine, [traffic.PEER])
    done = machine.run(UNPACK, _COMPILED.get(machine) or project.archive())
    assert done.status == 0, done.err
    machine.put(
        [
            Artefact(PurePosixPath("root/hook"), HOOK, 0o700),
            *(
                Artefact(PurePosixPath(f"etc/wireguard/{name}.conf"), text.decode(), 0o600)
                for name, text in configs.items()
            ),
        ]
    )
    up = "systemctl enable --now wg-quick@{}" if by_unit else "wg-quick up {}"
    succeed(machine, (up.format(name) for name in configs))
    succeed(machine, ["ping -c 1 -W 6 203.0.113.1", "sync"])


def migrate(machine: Machine, options: str, *, needs: str = "", at: str = "", does: str = "") -> Run:
    """Run the tool, the target first among its options; once it says what begins with `at`, something is done.

    There, `$tool` is its process, and `$status` what a hook that has come will end with.
    """
    said = machine.run(
        TOOL.format(found=FOUND, options=options, needs=needs, at=shlex.quote(at), does=does or ":"), timeout=400
    )
    *lines, (time, last) = (
        (float(time), line) for time, _, line in (text.partition(" ") for text in said.out.splitlines())
    )
    ended = last.startswith("exit ")
    if ended and machine not in _COMPILED:
        _COMPILED[machine] = gzip.decompress(
            b64decode(machine.run("tar --create --gzip --directory=/opt/project . | base64").out)
        )
    run = Run(tuple(lines) if ended else (*lines, (time, last)), int(last.split()[1]) if ended else None)
    assert not at or any(fnmatchcase(line, f"{at}*") for _, line in run.lines), said
    return run


def migrate_at_terminal(machine: Machine, options: str, *, at: str, types: str) -> Result:
    """Run the tool on a terminal; once it says what begins with `at`, something is typed, or the terminal goes."""
    arguments = f"{shlex.quote(at)} '{types.encode().hex()}' migrate --to {options}"
    return machine.run(f"{FOUND}; python3 - {arguments}", PERSON.encode(), timeout=400)


def tool(machine: Machine, arguments: str) -> int:
    """Run another command of the tool, and give its exit status."""
    return machine.run(f"{FOUND}; python3 -m wgtranspile {arguments}").status


def shut_down(machine: Machine) -> None:
    """Reboot in order."""
    machine._monitor.settimeout(300)  # noqa: SLF001  as in the life of NetworkManager
    machine._ask("query-status")  # noqa: SLF001  what it said of an earlier reset is past
    machine.run("systemctl --no-block reboot")
    machine._event("RESET")  # noqa: SLF001
    _wait_for_boot(machine)


def lose_power(machine: Machine) -> None:
    """Boot anew with what is on the disk; what was not written yet is lost."""
    machine._ask("system_reset")  # noqa: SLF001
    _wait_for_boot(machine)


def _wait_for_boot(machine: Machine) -> None:
    machine.run(":", timeout=900)  # until someone listens: an emulated kernel may unpack itself for minutes
    machine.run(BOOTED, timeout=600)


def state(machine: Machine) -> Snapshot:
    """Give all of a host that a migration may change, in whatever order it was made, and what its files contain."""
    parts = machine.snapshot().parts
    parts = {
        name: tuple(sorted(line for line in lines if not line.endswith(LEFT_OUT)))
        for name, lines in parts.items()
        if name != "journal"
    }
    contents = machine.run("find /etc /root /usr/local -type f -exec sha256sum {} +").out
    return Snapshot(parts | {"contents": tuple(sorted(contents.splitlines()))})


def tunnel(found: Snapshot) -> Snapshot:
    """Give the parts of a state that are the tunnel."""
    parts = (*KERNEL, "sysctl", "resolver")
    return Snapshot({name: lines for name, lines in found.parts.items() if name in parts})


def kept(machine: Machine, name: str = "wg0") -> str:
    """Give the mode of the folder that is kept of a migration, and the markers in it."""
    markers = "changing unconfirmed migrated back failed"
    return machine.run(f"cd /var/lib/wgtranspile/{name} && stat -c %a . && ls {markers} 2>/dev/null").out


def begin_stream(machine: Machine) -> None:
    """Have a client beside the tunnel talk with a server behind it, from now on."""
    done = machine.run(START_STREAM, STREAM.encode())
    assert done.status == 0, done


def end_stream(machine: Machine) -> Stream:
    """Give how the stream went; it must have lived until now."""
    done = machine.run(END_STREAM, timeout=200)
    try:
        lines, longest, outage = done.out.split()
    except ValueError:
        raise AssertionError(done) from None
    return Stream(int(lines), float(longest), float(outage))
