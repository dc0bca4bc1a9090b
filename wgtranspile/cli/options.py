"""The arguments and options of all commands: one entry each, with what `--help` says of it.

A command lists those that it takes as the fields of its record.
"""

from pathlib import Path
from typing import Annotated

import typer

from wgtranspile import __version__
from wgtranspile.backends.targets import DAEMONS, TARGETS, choices


def _folder(text: str) -> Path:
    if not text:
        message = "it is empty; use . for the current folder"
        raise typer.BadParameter(message)
    return Path(text)


def _mark(text: str) -> int:
    try:
        mark = int(text, 0)
    except ValueError:
        mark = 0
    if not 0 < mark < 2**32:
        message = f"{text!r} is not a number from 1 to 4294967295"
        raise typer.BadParameter(message)
    return mark


def _show_version(wanted: bool) -> None:  # noqa: FBT001  as typer calls it
    if wanted:
        print(f"wgtranspile {__version__}")
        raise typer.Exit


# --- what a command is about ---

Configs = Annotated[
    list[str], typer.Argument(metavar="CONFIG...", help="NAME.conf, an interface in /etc/wireguard, a folder, or -")
]
Config = Annotated[str | None, typer.Argument(metavar="CONFIG", help="NAME.conf, an interface in /etc/wireguard, or -")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="The code or name of a finding, such as C203.")]
Interfaces = Annotated[
    list[str],
    typer.Argument(metavar="IF...", help="Interfaces brought up by wg-quick from /etc/wireguard/IF.conf."),
]
Migrating = Annotated[str, typer.Argument(metavar="IF", help="The interface being migrated.")]
Migrated = Annotated[str, typer.Argument(metavar="IF", help="An interface that was migrated.")]

# --- what is made ---

To = Annotated[
    str,
    typer.Option(
        metavar="BACKEND",
        help=f"The target: {choices(TARGETS.values())}. A version of it can follow, as in networkd@252.",
    ),
]
ToManager = Annotated[str, typer.Option(metavar="TARGET", help=f"The target: {choices(DAEMONS.values())}.")]
Keys = Annotated[
    str | None,
    typer.Option(metavar="WHERE", help="Where to store keys: file, inline, external (not written) or credential."),
]
KeysOfMigration = Annotated[
    str | None, typer.Option("--keys", metavar="WHERE", help="Where to store keys, as for the main command.")
]
Fwmark = Annotated[
    int | None, typer.Option(metavar="N", parser=_mark, help="Pin the mark and table of a default route.")
]
Mtu = Annotated[int | None, typer.Option(metavar="N", min=1280, max=65535, help="Pin the MTU if the config sets none.")]
Name = Annotated[str | None, typer.Option(metavar="IF", help="The interface name, if the file name is not NAME.conf.")]
ShortenNames = Annotated[
    bool, typer.Option("--shorten-names", help="Shorten interface names of more than 15 characters.")
]
Activation = Annotated[
    str, typer.Option(metavar="WHEN", help="When the tunnel comes up: boot, or manual (only on request).")
]
KeepForeignRules = Annotated[
    bool | None,
    typer.Option(
        "--keep-foreign-rules/--no-keep-foreign-rules",
        help="Have networkd keep policy rules of other programs (default: with a default route or hooks).",
    ),
]

# --- where it goes ---

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", parser=_folder, help="Write files under DIR instead of to stdout."),
]
ShowKeys = Annotated[bool, typer.Option("--show-keys", help="Show keys on a terminal.")]
KeepGoing = Annotated[bool, typer.Option("--keep-going", help="Write the valid configs even if others are refused.")]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Write nothing; show what would change under DIR as a diff (in a git work tree: only what git keeps).",
    ),
]
Prune = Annotated[bool, typer.Option("--prune", help="Remove files of earlier runs that this run does not write.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace files not created by wgtranspile, and keep copies of them.")
]
TrustOwner = Annotated[
    list[str] | None,
    typer.Option(metavar="USER", help="As root, also write under folders of USER, USER:GROUP, :GROUP or *."),
]
Jobs = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="The number of processes (default: one per processor).")
]

# --- findings ---

Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
Allow = Annotated[list[str] | None, typer.Option(metavar="CODE", help="Treat this warning as a note; can be repeated.")]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help="Count this warning or note without showing it; can be repeated."),
]
FleetChecks = Annotated[
    bool, typer.Option("--fleet-checks", help="Find contradictions between the configs of a fleet.")
]
MessageFormat = Annotated[
    str,
    typer.Option(metavar="FORMAT", help="The format of findings: text, concise, json, json-lines, github or sarif."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show only errors (in text and concise).")]
Statistics = Annotated[bool, typer.Option("--statistics", help="At the end, show how often each finding occurred.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Normalisations = Annotated[bool, typer.Option("--normalisations", help="Show which differences are ignored, and why.")]
Version = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
]

# --- migration ---

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; show the steps and any obstacles.")]
Confirm = Annotated[
    int,
    typer.Option(metavar="SECONDS", min=0, help="Roll back unless the migration is confirmed within this time."),
]
Hold = Annotated[
    bool, typer.Option("--hold", help="Block traffic that would leave unencrypted while the tunnel is down.")
]
