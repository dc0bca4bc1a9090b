"""Options, profiles of hypothesis, and what this machine cannot run.

A test that needs more than Python says so: `@pytest.mark.needs("root", "tun", "nft")`. Where something is missing the
test is skipped and the end of the report says what and why; with CI in the environment a skipped test is a failure.
"""

from __future__ import annotations

import os
import signal
from ctypes.util import find_library
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

VM = Path(__file__).parent / "vm"
IN_CI = bool(os.environ.get("CI"))
NEEDS = {
    "glib": (find_library("glib-2.0") is not None, "install libglib2.0-0"),
    "root": (os.geteuid() == 0, "namespaces are made by root"),
    "systemd": (Path("/usr/lib/systemd/systemd-networkd").exists(), "install systemd"),
    "tun": (Path("/dev/net/tun").exists(), "wireguard-go makes its links through /dev/net/tun"),
    **{
        program: (which(program) is not None, f"install {package}")
        for program, package in {
            "bash": "bash",
            "busybox": "busybox",
            "dash": "dash",
            "dpkg-deb": "dpkg",
            "fish": "fish",
            "git": "git",
            "groff": "groff-base",
            "ip": "iproute2",
            "mount": "mount",
            "nft": "nftables",
            "setpriv": "util-linux",
            "shellcheck": "shellcheck",
            "unshare": "util-linux",
            "wireguard-go": "wireguard-go",
            "zsh": "zsh",
        }.items()
    },
}
FAILED: set[str] = set()
ABSENT = {name: why for name, (present, why) in NEEDS.items() if not present}

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if IN_CI else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--parser-examples",
        type=int,
        default=2000,
        metavar="N",
        help="how many generated configs wg and wgtranspile must judge alike (default: %(default)s)",
    )

    parser.addoption(
        "--attacks",
        choices=("part", "all"),
        default="part",
        help="of what may be swapped between two system calls of the writer, try each thing somewhere, or everywhere",
    )
    parser.addoption(
        "--vm",
        choices=("part", "all"),
        help="collect tests/vm, too: booted systems under QEMU; `part` leaves out what is marked as thorough",
    )

    parser.addoption(
        "--record",
        action="store_true",
        help="keep what the laboratories see in tests/results/, from which tools.generate makes tables",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the booted systems out unless they are asked for."""
    return True if collection_path == VM and not config.getoption("--vm") else None


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"needs(*names): skipped where one is absent: {', '.join(NEEDS)}")
    config.addinivalue_line("markers", "thorough: of tests/vm, and no part of `--vm part`")
    # A shell has programs that it starts in the background ignore Ctrl-C, and those that they start inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Check that a test leaves the signals of this process alone: otherwise, a later one may be deaf to Ctrl-C."""
    before = _signals()
    yield
    assert before == _signals()


def _signals() -> tuple[object, ...]:
    return signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.stats.get("failed"):
        from tools import generate  # lazy: most runs pass

        for path in generate.outdated():
            terminalreporter.write_line(f"{path} is outdated: run python -m tools.generate", red=True)
    if ABSENT:
        terminalreporter.section("CANNOT RUN HERE", red=True, bold=True)
        for name, why in ABSENT.items():
            terminalreporter.write_line(f"tests that need {name}: {why}")


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    for item in items:
        needed = {name for mark in item.iter_markers("needs") for name in mark.args}
        if unknown := needed - NEEDS.keys():
            raise pytest.UsageError(f"{item.nodeid} needs {', '.join(sorted(unknown))}, which tests/conftest.py lacks")
        if missing := needed & ABSENT.keys():
            item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(sorted(missing))}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record the tests of the laboratories where that is asked for."""
    report = yield
    if item.config.getoption("--record") and report.when == "call" and not report.skipped:
        from tests import record  # lazy: few runs ask for it

        if item.nodeid.startswith(tuple(record.LABORATORIES)):
            failed = report.failed or item.nodeid in FAILED
            record.merge(record.Run, [record.of_test(item, report, failed=failed)])
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what failed: the report of a test whose subtest failed comes before pytest makes it fail, too."""
    if report.failed:
        FAILED.add(report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("\nin CI no test may be skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
