"""The table of targets says of each backend what is so, and `--to` finds targets and versions in it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.cases import CASES, options
from wgtranspile.backends.targets import (
    DAEMONS,
    TARGETS,
    Activation,
    Chosen,
    Feature,
    KeyStorage,
    Target,
    dotted,
    find,
)
from wgtranspile.pipeline import Options, transpile_host
from wgtranspile.source import Source
from wgtranspile.spelling import UnknownWordError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wgtranspile.pipeline import Result

HEEDED: dict[str, Options] = {
    "activation": Options(activation=Activation.MANUAL),
    "keep_foreign_rules": Options(keep_foreign_rules=False),
}
# These have hooks, default routes, DNS and keys in all their shapes.
SOME = ("hooks-full-tunnel", "dns-without-address", "networkd-keys-as-credentials", "networkd-249")
NETWORKD_VERSIONS = "249 and later are supported; 252, 257 and 262 are tested"


def made(target: str, asked: Options | None = None, cases: Iterable[str] = SOME) -> list[Result]:
    """Give what becomes of some cases; without other options, of what each asks of the backend."""
    results: list[Result] = []
    for case in map(CASES.__getitem__, cases):
        sources = [(Source.from_bytes(path.name, path.read_bytes()), path.stem) for path in case.configs]
        results += transpile_host(sources, target, asked or options(case, target.partition("@")[0]))
    return results


def shown(results: list[Result]) -> list[object]:
    return [(result.emission, [(found.rule.code, found.message) for found in result.diagnostics]) for result in results]


@pytest.mark.parametrize(
    ("word", "name", "version"),
    [
        ("networkd", "networkd", ()),
        ("nm", "networkmanager", ()),
        ("nm@1.42", "networkmanager", (1, 42)),
        ("networkd@257.13", "networkd", (257, 13)),
        ("networkd@999", "networkd", (999,)),
    ],
)
def test_a_word_names_a_target_and_its_version(word: str, name: str, version: tuple[int, ...]) -> None:
    assert Chosen(TARGETS[name], version) == find(word)
    assert find(word) == find(str(find(word)))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("networkd@248", f"--to names version '248' of networkd; {NETWORKD_VERSIONS}"),
        ("networkd@", f"--to names version '' of networkd; {NETWORKD_VERSIONS}"),
        ("networkd@252~rc1", f"--to names version '252~rc1' of networkd; {NETWORKD_VERSIONS}"),
        ("networkd@٢٥٢", f"--to names version '٢٥٢' of networkd; {NETWORKD_VERSIONS}"),
        (
            "nm@252",
            "--to names version '252' of networkmanager; 1.42 and later are supported; 1.42, 1.52 and 1.58 are tested",
        ),
        ("nft@1.0.6", "--to names version '1.0.6' of nft; it has no versions"),
        (
            "networkdd@252",
            "--to must be one of networkd, networkmanager, shell, nft, json, not 'networkdd'; did you mean `networkd`?",
        ),
    ],
)
def test_a_word_that_names_none_is_told_what_there_is(word: str, said: str) -> None:
    with pytest.raises(UnknownWordError) as error:
        find(word, "--to")

    assert said == str(error.value)


@pytest.mark.parametrize(("target", "keys"), [*product(TARGETS.values(), KeyStorage)], ids=str)
def test_a_target_keeps_keys_in_the_ways_of_its_row_alone(target: Target, keys: KeyStorage) -> None:
    (result,) = made(target.name, Options(keys=keys), ["split-tunnel"])

    assert target.keeps(keys) == (result.emission is not None)
    assert target.keeps(keys) == ("B404" not in {found.rule.code for found in result.diagnostics})


@pytest.mark.parametrize("target", [target for target in TARGETS.values() if target.keys], ids=str)
def test_the_first_way_is_the_default(target: Target) -> None:
    assert shown(made(target.name, Options(keys=target.keys[0]))) == shown(made(target.name, Options()))


@pytest.mark.parametrize(("target", "option"), [*product(TARGETS.values(), HEEDED)], ids=str)
def test_a_target_heeds_the_options_of_its_row_alone(target: Target, option: str) -> None:
    without = shown(made(target.name, Options()))

    assert (option in target.options) == (without != shown(made(target.name, HEEDED[option])))


@pytest.mark.parametrize(
    ("target", "feature"),
    [pytest.param(target, feature, id=feature) for target in DAEMONS.values() for feature in target.features],
)
def test_a_feature_makes_a_difference_from_its_version_on(target: Target, feature: Feature) -> None:
    *most, last = target.features[feature]
    before, since = (f"{target}@{dotted((*most, number))}" for number in (last - 1, last))

    assert (True, False) == (find(before).lacks(feature), find(before).has(feature))
    assert (False, True) == (find(since).lacks(feature), find(since).has(feature))
    assert shown(made(before)) != shown(made(since))


@pytest.mark.parametrize("feature", Feature)
def test_without_a_version_nothing_is_known_of_a_feature(feature: Feature) -> None:
    for target in TARGETS.values():
        if feature in target.features:
            assert (False, False) == (find(target.name).lacks(feature), find(target.name).has(feature))


@pytest.mark.parametrize("target", [*DAEMONS.values()], ids=str)
def test_later_versions_take_the_files_of_the_newest_feature_that_there_is(target: Target) -> None:
    newest = max(target.features.values())

    assert shown(made(f"{target}@{dotted(newest)}")) == shown(made(f"{target}@{dotted(target.tested[-1])}"))


@pytest.mark.parametrize("target", [*DAEMONS.values()], ids=str)
def test_no_file_names_the_version_it_is_for(target: Target) -> None:
    version = "999" if target.name == "networkd" else "9.99"

    for result in made(f"{target}@{version}"):
        assert result.emission
        assert not [file for file in result.emission.artefacts if f"@{version}" in file.content]


PLUGIN = """\
from wgtranspile.artefact import Emission
from wgtranspile.backends.targets import KeyStorage, Target

TARGET = Target("", "", keys=(KeyStorage.EXTERNAL,), oldest=(2,), tested=((3,),), features={"colour": (3,)})

def emit(tunnel, options):
    raise RuntimeError(options.chosen.has("colour"), options.chosen.lacks("colour"), options.keys)
"""


def test_a_backend_of_others_describes_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "others_plugin.py").write_text(PLUGIN)
    about = tmp_path / "others-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: others\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[wgtranspile.backends]\nothers = others_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)

    (refused,) = made("others@3", Options(keys=KeyStorage.INLINE), ["split-tunnel"])
    with pytest.raises(RuntimeError) as newer:
        made("others@3", Options(), ["split-tunnel"])
    with pytest.raises(RuntimeError) as older:
        made("others@2.9", Options(), ["split-tunnel"])
    with pytest.raises(UnknownWordError, match="version '1' of others; 2 and later are supported; 3 are tested"):
        made("others@1", Options(), ["split-tunnel"])

    assert "others does not support `--keys inline`" in {found.message for found in refused.diagnostics}
    assert (True, False, KeyStorage.EXTERNAL) == newer.value.args
    assert (False, True, KeyStorage.EXTERNAL) == older.value.args
