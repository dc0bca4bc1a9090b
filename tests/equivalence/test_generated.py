"""Generated configs: whatever we accept gives wg-quick's state on a busy host."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.equivalence.courses import assert_same, ours, reference
from tests.lab.cases import Case, harmless
from tests.lab.namespace import Host, host_names
from tests.parser.configs import built
from wgtranspile.pipeline import transpile
from wgtranspile.source import Source

pytestmark = pytest.mark.usefixtures("laboratory")

SHARES = {
    "the interface": built(odd_values="Interface"),
    "peers": built(odd_values="Peer"),
    "layout": built(odd_layout=True),
}


@pytest.mark.parametrize("share", SHARES)
def test_the_state_is_that_of_wg_quick(share: str) -> None:
    @settings(max_examples=50, suppress_health_check=list(HealthCheck))
    @given(SHARES[share], st.booleans())
    def same(content: bytes, link_local: bool) -> None:  # noqa: FBT001  drawn by name
        case = Case("wg0", harmless(content))
        result = transpile(Source.from_bytes("wg0.conf", case.content), case.name, "shell")
        if result.emission is not None:
            host = Host(mtu=1400, taken=(51820,), link_local=link_local, names=host_names(case.text))
            assert_same(reference(case, host), ours(result.emission.artefacts[0].content, host))

    same()
