"""The completions of the command line for bash, zsh and fish, as the texts of their files."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from tools.commands import CODE, CONFIG, FOLDER, INTERFACE, WORDS, commands
from wgtranspile.diagnostics.catalogue import rules

if TYPE_CHECKING:
    from tools.commands import Parameter

_MADE = "# Completion of wgtranspile for {}. Made by tools/generate.py."
_COMMANDS = commands()
_ZSH_FILES = "_files -g '*.conf(-.)'"
_FISH_FILES = r"__fish_complete_suffix .conf | string match -er '(/|\.conf)(\t|$)'"
_VERBS = [command.word for command in _COMMANDS if command.word]

# What sh runs to list interfaces, as far as the user may know them: those of wg-quick and of the kernel, and those that
# were migrated. Other names than those of interfaces are left out.
_NAMES = "grep -xE '[a-zA-Z0-9_=+.-]{1,15}' | sort -u"
_OF_WG_QUICK = "ls /etc/wireguard | sed -n 's/[.]conf$//p'"
_OF_THE_KERNEL = "grep -lsx DEVTYPE=wireguard /sys/class/net/*/uevent | sed 's|/uevent$||; s|.*/||'"
_INTERFACES = f"{{ {_OF_WG_QUICK}; {_OF_THE_KERNEL}; }} 2>/dev/null | {_NAMES}"
_MIGRATED = f"ls /var/lib/wgtranspile 2>/dev/null | tr , '\\n' | {_NAMES}"
_AFTER_A_MIGRATION = ("confirm", "rollback")

_BASH = """\
{made}

_wgtranspile_codes() {{
    local code title
    while read -r code title; do
        [[ $code != "$1"* ]] || COMPREPLY+=("$code ($title)")
    done <<'END'
{codes}
END
    # A title is shown beside other codes, and never becomes part of the line.
    if ((${{#COMPREPLY[@]}} == 1)) || [[ $COMP_TYPE == @(37|42) ]]; then
        COMPREPLY=("${{COMPREPLY[@]%% *}}")
    fi
}}

_wgtranspile_interfaces() {{
    sh -c {interfaces}
}}

_wgtranspile_migrated() {{
    sh -c {migrated}
}}

_wgtranspile() {{
    local word=$2 before=$3 verb='' words='' files='' codes=''
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
    [[ ! $codes ]] || _wgtranspile_codes "$word"
    ((COMP_CWORD > 1)) || [[ $word == -* ]] || words='{first}'
    mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -F _wgtranspile wgtranspile
"""

_ZSH = """\
#compdef wgtranspile
{made}

_wgtranspile_codes() {{
    local -a codes=(
{codes}
    )
    _describe -V code codes
}}

_wgtranspile_interfaces() {{
    compadd -- ${{(f)"$(sh -c {interfaces})"}}
}}

_wgtranspile_migrated() {{
    compadd -- ${{(f)"$(sh -c {migrated})"}}
}}

_wgtranspile_configs() {{
    {files}
    _wgtranspile_interfaces
}}

_wgtranspile_first() {{
    {files}
    ((CURRENT > 2)) || compadd -- {verbs}
}}

case $words[2] in
{cases}
esac
"""


def bash() -> str:
    """Return the file for bash, which needs nothing else."""
    values, options = [], []
    for command in _COMMANDS:
        for option in command.options:
            if option.metavar:
                patterns = " | ".join(f'"{command.word} {flag}"' for flag in option.flags)
                values.append(f"    {patterns}) {_bash_values(option.metavar, command.word)} ;;")
        flags = " ".join(flag for option in command.options for flag in option.flags)
        options.append(f"""        "{command.word} -"*) words='{flags}' ;;""")
        options.append(f"""        "{command.word} "*) {_bash_values(command.argument, command.word)} ;;""")
    return _BASH.format(
        made=_MADE.format("bash"),
        verbs="|".join(_VERBS),
        values="\n".join(values),
        options="\n".join(options),
        first=" ".join(_VERBS),
        codes="\n".join(f"{rule.code} {rule.headline}" for rule in rules()),
        interfaces=quote(_INTERFACES),
        migrated=quote(_MIGRATED),
    )


def zsh() -> str:
    """Return the file for zsh, to be found as `_wgtranspile` in a folder of `fpath`."""
    cases = []
    for command in reversed(_COMMANDS):  # the main one last, as it takes any word
        specs = [spec for option in command.options for spec in _zsh_specs(option, command.word)]
        values = _zsh_values(command.argument, command.word) if command.word else "_wgtranspile_first"
        specs.append(f"*:{command.argument}:{values}")
        lines = " \\\n        ".join(map(quote, specs))
        cases.append(f"{command.word or '*'})\n    _arguments -s \\\n        {lines}\n    ;;")
    return _ZSH.format(
        made=_MADE.format("zsh"),
        files=_ZSH_FILES,
        verbs=" ".join(_VERBS),
        cases="\n".join(cases),
        codes="\n".join(f"        {quote(f'{rule.code}:{rule.headline}')}" for rule in rules()),
        interfaces=quote(_INTERFACES),
        migrated=quote(_MIGRATED),
    )


def fish() -> str:
    """Return the file for fish."""
    lines = [
        _MADE.format("fish"),
        "",
        "function __wgtranspile_codes",
        "    printf '%s\\t%s\\n' \\",
        " \\\n".join(f"        {rule.code} {_fish_quote(rule.headline)}" for rule in rules()),
        "end",
        "",
        "function __wgtranspile_interfaces",
        f"    sh -c {_fish_quote(_INTERFACES)}",
        "end",
        "",
        "function __wgtranspile_migrated",
        f"    sh -c {_fish_quote(_MIGRATED)}",
        "end",
        "",
        "complete -c wgtranspile -f",
    ]
    for command in _COMMANDS:
        seen = f"__fish_seen_subcommand_from {command.word or ' '.join(_VERBS)}"
        start = f"complete -c wgtranspile -n {quote(seen if command.word else f'not {seen}')}"
        if command.word:
            about = f"-a {command.word} -d {quote(command.summary)}"
            lines.append(f"complete -c wgtranspile -n '__fish_is_first_token' {about}")
        lines.append(f"{start}{_fish_values(command.argument, command.word)}")
        for option in command.options:
            flags = "".join(f" -l {flag[2:]}" if flag[1] == "-" else f" -s {flag[1:]}" for flag in option.flags)
            takes = f" -x{_fish_values(option.metavar, command.word)}" if option.metavar else ""
            lines.append(f"{start}{flags}{takes} -d {quote(option.help)}")
    return "\n".join(lines) + "\n"


def _bash_values(metavar: str, verb: str) -> str:
    if metavar == FOLDER:
        return "files=folders"
    if metavar == CODE:
        return "codes=all"
    interfaces = f"words=$(_wgtranspile_{'migrated' if verb in _AFTER_A_MIGRATION else 'interfaces'})"
    if metavar == CONFIG:
        return f"files=configs {interfaces}" if verb else "files=configs"
    if metavar == INTERFACE:
        return interfaces
    return f"words='{' '.join(WORDS[metavar])}'" if metavar in WORDS else ""


def _zsh_specs(option: Parameter, verb: str) -> list[str]:
    text = re.sub(r"([\[\]:\\])", r"\\\1", option.help)
    value = f":{option.metavar}:{_zsh_values(option.metavar, verb)}" if option.metavar else ""
    others = "*" if option.repeated else f"({' '.join(option.flags)})" if option.flags[1:] else ""
    marks = [f"{flag}{'' if not value else '=' if flag[1] == '-' else '+'}" for flag in option.flags]
    return [f"{others}{mark}[{text}]{value}" for mark in marks]


def _zsh_values(metavar: str, verb: str) -> str:
    functions = {
        FOLDER: "_files -/",
        CODE: "_wgtranspile_codes",
        CONFIG: "_wgtranspile_configs",
        INTERFACE: "_wgtranspile_migrated" if verb in _AFTER_A_MIGRATION else "_wgtranspile_interfaces",
    }
    return functions.get(metavar, f"({' '.join(WORDS.get(metavar, ()))})")


def _fish_values(metavar: str, verb: str) -> str:
    commands = {
        FOLDER: "__fish_complete_directories",
        CODE: "__wgtranspile_codes",
        CONFIG: f"{_FISH_FILES}; __wgtranspile_interfaces" if verb else _FISH_FILES,
        INTERFACE: "__wgtranspile_migrated" if verb in _AFTER_A_MIGRATION else "__wgtranspile_interfaces",
    }
    if metavar in commands:
        return f" -a {quote(f'({commands[metavar]})')}"
    return f" -a {quote(' '.join(WORDS[metavar]))}" if metavar in WORDS else ""


def _fish_quote(text: str) -> str:
    """Return a word of fish, whose quotes know two escapes."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
