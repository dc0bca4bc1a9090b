"""What lies in `.wgtranspile` may come from anyone, as with a `git clone`: it leads nowhere, and is not believed."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.acl import let_write
from tests.files.attacker import limited, seen
from tests.fleet.fleet import NOBODY_ID, PROGRAM, STORE, Fleet, of_hosts
from wgtranspile.files import CannotWriteError
from wgtranspile.files.folders import Trust
from wgtranspile.files.tree import Staging, Tree

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("", "lock", "key", "manifest", "manifest.new", "manifest.next", "staging")
PRECIOUS = "precious\n"
DIGEST = sha256(PRECIOUS.encode()).hexdigest()


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    fleet = Fleet(tmp_path)
    fleet.make(2, "A")
    (tmp_path / "out").mkdir()
    for name in ("victim/staging/db", "victim/etc/ssh", "victim/empty"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("victim/staging/file", "victim/etc/ssh/x.conf", "victim/manifest.next", "victim/lock"):
        (tmp_path / name).write_text(PRECIOUS)
    return fleet


def put(fleet: Fleet, name: str, kind: str) -> None:
    """Put something else in the place of what the program keeps."""
    place = fleet.folder / "out" / STORE / name
    place.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to({"link": "../victim" if not name else "../../victim/lock"}.get(kind, kind))


@pytest.mark.parametrize("kind", ["link", "/dev/zero", "../nowhere", "../../victim", "../../victim/staging", "pipe"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_the_place_of_what_is_kept_leads_elsewhere(fleet: Fleet, name: str, kind: str) -> None:
    put(fleet, name, kind)
    before = seen(fleet.folder / "victim")

    ended = [fleet.run("-o", "out", *options, "A") for options in (["--check"], [], ["--prune"])]

    assert before == seen(fleet.folder / "victim")
    assert not (fleet.folder / "nowhere").exists()
    refused = [one for one in ended if "error[X902]: cannot write `out/.wgtranspile" in one.stderr]
    # What a run makes anew takes its place.
    is_made_anew = name in ("manifest.next", "staging")
    assert is_made_anew == (not refused)


MANIFESTS = [
    {"host": "../victim", "files": {"etc/ssh/x.conf": [DIGEST]}},
    {"host": "../victim", "files": {}},
    {"host": "..", "files": {}},
    {"host": "a/../../victim", "files": {}},
    {"host": "VICTIM", "files": {"etc/ssh/x.conf": [DIGEST]}},
    {"host": "", "files": {}},
    {"host": "a/./b", "files": {}},
    {"host": "a//b", "files": {}},
    {"host": "a\0b", "files": {}},
    {"host": "\ud800", "files": {}},
    {"host": STORE, "files": {}},
    {"host": 1, "files": {}},
    {"host": None, "files": {}},
    {"host": "a"},
    {"files": {}},
    {"host": "a", "files": {}, "more": 1},
    {"host": "a", "files": []},
    {"host": "a", "files": {"../victim/etc/ssh/x.conf": [DIGEST]}},
    {"host": "a", "files": {"etc/../../victim/etc/ssh/x.conf": [DIGEST]}},
    {"host": "a", "files": {"/etc/ssh/x.conf": [DIGEST]}},
    {"host": "a", "files": {"etc": [DIGEST]}},
    {"host": "a", "files": {"usr/x": [DIGEST]}},
    {"host": "a", "files": {"etc/x\0": [DIGEST]}},
    {"host": "a", "files": {"etc/x": DIGEST}},
    {"host": "a", "files": {"etc/x": [1]}},
    {"host": "a", "files": {"etc/x": ["short"]}},
    {"host": "a", "files": {"etc/x": None}},
    [],
    7,
    "text",
    None,
]


@pytest.mark.parametrize("name", ["manifest", "manifest.new"])
@pytest.mark.parametrize("entry", MANIFESTS, ids=repr)
def test_a_manifest_that_no_run_can_have_written_is_said_and_not_believed(
    fleet: Fleet, name: str, entry: object
) -> None:
    text = json.dumps(entry).replace("VICTIM", str(fleet.folder / "victim"))

    assert_refused(fleet, name, text.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\n",
        b"\n",
        b"[" * 100_000,
        b"9" * 5_000,
        b'{"host": "b", "files": {}}\n{"host": "a", "files": {}}\n',
        b'{"host": "a", "files": {}}\n{"host": "a", "files": {}}\n',
        b'{"host": "a", "files": {}',
        b" " * (2**24 + 1),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_manifest_that_is_none_is_said(fleet: Fleet, content: bytes) -> None:
    assert_refused(fleet, "manifest", content)


def assert_refused(fleet: Fleet, name: str, content: bytes) -> None:
    place = fleet.folder / "out" / STORE / name
    place.parent.mkdir()
    place.write_bytes(content)
    before = seen(fleet.folder / "victim")

    ended = fleet.run("-o", "out", "--prune", "A")

    assert 1 == ended.status
    assert f"error[X902]: cannot write `out/{STORE}/{name}`: it is not what a run writes\n" in ended.stderr
    assert {} == of_hosts(fleet.folder / "out")
    assert before == seen(fleet.folder / "victim")


_TEXTS = st.sampled_from(["..", ".", "", "etc", "victim", "a", STORE, "etc/x", "../victim", "/", "\0"]) | st.text(
    max_size=9
)
_PATHS = st.lists(_TEXTS, max_size=4).map("/".join)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _PATHS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_PATHS, inner, max_size=3),
    max_leaves=8,
)
_DIGESTS = st.lists(st.just(DIGEST) | st.text(max_size=3), max_size=2)
_ENTRIES = _ANYTHING | st.fixed_dictionaries(
    {"host": _PATHS | _ANYTHING, "files": st.dictionaries(_PATHS, _DIGESTS | _ANYTHING, max_size=3) | _ANYTHING}
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=st.lists(_ENTRIES, max_size=3))
def test_any_manifest_is_read_or_refused_and_nothing_outside_goes(fleet: Fleet, entries: list[object]) -> None:
    root = fleet.folder / "out"
    (root / STORE).mkdir(exist_ok=True)
    (root / STORE / "manifest").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    before = seen(fleet.folder / "victim")

    try:
        with limited(), Tree(Staging(root, prune=True, trust=Trust(everyone=True))) as tree:
            for host, files in [*tree.recorded()]:
                tree.record(host, tree.staging.prepare(host, [], files))
            tree.replace()
    except CannotWriteError as error:
        assert f"{STORE}/manifest" == str(error.path)  # noqa: PT017  it need not come

    assert before == seen(fleet.folder / "victim")


def test_what_is_nested_without_end_is_said(fleet: Fleet) -> None:
    place = fleet.folder / "out" / STORE / "staging"
    for _ in range(300):
        place /= "a"
    place.mkdir(parents=True)

    ended = fleet.run("-o", "out", "A")

    assert 1 == ended.status
    assert "it is nested too deeply\n" in ended.stderr


@pytest.mark.parametrize("umask", ["0", "077"])
def test_no_one_else_may_change_what_is_kept(fleet: Fleet, umask: str) -> None:
    fleet.run("-o", "out", "A", program=("sh", "-c", f'umask {umask}; exec "$@"', "-", *PROGRAM))

    modes = {path.name: path.stat().st_mode & 0o7777 for path in (fleet.folder / "out" / STORE).iterdir()}

    public = 0o644 if umask == "0" else 0o600
    assert {"key": 0o600, "lock": 0o600, "manifest": public, ".gitignore": public} == modes
    assert 0o755 == (fleet.folder / "out" / STORE).stat().st_mode & 0o7777


# --- digests of secrets ---


def secret_files(fleet: Fleet) -> list[Path]:
    """Give the files with a secret."""
    files = (path for path in (fleet.folder / "out").rglob("etc/**/*") if path.is_file())
    return [path for path in files if any(secret in path.read_text() for secret in fleet.secrets)]


def test_the_manifest_holds_nothing_by_which_a_secret_could_be_tried(fleet: Fleet) -> None:
    fleet.run("-o", "out", "A")

    secrets = secret_files(fleet)
    manifest = (fleet.folder / "out" / STORE / "manifest").read_text()
    assert secrets
    assert not [path for path in secrets if sha256(path.read_bytes()).hexdigest() in manifest]


@pytest.mark.parametrize("changed", [False, True])
def test_secrets_that_are_made_no_longer_go_unless_someone_has_changed_them(fleet: Fleet, *, changed: bool) -> None:
    fleet.run("-o", "out", "A")
    secret = secret_files(fleet)[0]
    if changed:
        secret.write_text(secret.read_text().swapcase())
    for config in (fleet.folder / "A").rglob("*.conf"):
        config.unlink()
    fleet.make(1, "B")

    assert 0 == fleet.run("-o", "out", "--prune", "B").status

    assert changed == secret.exists()


def test_a_manifest_of_an_earlier_version_is_read_and_loses_its_digests_of_secrets(fleet: Fleet) -> None:
    fleet.run("-o", "out", "A")
    store = fleet.folder / "out" / STORE
    lines = [json.loads(line) for line in (store / "manifest").read_text().splitlines()]
    for line in lines:
        for path in line["files"]:
            place = fleet.folder / "out" / line["host"] / path
            content = os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes()
            line["files"][path] = [sha256(content).hexdigest()]
    (store / "manifest").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (store / "key").unlink()
    secrets = secret_files(fleet)
    plain = [sha256(path.read_bytes()).hexdigest() for path in secrets]
    fleet.make(1, "B")

    assert 0 == fleet.run("-o", "out", "B").status
    assert all(path.exists() for path in secrets)
    assert not [digest for digest in plain if digest in (store / "manifest").read_text()]

    assert 0 == fleet.run("-o", "out", "--prune", "B").status
    assert not any(path.exists() for path in secrets)


# --- whom root trusts ---


@pytest.mark.needs("root")
@pytest.mark.parametrize(
    ("place", "mode", "owner", "trusted"),
    [
        ("out", 0o755, NOBODY_ID, "nobody"),
        ("out", 0o755, NOBODY_ID, str(NOBODY_ID)),
        ("out", 0o755, NOBODY_ID, "*"),
        (".", 0o755, NOBODY_ID, "nobody"),
        ("out", 0o777, 0, "*"),
        ("out", 0o1777, 0, "*"),
        (f"out/{STORE}", 0o777, 0, "*"),
        ("out/site", 0o755, NOBODY_ID, "nobody"),
        ("out/site/etc/systemd", 0o755, NOBODY_ID, "nobody"),
    ],
)
def test_root_writes_in_folders_of_others_only_where_they_are_trusted(
    fleet: Fleet, place: str, mode: int, owner: int, trusted: str
) -> None:
    fleet.run("-o", "out", "A")
    fleet.make(2, "B")
    os.chown(fleet.folder / place, owner, owner)
    (fleet.folder / place).chmod(mode)
    before = of_hosts(fleet.folder / "out")

    refused = fleet.run("-o", f"{fleet.folder}/out", "B")
    is_same = before == of_hosts(fleet.folder / "out")
    done = fleet.run("-o", f"{fleet.folder}/out", "--trust-owner", trusted, "B")

    assert (1, True) == (refused.status, is_same)
    assert "error[X904]: root does not write under `" in refused.stderr
    named = "*" if mode & 0o002 else "nobody"
    assert f"trust its owner with `--trust-owner '{named}'`" in refused.stderr
    assert 0 == done.status


@pytest.mark.needs("root")
def test_a_group_that_may_write_is_trusted_by_name(fleet: Fleet) -> None:
    os.chown(fleet.folder / "out", NOBODY_ID, NOBODY_ID)
    (fleet.folder / "out").chmod(0o775)

    ended = [fleet.run("-o", "out", "--trust-owner", owner, "A") for owner in ("nobody", ":nogroup", "nobody:nogroup")]

    assert [1, 1, 0] == [one.status for one in ended]
    assert "the group `nogroup` can change it" in ended[0].stderr


@pytest.mark.needs("root")
@pytest.mark.parametrize("source", ["A", "A/site/wg0.conf"])
def test_whom_an_acl_lets_write_is_none_of_a_group(fleet: Fleet, source: str) -> None:
    let_write(fleet.folder / "out", NOBODY_ID)

    ended = [fleet.run("-o", "out", *trust, source) for trust in ([], ["--trust-owner", ":root"])]
    done = fleet.run("-o", "out", "--trust-owner", "*", source)

    assert [1, 1, 0] == [one.status for one in (*ended, done)]
    for one in ended:
        assert "under `out`: its access control list (ACL) lets others change it\n" in one.stderr
        assert "with `--trust-owner '*'`" in one.stderr


def test_an_acl_that_lets_no_one_write_is_no_objection(fleet: Fleet) -> None:
    let_write(fleet.folder / "out", NOBODY_ID, mask=5)

    assert 0 == fleet.run("-o", "out", "A").status


@pytest.mark.needs("root")
@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_single_config_is_written_with_the_same_care(fleet: Fleet, options: list[str]) -> None:
    os.chown(fleet.folder / "out", NOBODY_ID, NOBODY_ID)

    ended = fleet.run("-o", "out", *options, "A/site/wg0.conf")

    assert 1 == ended.status
    assert bool(options) == ("X904" not in ended.stderr)  # a comparison only reads


@pytest.mark.parametrize("owner", ["no-one-has-this-name", ":"])
def test_whom_to_trust_is_known_to_the_machine(fleet: Fleet, owner: str) -> None:
    ended = fleet.run("-o", "out", "--trust-owner", owner, "A")

    assert 2 == ended.status
    assert "--trust-owner accepts users and groups of this machine, or *" in ended.stderr
