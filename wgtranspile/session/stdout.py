"""Artefacts to stdout, each below a line with its place if there are several."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

from wgtranspile import pipeline
from wgtranspile.channels import quoted_path, visible_lines
from wgtranspile.diagnostics import Collector
from wgtranspile.diagnostics.catalogue.environment import CANNOT_WRITE
from wgtranspile.diagnostics.catalogue.security import READABLE_OUTPUT
from wgtranspile.session import hosts
from wgtranspile.session.outcomes import Collected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import TextIO

    from wgtranspile.artefact import Artefact
    from wgtranspile.files.inputs import Host
    from wgtranspile.session.messages import Messages
    from wgtranspile.session.outcomes import Session


def give(session: Session, found: Iterable[Host], *, show_keys: bool) -> None:
    """Write all artefacts to stdout, or nothing."""
    collected = session.collected(found)
    if any(artefact.secret for artefact in collected.artefacts) and _others_read(sys.stdout):
        collector = Collector("standard output")
        collector.report(READABLE_OUTPUT)
        judged = tuple(pipeline.judge(collector.diagnostics, session.order.options))
        session.messages.say(judged)
        if hosts.failed(judged):
            collected = Collected([], [])
    artefacts, all_made = collected
    hidden = None if show_keys else {key for made in all_made for key in made.secrets}
    shown = print_parts(session.messages, [_shown(artefact, len(artefacts), hidden) for artefact in artefacts])
    session.messages.made(artefacts if shown else (), all_made)


def print_parts(messages: Messages, parts: Collection[bytes]) -> bool:
    """Write to stdout, and return whether it could be written."""
    if parts:
        messages.clear_progress()
    try:
        if sys.stdout is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # noqa: TRY301  as of any file that is closed
        sys.stdout.buffer.writelines(parts)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # whoever read it has enough
    except OSError as error:
        collector = Collector("standard output")
        collector.report(CANNOT_WRITE, file="standard output", why=error.strerror)
        messages.say(collector.diagnostics)
        return False
    return True


def _shown(artefact: Artefact, count: int, hidden: Collection[str] | None) -> bytes:
    """Return an artefact as stdout shows it: `hidden` are the keys that it may not show, None if it may."""
    text = artefact.content if hidden is None else _without_keys(artefact.content, hidden)
    if sys.stdout and sys.stdout.isatty():
        text = visible_lines(text)
    if count > 1:
        text = f"# {_described(artefact)}\n{text}"
    return text.encode("utf-8", "surrogateescape")


def _without_keys(text: str, keys: Collection[str]) -> str:
    from wgtranspile.redact import conceal_artefact, hide

    return "\n".join(map(conceal_artefact, hide(text, keys).split("\n")))


def _described(artefact: Artefact) -> str:
    """Return the place of an artefact, with its mode and owner or with what it links to."""
    if artefact.link_to is not None:
        return f"{quoted_path(artefact.path)} -> {quoted_path(artefact.link_to)}"
    return f"{quoted_path(artefact.path)} ({artefact.mode:04o} {artefact.owner}:{artefact.group})"


def _others_read(stream: TextIO | None) -> bool:
    """Whether a stream goes to a file that not only its owner may read."""
    if stream is None:
        return False
    mode = os.fstat(stream.fileno()).st_mode
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
