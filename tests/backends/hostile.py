"""Configs with hostile text in the places that take text."""

from __future__ import annotations

from typing import NamedTuple

import hypothesis.strategies as st

from wgtranspile import pipeline
from wgtranspile.source import Source

KEY = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
PEER = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
BLANKS = " \t\r\n\f\v"

HOSTILE = (
    "$(touch HIT)",
    "`touch HIT`",
    "'; touch HIT; '",
    '"; touch HIT; "',
    "; touch HIT",
    "| touch HIT",
    "&& touch HIT",
    "\\",
    "it's \\'",
    "%s%n %i %%i",
    "\rtouch HIT",
    "\r[HIT]",
    "\x85HIT=1\\",
    "[HIT]",
    ";HIT=1 \\",
    "%H$HIT${HIT}",
    "\x1b[2J\x1b]0;HIT\x07",
    "\x0b\x0c\x85\u2028\u2029\u202e",
    "\udcff\udc85",
    "END OF CONFIG",
    "*/ }; flush ruleset #",
    "{{ view }} {% raw %}",
    "x" * 5000,
    "-h",
    "--",
    "*",
    "~root",
    "é\u2019\u201c\u201d",
    "=",
    "shellcheck disable=all",
    "!!",
)
TEXTS = st.lists(
    st.sampled_from(HOSTILE)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), min_size=1, max_size=8),
    min_size=1,
    max_size=3,
).map(" ".join)


HOOKS = ("pre_up", "post_up")
COMMENTS = ("comment_above", "comment_behind")
# Few of the hostile texts are accepted as these, so here are odd ones that are.
ODD_NAMES = st.from_regex(r"(?!(\.|\.\.|all|default)\Z)[a-zA-Z0-9_=+.-]{1,15}", fullmatch=True)
ODD_DOMAINS = st.from_regex(r"~?\.?[a-z_][a-z0-9_]{0,9}(\.[a-z_])?[.]?", fullmatch=True)
ODD_TABLES = st.text(
    st.characters(exclude_categories=["C", "Nd", "Z"], exclude_characters="#/"), min_size=1
) | st.sampled_from(["$(HIT)", "`HIT`", "';HIT;'", "-h", "*", "\\", "%s"])


class Texts(NamedTuple):
    """What stands in the places of a config that take text."""

    pre_up: str = ":"
    post_up: str = ":"
    comment_above: str = ""
    comment_behind: str = ""
    search: str = "corp.example"
    table: str = "123"
    host: str = "vpn.example"
    file: str = "wg0.conf"
    name: str = "wg0"

    def transpiled(self, backend: str, options: pipeline.Options | None = None) -> pipeline.Result:
        config = (
            f"[Interface]\nPrivateKey = {KEY}\nAddress = 10.0.0.1/24\nMTU = 1420\n"
            f"DNS = 10.0.0.53, {self.search}\nTable = {self.table}\nPreUp = {self.pre_up}\nPostUp = {self.post_up}\n"
            f"# {self.comment_above}\n[Peer]\nPublicKey = {PEER} # {self.comment_behind}\n"
            f"Endpoint = {self.host}:51820\nAllowedIPs = 10.20.0.0/16\n"
        )
        return pipeline.transpile(Source(self.file, config), self.name, backend, options or pipeline.Options())


def hostile(*fields: str, **strategies: st.SearchStrategy[str]) -> st.SearchStrategy[Texts]:
    """Give texts that are hostile in some of these places."""
    chosen = dict.fromkeys(fields, TEXTS) | strategies
    usual = {field: st.just(text) for field, text in Texts._field_defaults.items()}
    return st.builds(Texts, **{field: chosen.get(field, text) | text for field, text in usual.items()})
