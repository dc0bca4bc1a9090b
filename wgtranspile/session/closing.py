"""What a run says at its end of the files that it has written, and what to do with them: a line each."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wgtranspile import backends
from wgtranspile.channels import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from wgtranspile.artefact import KeyFile
    from wgtranspile.session.hosts import Made
    from wgtranspile.session.outcomes import Collected


def of_files(collected: Collected, root: Path, backend: str) -> Iterator[str]:
    """Yield what was written for one host, and how to bring it to life there."""
    artefacts, all_made = collected
    for artefact in artefacts:
        after = f" -> {visible(artefact.link_to)}" if artefact.link_to else f" ({artefact.mode:04o})"
        yield f"wrote {visible(str(root / artefact.path))}{after}"
    if files := [(made.config, file) for made in all_made for file in made.emission.key_files]:
        yield "the host also needs these key files, which were not written:"
        yield from (f"  {_required(config, file)}" for config, file in files)
        yield "to generate a private key there, as root (for a preshared key, use `wg genpsk`):"
        yield f"  {_generating(files[0][1])}"
    commands = [command for made in all_made for command in made.emission.activate]
    if commands:
        yield "once the files are in place under /, bring the tunnel up as root:"
        yield from (f"  {command}" for command in commands)
        yield from _live(all_made, root, backend)
    commands = [command for made in all_made for command in made.emission.update]
    if commands:
        yield "to apply changed peers, keys or endpoints without taking the tunnel down:"
        yield from (f"  {command}" for command in commands)
    if os.geteuid() != 0:
        yield "the files belong to your user; on the host, they must belong to root"


def of_trees(hosts: Sequence[PurePosixPath], root: Path) -> Iterator[str]:
    """Yield where the trees of hosts are, and how to bring them there."""
    if hosts:
        more = ", ..." if hosts[1:] else ""
        place = f"{visible(str(root))}: {visible(str(hosts[0] / 'etc'))}{more}"
        yield f"the files of {counted(len(hosts), 'host')} are under {place}"
        yield 'next: copy each etc folder to / on its host, and bring the tunnels up; see "Roll out" in docs/fleets.md'


def _live(all_made: Sequence[Made], root: Path, backend: str) -> Iterator[str]:
    """Yield what becomes of tunnels that are up, where the files are for this host."""
    target = backends.find(backend).target
    if not target.takes_over or not root.samefile("/"):
        return
    for name in (visible(made.name) for made in all_made if _is_up(made.name)):
        yield f"{name} is up: if wg-quick brought it up, this first uses wg-quick to take it down, with its hooks"
        yield f"(`wgtranspile migrate --to {target} {name}` can also roll back)"


def _is_up(interface: str) -> bool:
    """Whether this host has a link of this name: of the kernel's WireGuard or of one in user space."""
    return Path("/sys/class/net", interface).exists()


def _required(config: str, file: KeyFile) -> str:
    """Return the place of a file with a key, with its mode and owner, and whose key it is."""
    place = visible(config) if file.line is None else f"the peer at {visible(config)}:{file.line}"
    stands_for = f", `{{{{ {file.placeholder} }}}}`" if file.placeholder else ""
    return f"/{file.path} ({file.mode:04o} {file.owner}:{file.group}): `{file.setting}` of {place}{stands_for}"


def _generating(file: KeyFile) -> str:
    """Return the command that makes a file with a new key; others cannot read it at any moment."""
    return f"wg genkey | install -D -m {file.mode:04o} -o {file.owner} -g {file.group} /dev/stdin /{file.path}"
