"""The plan as JSON keeps to its schema, which is as strict as it can be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jsonschema import Draft202012Validator

from tests.cases import CASES, GOLDEN, transpile
from tests.lab.cases import corpus, golden
from wgtranspile import pipeline
from wgtranspile.backends import KeyStorage
from wgtranspile.model import Peer
from wgtranspile.procedure import Step
from wgtranspile.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.cases import Case

SCHEMA = json.loads((GOLDEN.parent / "docs/plan.schema.json").read_text(encoding="ascii"))
VALIDATOR = Draft202012Validator(SCHEMA)
STEPS = {step.__name__: step for step in get_args(Step)}


@pytest.mark.parametrize("case", CASES)
def test_what_is_made_of_a_golden_case_keeps_to_the_schema(case: str) -> None:
    for result in transpile(CASES[case], "json"):
        for artefact in result.emission.artefacts if result.emission else ():
            VALIDATOR.validate(json.loads(artefact.content))


@pytest.mark.parametrize("case", golden() + corpus("valid") + corpus("valid-extended"))
@pytest.mark.parametrize("keys", [KeyStorage.INLINE, KeyStorage.EXTERNAL])
def test_what_is_made_of_any_config_keeps_to_the_schema(case: Case, keys: KeyStorage) -> None:
    for document in plans(case.text, case.name, keys):
        VALIDATOR.validate(document)


def test_the_schema_is_valid_and_describes_every_kind_of_step() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert [f"#/$defs/{kind}" for kind in STEPS] == [
        kind["$ref"] for kind in SCHEMA["$defs"]["steps"]["items"]["oneOf"]
    ]
    assert all(SCHEMA["$defs"][kind]["description"] for kind in STEPS)


@pytest.mark.parametrize("kind", STEPS)
def test_the_schema_asks_for_every_field_of_a_step_and_for_no_other(kind: str) -> None:
    described = SCHEMA["$defs"][kind]

    assert ["step", *STEPS[kind]._fields] == [*described["properties"]] == described["required"]
    assert {"const": kind} == described["properties"]["step"]
    assert described["additionalProperties"] is False


def test_the_schema_asks_for_every_field_of_a_peer_and_for_no_other() -> None:
    described = SCHEMA["$defs"]["peer"]

    assert [*Peer._fields] == [*described["properties"]] == described["required"]
    assert described["additionalProperties"] is False


def test_a_plan_keeps_text_as_it_is_also_bytes_that_are_no_utf_8() -> None:
    hook = r"""echo "$(id)" 'a'\ %%i </x> é """ + "\udcff\x1b\x85"
    [plan] = plans(f"[Interface]\nPostUp = {hook}\n", "wg0")

    assert hook.replace("%i", "wg0") == next(step["command"] for step in plan["up"] if step["step"] == "RunHook")


def test_keys_are_hidden_where_the_host_has_them() -> None:
    key = "WELEsbNJnrsgryqloe/UmJ8FZarcsijnYOFo7hg14XQ="
    config = f"[Interface]\nPrivateKey = {key}\n[Peer]\nPublicKey = {'B' * 42}A=\nPresharedKey = {key}\n"
    [plan] = plans(config, "wg0", KeyStorage.EXTERNAL)

    device = next(step for step in plan["up"] if step["step"] == "ConfigureDevice")
    assert "(hidden)" == device["private_key"] == device["peers"][0]["preshared_key"]
    assert key not in json.dumps(plan)


def plans(config: str, name: str, keys: KeyStorage | None = None) -> Iterator[Any]:
    """Give the JSON that is made of a config, if it is not refused."""
    result = pipeline.transpile(Source(f"{name}.conf", config), name, "json", pipeline.Options(keys))
    for artefact in result.emission.artefacts if result.emission else ():
        yield json.loads(artefact.content)


@pytest.mark.parametrize(("hook", "mode"), [("", 0o644), ("PostUp = login --password tulip\n", 0o600)])
def test_a_plan_with_hooks_may_hold_any_secret(hook: str, mode: int) -> None:
    source = Source("wg0.conf", f"[Interface]\nAddress = 10.0.0.1/24\n{hook}")

    result = pipeline.transpile(source, "wg0", "json", pipeline.Options(keys=KeyStorage.EXTERNAL))

    assert result.emission
    assert [(mode, bool(hook))] == [(made.mode, made.secret) for made in result.emission.artefacts]
