"""Our script and firewall against the real wg-quick: the same state of a whole host, after `up` and after `down`.

Every config of golden/ and of the corpus runs in fresh namespaces, its hooks made harmless (see `tests.lab.cases`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.equivalence.courses import assert_same, emitted, ours, reference
from tests.lab.cases import Case, corpus, golden, harmless
from tests.lab.namespace import Host, Namespace, host_names
from wgtranspile.diagnostics import Severity
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("laboratory")


def is_stricter(case: Case) -> bool:
    """Say whether a config is refused on purpose; if it is refused otherwise, wg-quick must refuse it, too."""
    result = transpile(Source.from_bytes(f"{case.name}.conf", case.content), case.name, "shell")
    if result.emission is not None:
        return False
    errors = {found.rule for found in result.diagnostics if found.severity is Severity.ERROR}
    assert (
        any(rule.is_stricter for rule in errors) or reference(case, Host(names=host_names(case.text))).up.returncode
    ), errors
    return True


@pytest.mark.parametrize("case", [*golden(), *corpus("valid")])
def test_the_state_is_that_of_wg_quick(
    case: Case, subtests: pytest.Subtests, record_property: Callable[[str, object], None]
) -> None:
    """Compare what comes of a config on two hosts.

    The second has a small uplink, another tunnel that holds the first table, and link-local addresses.
    """
    case = replace(case, content=harmless(case.content))
    if is_stricter(case):
        record_property("verdict", "refused")
        return
    host = Host(names=host_names(case.text))
    script = emitted(case, "shell")
    with subtests.test(host="ordinary"):
        theirs = reference(case, host)
        assert_same(theirs, ours(script, host))
        if theirs.up.returncode == 0:
            assert firewall(emitted(case, "nft")) == theirs.between.parts["firewall"]
    with subtests.test(host="busy"):
        host = replace(host, mtu=1400, taken=(51820,), link_local=True)
        assert_same(reference(case, host), ours(script, host))


def firewall(script: str) -> tuple[str, ...]:
    """Give the ruleset that an nft script makes of an empty one, and a second time of its own."""
    with Namespace() as namespace:
        path = namespace.write("firewall.nft", script)
        rulesets = []
        for _ in range(2):
            loaded = namespace.run("nft", "-f", path)
            assert loaded.returncode == 0, loaded.stderr
            rulesets.append(namespace.snapshot().parts["firewall"])
    assert rulesets[0] == rulesets[1]
    return rulesets[0]
