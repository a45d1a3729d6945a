"""Hypothesis profiles (``--hypothesis-profile=full``), what they tried, and the folder of real label sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _COMMON, max_examples=60, derandomize=True)
settings.register_profile("full", _COMMON, max_examples=2_000)
settings.register_profile("nightly", _COMMON, max_examples=100_000)
settings.load_profile("quick")

ROOT = Path(__file__).resolve().parents[1]
collect_ignore = ["mutants.py"]  # a command, and its cosmic-ray comes with the extra `dev` only


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
