"""The shape of the program: who may import whom, and what a start loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, get_origin

import pytest

from wgtranspile.backends import TARGETS
from wgtranspile.cli import COMMANDS, options

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wgtranspile"

# Each part with the parts it may import; a part may always import itself. Imports for annotations count, too.
MAY_IMPORT = {
    "__init__": [],
    "__main__": ["cli"],
    "_resources": [],
    "source": [],
    "redact": [],
    "channels": [],
    "interrupts": [],
    "spelling": [],
    "artefact": ["diagnostics", "source"],
    "diagnostics": ["channels", "redact", "source", "spelling"],
    "report": ["__init__", "artefact", "channels", "diagnostics", "source"],
    "templating": ["_resources"],
    "files": ["artefact", "channels", "diagnostics", "interrupts", "redact", "source"],
    "syntax": ["_resources", "diagnostics", "source"],
    "model": ["redact", "source"],
    "procedure": ["model", "source"],
    "formats": ["model"],
    "config": ["diagnostics", "model", "redact", "source", "spelling", "syntax"],
    "checks": ["config", "diagnostics", "model", "redact", "source"],
    "backends": [
        *("artefact", "diagnostics", "formats", "model", "procedure", "redact", "source", "spelling", "templating"),
    ],
    "compare": ["channels", "config", "formats", "model", "source"],
    "readers": ["formats", "model", "source"],
    "verify": ["compare", "model", "readers"],
    "api": [
        *("artefact", "backends", "diagnostics", "files", "many", "model", "pipeline", "report", "source", "spelling"),
    ],
    "pipeline": ["artefact", "backends", "checks", "config", "diagnostics", "model", "source", "spelling", "syntax"],
    "many": ["interrupts"],
    "session": [
        *("artefact", "backends", "channels", "checks", "diagnostics", "files", "many", "model", "pipeline", "redact"),
        *("interrupts", "report"),
    ],
    "examples": ["_resources", "backends", "channels", "checks", "diagnostics", "pipeline", "report", "source"],
    "migration": [
        *("artefact", "backends", "channels", "compare", "config", "diagnostics", "files", "formats", "model"),
        *("pipeline", "readers", "redact", "report", "templating", "verify"),
    ],
    "cli": [
        *("__init__", "backends", "channels", "compare", "diagnostics", "examples", "files", "migration", "pipeline"),
        *("readers", "report", "session", "spelling", "verify"),
    ],
}
ONLY_IN = {"jinja2": "templating", "lark": "syntax", "rich": "session", "typer": "cli"}
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_part_may(module: Path) -> None:
    part = _part(module)
    imported = {name.split(".")[1] if "." in name else "__init__" for name in _imports(module) if _ours(name)}

    assert set() == imported - {part, *MAY_IMPORT[part]}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_libraries_stay_where_they_belong(module: Path) -> None:
    imported = {name.split(".")[0] for name in _imports(module)} - sys.stdlib_module_names - {"wgtranspile"}

    assert {_part(module)} >= {ONLY_IN.get(name, "nowhere") for name in imported}


def test_backends_do_not_know_each_other() -> None:
    backends = {target.module for target in TARGETS.values()}

    for module in (PACKAGE / "backends").glob("*.py"):
        assert set() == _imports(module) & backends, module


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_saying_what_it_is_loads_neither_parser_nor_templates(option: str) -> None:
    loaded = _modules_of_a_run(option)

    assert "typer" in loaded
    assert set() == loaded & {"lark", "jinja2", "pydantic"}


@pytest.mark.parametrize("backend", TARGETS)
def test_a_run_loads_one_backend_and_nothing_for_show(backend: str, tmp_path: Path) -> None:
    config = tmp_path / "wg0.conf"
    config.write_text(f"[Interface]\nPrivateKey = {'Y' * 43}=\nAddress = 10.0.0.1/24\n")

    loaded = _modules_of_a_run("--to", backend, str(config))

    assert {TARGETS[backend].module} == loaded & {target.module for target in TARGETS.values()}
    assert set() == loaded & {"rich", "pydantic", "importlib.metadata", "asyncio"}


def test_the_plan_itself_loads_no_templates(tmp_path: Path) -> None:
    config = tmp_path / "wg0.conf"
    config.write_text(f"[Interface]\nPrivateKey = {'Y' * 43}=\nAddress = 10.0.0.1/24\n")

    loaded = _modules_of_a_run("--to", "json", str(config))

    assert set() == loaded & {"jinja2", "secrets", "wgtranspile.config.hooks", "wgtranspile.files.tree"}


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_loads_no_other(word: str) -> None:
    loaded = _modules_of_a_run(*filter(None, [word]), "--help")

    modules = {f"wgtranspile.cli.{module}" for module in COMMANDS.values()}
    assert {f"wgtranspile.cli.{COMMANDS[word]}"} == loaded & modules


def test_each_entry_of_the_options_is_taken_by_a_command() -> None:
    words = {word for word, entry in vars(options).items() if get_origin(entry) is Annotated}
    taken = "\n".join((PACKAGE / "cli" / f"{module}.py").read_text() for module in COMMANDS.values())

    assert words == set(re.findall(r": options\.(\w+)", taken))


def _part(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _ours(name: str) -> bool:
    return name.partition(".")[0] == "wgtranspile"


def _imports(module: Path) -> set[str]:
    """Give the full names of all modules that a module imports, wherever in its text."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_bytes())):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(source), level=0):
                names.update(_module_or_name(source, alias.name) for alias in node.names)
            case ast.ImportFrom():
                pytest.fail(f"{module} imports relatively")
    return names


def _module_or_name(source: str, name: str) -> str:
    """Give what `from source import name` loads: a module of that name where there is one, else the source."""
    path = ROOT / source.replace(".", "/") / name
    return f"{source}.{name}" if path.is_dir() or path.with_suffix(".py").exists() else source


def _modules_of_a_run(*arguments: str) -> set[str]:
    """Run the program and give the names of all modules that it loaded."""
    # Not -X importtime: it does not see what importlib.import_module loads.
    run = subprocess.run(
        [sys.executable, "-v", "-m", "wgtranspile", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^import '([^']+)' # ", run.stderr, re.MULTILINE))
