"""Parser against parser: we accept the configs that the reference accepts, the stricter list of the catalogue aside.

The reference's verdict is whether a real `wg-quick up` comes to its end, in a namespace, without any hooks.
"""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lab.cases import Case, corpus, golden, hookless
from tests.lab.namespace import Host, Namespace, host_names
from tests.parser.configs import built, damaged
from wgtranspile.diagnostics import Severity
from wgtranspile.diagnostics.catalogue.config import UNKNOWN_TABLE
from wgtranspile.diagnostics.catalogue.plan import DEFAULT_ROUTE_IN_MAIN
from wgtranspile.diagnostics.catalogue.syntax import NUL_CHARACTER
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Iterator

    from wgtranspile.diagnostics import Diagnostic

# Accepted with a warning: it depends on the host whether `wg-quick up` works, and on this one it may not.
UP_TO_THE_HOST = {UNKNOWN_TABLE.code, DEFAULT_ROUTE_IN_MAIN.code}

REAL = [
    case.values[0].content
    for case in (*golden(), *corpus("valid"), *corpus("valid-extended"), *corpus("invalid"))
    if isinstance(case.values[0], Case)
]
# Each is a share of the generated configs, and can run in a process of its own.
SHARES = {
    "odd settings of the interface": built(odd_values="Interface"),
    "odd settings of peers": built(odd_values="Peer"),
    "odd layout": built(odd_layout=True),
    "damaged files": damaged(REAL[::2]),
    "more damaged files": damaged(REAL[1::2]),
}

# wg-quick undoes all itself; this is quicker, and does not depend on the config.
CLEAR = """\
ip link delete dev "$1" 2>/dev/null
for family in -4 -6; do
    ip $family rule delete priority 32764 2>/dev/null
    ip $family rule delete priority 32765 2>/dev/null
done
nft flush ruleset
! ip link show dev "$1" >/dev/null 2>&1
"""


class Reference:
    """The real wg-quick in one namespace, for one config after the other."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._names = (f"wg{number}" for number in count())  # the socket of the last link may go a moment after it

    def up(self, content: bytes) -> subprocess.CompletedProcess[str]:
        """Give the result of `wg-quick up`; nothing of it stays."""
        hosts = Host(names=host_names(content.decode("utf-8", "surrogateescape"))).hosts()
        self._namespace.write("hosts", hosts)
        name = next(self._names)
        done = self._namespace.run("wg-quick", "up", self._namespace.write(f"{name}.conf", content))
        cleared = self._namespace.run("sh", "-c", CLEAR, "clear", name)
        assert cleared.returncode == 0, cleared.stderr
        return done


@pytest.fixture(scope="module")
def reference(laboratory: None) -> Iterator[Reference]:  # noqa: ARG001  it must be there
    with Namespace() as namespace:
        yield Reference(namespace)


def assert_agreement(reference: Reference, content: bytes) -> None:
    """Ask for the same verdict of both, or a code that documents why not."""
    content = hookless(content)
    theirs = reference.up(content)
    ours = transpile(Source.from_bytes("wg0.conf", content), "wg0", "shell")
    errors = {found.rule for found in ours.diagnostics if found.severity is Severity.ERROR}
    if NUL_CHARACTER in errors:
        return  # refused on purpose, whatever else it makes of the file
    report = _report(content, theirs, ours.diagnostics)
    if theirs.returncode == 0:
        assert all(rule.is_stricter for rule in errors), f"the reference accepts what we refuse:\n{report}"
    elif not errors:
        warnings = {found.rule.code for found in ours.diagnostics}
        # The zone of an address is an interface, too, which only the host has.
        zone = re.search(r"Name or service not known: `\[[^]`]*%", theirs.stderr)
        assert zone or warnings & UP_TO_THE_HOST, f"we accept what the reference refuses:\n{report}"


def _report(content: bytes, theirs: subprocess.CompletedProcess[str], diagnostics: Iterable[Diagnostic]) -> str:
    said = [f"{found.rule.code} {found.severity}: {found.message}" for found in diagnostics]
    return "\n".join((repr(content), content.decode("utf-8", "backslashreplace"), theirs.stderr, *said))


@pytest.mark.parametrize("case", [*golden(), *corpus("valid"), *corpus("valid-extended"), *corpus("invalid")])
def test_real_configs(reference: Reference, case: Case) -> None:
    assert_agreement(reference, case.content)


@pytest.mark.parametrize("share", SHARES)
def test_generated_configs(reference: Reference, share: str, request: pytest.FixtureRequest) -> None:
    examples = -(-request.config.getoption("--parser-examples") // len(SHARES))

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(SHARES[share])
    def agree(content: bytes) -> None:
        assert_agreement(reference, content)

    agree()


@settings(max_examples=300)
@given(
    st.one_of(st.binary(), st.text(alphabet="[]#=\r\n\t Iinterface%'\"\\$(/:.,0"), damaged(REAL)), st.text(), st.data()
)
@pytest.mark.parametrize("backend", ["shell", "nft", "json"])
def test_no_input_leads_to_an_exception(backend: str, content: bytes | str, name: str, data: st.DataObject) -> None:
    source = Source.from_bytes(name, content) if isinstance(content, bytes) else Source(name, content)

    transpile(source, data.draw(st.sampled_from((name, "wg0"))), backend)
