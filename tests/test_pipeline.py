"""The wiring: what options do to findings, and what is left of a config that is refused."""

from __future__ import annotations

import pytest

from wgtranspile import pipeline
from wgtranspile.backends import TARGETS, KeyStorage
from wgtranspile.diagnostics import Severity
from wgtranspile.source import Source

KEY = "pMj38w9caGdqvi3ZMWGts2gsR0LQhYV79bncRRTouhQ="
# A note of the config (C212), one of the backend (B403), and two warnings of the plan (P308, P309).
CONFIG = f"""\
[Peer]
PublicKey = {KEY}
AllowedIPs = 10.0.0.1/8, 0.0.0.0/0
[Interface]
PrivateKey = WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ=
DNS = corp.example
PostUp = echo "$CONFIG_FILE"
"""
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def transpiled(options: pipeline.Options, backend: str = "nft", config: str = CONFIG) -> pipeline.Result:
    return pipeline.transpile(Source("wg0.conf", config), "wg0", backend, options)


def test_findings_of_all_stages_come_in_the_order_of_the_file() -> None:
    result = transpiled(pipeline.Options())

    assert ["C212", "B403", "P308", "P309", "B402"] == [found.rule.code for found in result.diagnostics]
    assert result.emission


@pytest.mark.parametrize(
    ("options", "severities"),
    [
        (pipeline.Options(), [NOTE, NOTE, WARNING, WARNING, NOTE]),
        (pipeline.Options(strict=True), [NOTE, NOTE, ERROR, ERROR, NOTE]),
        (pipeline.Options(allow=frozenset({"P308"})), [NOTE, NOTE, NOTE, WARNING, NOTE]),
        (
            pipeline.Options(strict=True, allow=frozenset({"internal-variable-in-hook"})),
            [NOTE, NOTE, ERROR, NOTE, NOTE],
        ),
        (pipeline.Options(strict=True, allow=frozenset({"P308", "P309"})), [NOTE, NOTE, NOTE, NOTE, NOTE]),
    ],
)
def test_only_warnings_change_their_weight(options: pipeline.Options, severities: list[Severity]) -> None:
    result = transpiled(options)

    assert severities == [found.severity for found in result.diagnostics]
    assert (ERROR in severities) == result.failed == (result.emission is None)


@pytest.mark.parametrize("config", ["[Interface]\nMTU = x\n", f"{CONFIG}FwMark = 254\n"])
@pytest.mark.parametrize("backend", TARGETS)
def test_an_error_cannot_be_allowed(config: str, backend: str) -> None:
    options = pipeline.Options(allow=frozenset({"C218", "P306"}))

    result = transpiled(options, backend, config)

    assert result.failed
    assert result.tunnel is None
    assert result.emission is None


def test_what_a_backend_cannot_do_is_an_error_of_its_own() -> None:
    result = transpiled(pipeline.Options(keys=KeyStorage.FILE), "json")

    assert ("B404", "json") in [(found.rule.code, found.backend) for found in result.diagnostics]
    assert result.tunnel
    assert result.emission is None


def test_a_pinned_mark_is_not_assumed() -> None:
    result = transpiled(pipeline.Options(fwmark=99))

    assert "B403" not in [found.rule.code for found in result.diagnostics]
    assert result.emission
    assert "meta mark 99 ct mark set mark" in result.emission.artefacts[0].content


def test_an_unknown_backend_is_an_error_of_the_caller() -> None:
    with pytest.raises(LookupError):
        transpiled(pipeline.Options(), "nonsense")


def test_a_refused_config_takes_no_mark_from_the_others() -> None:
    good, bad = (Source(f"{name}.conf", CONFIG + line) for name, line in (("good", ""), ("bad", "MTU = x\n")))

    first, second = pipeline.transpile_host([(bad, "bad"), (good, "good")], "json", pipeline.Options())

    assert first.failed
    assert second.emission
    assert '"mark": 51820' in second.emission.artefacts[0].content
