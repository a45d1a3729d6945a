"""What tests of proofs share."""

from __future__ import annotations

from typing import Any

import pytest

from proofs import checker as untyped

checker: Any = untyped


@pytest.fixture(autouse=True)
def _whole_work() -> None:
    """A test that the checker refuses leaves nothing to the next one, which may make a tree before it reads a trace."""
    checker.Work.left = checker.MOST_WORK
