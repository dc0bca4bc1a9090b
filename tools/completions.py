"""The completions of the command line for bash, zsh and fish, as the texts of their files."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from tools.commands import CONFIG, FOLDER, WORDS, commands

if TYPE_CHECKING:
    from tools.commands import Parameter

_MADE = "# Completion of wgtranspile for {}. Made by tools/generate.py."
_COMMANDS = commands()
_ZSH_FILES = "_files -g '*.conf(-.)'"
_FISH_FILES = r"__fish_complete_suffix .conf | string match -er '(/|\.conf)(\t|$)'"
_VERBS = [command.word for command in _COMMANDS if command.word]

_BASH = """\
{made}

_wgtranspile() {{
    local word=$2 before=$3 verb='' words='' files=''
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    if ((COMP_CWORD > 1)) && [[ ${{COMP_WORDS[1]}} == @({verbs}) ]]; then
        verb=${{COMP_WORDS[1]}}
    fi
    case "$verb $before" in
{values}
    *)
        case "$verb $word" in
{options}
        esac
        ;;
    esac
    COMPREPLY=()
    if [[ $files ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(
            compgen -d -- "$word"
            [[ $files == folders ]] || compgen -f -X '!*.conf' -- "$word"
        )
    fi
    ((COMP_CWORD > 1)) || [[ $word == -* ]] || words='{first}'
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -F _wgtranspile wgtranspile
"""

_ZSH = """\
#compdef wgtranspile
{made}

_wgtranspile_first() {{
    {files}
    ((CURRENT > 2)) || compadd -- {verbs}
}}

case $words[2] in
{cases}
esac
"""


def bash() -> str:
    """Give the file for bash, which needs nothing else."""
    values, options = [], []
    for command in _COMMANDS:
        for option in command.options:
            if option.metavar:
                patterns = " | ".join(f'"{command.word} {flag}"' for flag in option.flags)
                values.append(f"    {patterns}) {_bash_values(option.metavar)} ;;")
        flags = " ".join(flag for option in command.options for flag in option.flags)
        options.append(f"""        "{command.word} -"*) words='{flags}' ;;""")
        options.append(f"""        "{command.word} "*) {_bash_values(command.argument)} ;;""")
    return _BASH.format(
        made=_MADE.format("bash"),
        verbs="|".join(_VERBS),
        values="\n".join(values),
        options="\n".join(options),
        first=" ".join(_VERBS),
    )


def zsh() -> str:
    """Give the file for zsh, to be found as `_wgtranspile` in a folder of `fpath`."""
    cases = []
    for command in reversed(_COMMANDS):  # the main one last, as it takes any word
        specs = [spec for option in command.options for spec in _zsh_specs(option)]
        specs.append(f"*:{command.argument}:{_zsh_values(command.argument) if command.word else '_wgtranspile_first'}")
        lines = " \\\n        ".join(map(quote, specs))
        cases.append(f"{command.word or '*'})\n    _arguments -s \\\n        {lines}\n    ;;")
    return _ZSH.format(made=_MADE.format("zsh"), files=_ZSH_FILES, verbs=" ".join(_VERBS), cases="\n".join(cases))


def fish() -> str:
    """Give the file for fish."""
    lines = [_MADE.format("fish"), "", "complete -c wgtranspile -f"]
    for command in _COMMANDS:
        seen = f"__fish_seen_subcommand_from {command.word or ' '.join(_VERBS)}"
        start = f"complete -c wgtranspile -n {quote(seen if command.word else f'not {seen}')}"
        if command.word:
            about = f"-a {command.word} -d {quote(command.summary)}"
            lines.append(f"complete -c wgtranspile -n '__fish_is_first_token' {about}")
        lines.append(f"{start}{_fish_values(command.argument)}")
        for option in command.options:
            flags = "".join(f" -l {flag[2:]}" if flag[1] == "-" else f" -s {flag[1:]}" for flag in option.flags)
            takes = f" -x{_fish_values(option.metavar)}" if option.metavar else ""
            lines.append(f"{start}{flags}{takes} -d {quote(option.help)}")
    return "\n".join(lines) + "\n"


def _bash_values(metavar: str) -> str:
    if metavar in {CONFIG, FOLDER}:
        return f"files={'folders' if metavar == FOLDER else 'configs'}"
    return f"words='{' '.join(WORDS[metavar])}'" if metavar in WORDS else ""


def _zsh_specs(option: Parameter) -> list[str]:
    text = re.sub(r"([\[\]:\\])", r"\\\1", option.help)
    value = f":{option.metavar}:{_zsh_values(option.metavar)}" if option.metavar else ""
    others = "*" if option.repeated else f"({' '.join(option.flags)})" if option.flags[1:] else ""
    marks = [f"{flag}{'' if not value else '=' if flag[1] == '-' else '+'}" for flag in option.flags]
    return [f"{others}{mark}[{text}]{value}" for mark in marks]


def _zsh_values(metavar: str) -> str:
    if metavar in {CONFIG, FOLDER}:
        return "_files -/" if metavar == FOLDER else _ZSH_FILES
    return f"({' '.join(WORDS.get(metavar, ()))})"


def _fish_values(metavar: str) -> str:
    if metavar in {CONFIG, FOLDER}:
        find = "__fish_complete_directories" if metavar == FOLDER else _FISH_FILES
        return f" -a {quote(f'({find})')}"
    return f" -a {quote(' '.join(WORDS[metavar]))}" if metavar in WORDS else ""
