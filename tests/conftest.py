"""Hypothesis profiles (``--hypothesis-profile=full``), what they tried, the command, and the real label sets."""

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

for library in ("OMP", "OPENBLAS", "MKL"):  # before NumPy is there; tests are parallel themselves
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

gc.set_threshold(200_000)  # else it comes after every 700 objects; trees refer to nothing above them

_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _COMMON, max_examples=60, derandomize=True)
settings.register_profile("full", _COMMON, max_examples=2_000)
settings.register_profile("nightly", _COMMON, max_examples=100_000)
settings.load_profile("quick")


DECIDE_EVERY_CHAIN = ("proofs/chains.py", "proofs/render.py", "verify/campaign/claims.py")

FIRST = (
    "proofs",
    "any",
    "tests/certificate/test_checker.py",
    "tests/model/test_solver.py",
    "tests/certificate/test_costs.py",
    "tests/certificate/test_attacks.py",
    "tests/proofs/test_limits.py",
    "tests/cli/test_cli.py",
    "tests/geometry/test_margins.py",
    "tests/campaign/test_campaign.py",
    "tests/report/test_page.py",
    "tests/report/test_verdict.py",
)
"""Groups that take more than ten seconds, with slow tests or without, about the longest first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file run in one process, unless they are of a group: what they share is made once. Examples that
    decide every chain are of the group of the proofs, which are decided there.

    What takes long comes first, slow tests that say that they take minutes before all: no process is left with one of
    them alone at the end.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            file = item.location[0]
            item.add_marker(pytest.mark.xdist_group("proofs" if file in DECIDE_EVERY_CHAIN else file))
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[float, int]:
    group = next(item.iter_markers("xdist_group")).args[0]
    minutes = sum(mark.kwargs.get("minutes", 0) for mark in item.iter_markers("slow"))
    return -minutes, FIRST.index(group) if group in FIRST else len(FIRST)


def pytest_collection_finish() -> None:
    """Tests and what they import stay until the end: the collector need not look at them again."""
    gc.freeze()


Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[1]
collect_ignore = ["mutants.py"]  # a command, and its cosmic-ray comes with the extra `dev` only


def _tell_no_more() -> None:
    """A command tells how files were read until its process ends, which in tests goes on."""
    log = logging.getLogger("mlnc.labels")
    log.handlers.clear()
    log.propagate = True
    log.setLevel(logging.NOTSET)
    if around := sys.modules.get("verify.cli.around"):
        around._READ.clear()  # of a command that was refused it is there still


@pytest.fixture(autouse=True)
def _told_no_more() -> Iterator[None]:
    """Whatever a test runs: the next one may call a command without its ``main``, which tells nothing."""
    yield
    _tell_no_more()


@pytest.fixture
def mlnc(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process: (exit code, stdout, stderr)."""
    from verify import cli  # noqa: PLC0415 - its handling of signals is not for the other tests

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mlnc", *map(str, arguments)])
        try:
            with pytest.raises(SystemExit) as stop:
                cli.main()
        finally:
            _tell_no_more()
        printed = capsys.readouterr()
        code = stop.value.code
        return (code if isinstance(code, int) else 0), printed.out, printed.err

    return run


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verification that nobody asks more of tries 200 random distributions, a tenth of what it would."""
    from mlnc import trial  # noqa: PLC0415 - what it imports not all tests need

    monkeypatch.setattr(trial, "PROFILES", {"quick": (200, 50, 25)})


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of published label sets; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("MLNC_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "mulan").is_dir():
        pytest.skip(f"no published label sets at {folder}; name their folder in MLNC_DATA")
    return folder / "mulan"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many random distributions met the hypotheses of each claim, over all processes."""
    reports = terminalreporter.stats.get("passed", [])
    tried = [value for report in reports for name, value in report.user_properties if name == "tried"]
    if tried:
        terminalreporter.write_line("random distributions tried: " + ", ".join(f"{id_} {n}" for id_, n in tried))
