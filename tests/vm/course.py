"""What becomes of a machine: by wg-quick, and by emissions laid below / and activated.

In: a machine, and configs or what was made of them. Out: the states it goes through. What is
compared is listed in snapshot.py. Each course begins with the machine as it was after its boot.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests.lab.namespace import Host, host_names
from tests.vm import project
from tests.vm.snapshot import left_over, tunnel
from wgtranspile.artefact import Artefact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.lab.snapshot import Snapshot
    from tests.vm.cases import Case
    from tests.vm.machine import Machine, Result
    from wgtranspile.artefact import Command, Emission

HOOKS = (b"preup", b"postup", b"predown", b"postdown")
# What a link without `PrivateKey` gets its key by: it runs as it is, and finds a file that networkd can read, too.
_KEY_HOOK = rb"wg set %i private-key (/\S+)"
_KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
_KEY_FILE = """\
folder=$(dirname {file})
mkdir --parents "$folder" && chmod o+x "$folder" && install -g systemd-network -m 640 /dev/stdin {file} <<<{key}
"""


class CommandError(Exception):
    """A command that should work failed; the message is what it said."""


class Course(NamedTuple):
    """What happened to a machine.

    `tunnel` is its state with the tunnels up, `verdicts` what `verify` finds there, where it was asked, `hooks` what
    `recorded` hooks noted on the way up and down. The others tell of the time when tunnels and files are gone: how the
    state differs from the one before, what networkd would still do by those files, and the warnings in between.
    """

    tunnel: Snapshot
    hooks: tuple[str, ...]
    verdicts: tuple[str, ...] = ()
    left: str = ""
    remembered: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def recorded(config: bytes) -> bytes:
    """Give a config whose hooks only note that they ran and what they saw; their text is still read and expanded.

    bash reads a line to its end before it runs the first command, and `exit` ends the hook. A hook that does no more
    than to set the private key from a file stays as it is.
    """
    lines = config.split(b"\n")
    for number, line in enumerate(lines):
        key, equals, value = line.partition(b"=")
        name = key.partition(b"#")[0].strip()
        if equals and name.lower() in HOOKS and not re.fullmatch(_KEY_HOOK, value.strip()):
            note = b" bash /usr/local/lib/laboratory/hook %b %d %%i; exit 0; " % (name, number + 1)
            lines[number] = key + equals + note + value
    return b"\n".join(lines)


def compared(machine: Machine, case: Case, backend: str) -> tuple[Course, Course]:
    """Give the courses of wg-quick and of what a backend makes of a case.

    The MTU is pinned to what wg-quick computes on the machine. `verify` judges each config by itself, as if the tunnel
    were alone: so it is asked about one.
    """
    theirs = reference(machine, case.configs, case.needs)
    links = (json.loads(line) for line in theirs.tunnel.parts["links"] if line.startswith("{"))
    results = case.transpiled(backend, {link["ifname"]: link["mtu"] for link in links})
    emissions = [result.emission for result in results if result.emission]
    return theirs, ours(machine, case.configs, emissions, case.needs, verify=len(results) == 1)


def reference(machine: Machine, configs: Mapping[str, bytes], needs: str = "") -> Course:
    """Give the course of `wg-quick up` and `wg-quick down` of the configs, by the names of their interfaces.

    `needs` is a script that runs before, for what the configs count on.
    """
    prepare(machine, configs, needs)
    machine.put(config_files(configs))
    succeed(machine, (f"wg-quick up /root/{name}.conf" for name in configs))
    state = machine.snapshot()
    succeed(machine, (f"wg-quick down /root/{name}.conf" for name in reversed(list(configs))))
    return Course(tunnel(state), hook_notes(machine))


def ours(
    machine: Machine,
    configs: Mapping[str, bytes],
    emissions: Sequence[Emission],
    needs: str = "",
    *,
    verify: bool = False,
) -> Course:
    """Give the course of what was made of the configs: laid below /, activated, deactivated, and removed.

    A file may be gone already: to make a program forget one, `deactivate` must remove it.
    """
    artefacts = [artefact for emission in emissions for artefact in emission.artefacts]
    before = prepare(machine, configs, needs)
    folders = machine.put(artefacts)
    succeed(machine, (command for emission in emissions for command in emission.activate))
    state = machine.snapshot()
    verdicts = _verdicts(machine, configs) if verify else ()
    succeed(machine, (command for emission in reversed(emissions) for command in emission.deactivate))
    machine.run("xargs -0 rm -f --", "\0".join(f"/{artefact.path}" for artefact in artefacts).encode())
    machine.run(f"rmdir -- {shlex.join(sorted(folders, reverse=True))}")
    after = machine.snapshot()
    left = left_over(before, after)
    return Course(
        tunnel(state), hook_notes(machine), verdicts, left, _remembered(machine, configs), after.parts["journal"]
    )


def booted(machine: Machine, configs: Mapping[str, bytes], emissions: Sequence[Emission]) -> Snapshot:
    """Give the state after a boot with the files in place, and nothing else done."""
    prepare(machine, configs)
    machine.put(artefact for emission in emissions for artefact in emission.artefacts)
    machine.reboot()
    return tunnel(machine.snapshot())


def succeed(machine: Machine, commands: Iterable[Command | str]) -> None:
    """Run commands that must work."""
    for command in commands:
        done = machine.run(str(command))
        if done.status:
            raise CommandError(f"{command} (status {done.status}): {done.err}")


def prepare(machine: Machine, configs: Mapping[str, bytes], needs: str = "") -> Snapshot:
    """Bring back the machine as it was after its boot, lay what the configs name, and give the state that this is."""
    names = [name for config in configs.values() for name in host_names(config.decode("utf-8", "replace"))]
    machine.reset()
    machine.run("cat >/etc/hosts", Host(names=tuple(dict.fromkeys(names))).hosts().encode())
    keys = "".join(
        _KEY_FILE.format(file=shlex.quote(found.decode().replace("%i", name)), key=_KEY)
        for name, config in configs.items()
        for found in re.findall(rb"(?mi)^[^#\n]*=\s*" + _KEY_HOOK + rb"\s*$", config)
    )
    if not (script := keys + needs):
        return machine.clean
    succeed(machine, (script,))
    return machine.snapshot()


def config_files(configs: Mapping[str, bytes]) -> list[Artefact]:
    """Give the files below /root that hold the configs."""
    return [
        Artefact(PurePosixPath(f"root/{name}.conf"), config.decode("utf-8", "surrogateescape"), 0o600)
        for name, config in configs.items()
    ]


def _verdicts(machine: Machine, configs: Mapping[str, bytes]) -> tuple[str, ...]:
    """Give what `verify` says of each config on the machine, where it is not that all is equal."""
    machine.put(config_files(configs))
    told = [verified(machine, f"/root/{name}.conf") for name in configs]
    machine.run("rm /root/*.conf")
    return tuple(done.out + done.err for done in told if done.status)


def verified(machine: Machine, config: str) -> Result:
    """Have `verify` judge a config on the machine."""
    return on_the_machine(machine, f"verify {config}")


def on_the_machine(machine: Machine, arguments: str) -> Result:
    """Run wgtranspile on the machine, with arguments for its shell."""
    machine.run("mkdir /run/project; tar --extract --directory=/run/project", project.archive())
    done = machine.run(f"PYTHONPATH=/run/project python3 -m wgtranspile {arguments}")
    machine.run("rm -r /run/project")
    return done


def hook_notes(machine: Machine) -> tuple[str, ...]:
    """Give what `recorded` hooks have noted."""
    return tuple(machine.run("cat /run/hooks 2>/dev/null").out.splitlines())


def _remembered(machine: Machine, names: Iterable[str]) -> tuple[str, ...]:
    """Give what networkd says of new links of these names, where it would configure them by files that are gone."""
    if not machine.run("systemctl --quiet is-active NetworkManager").status:
        return tuple(set(machine.run("nmcli -g NAME connection show").out.split()) - {"lo", "up0"})
    remembered = []
    for name in map(shlex.quote, names):
        told = machine.run(
            f"ip link add {name} type wireguard && udevadm settle\n"
            f"until said=$(networkctl --no-legend list {name}); [[ $said != *@(pending|initialized)* ]]; do :; done\n"
            f"ip link delete {name}\n"
            'echo "$said"'
        ).out
        if "unmanaged" not in told:
            remembered.append(told.strip())
    return tuple(remembered)
