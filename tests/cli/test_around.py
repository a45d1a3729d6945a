"""What is told while a solver is at work: by a clock of its own, so that no test waits."""

import queue
import sys
import threading
from types import SimpleNamespace

import pytest

from verify.cli import around

PATIENCE = 60
"""Seconds after which the thread that tells is taken for dead."""


class Clock:
    """In the place of the event that the thread waits for, and of the clock: time passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: queue.Queue[float] = queue.Queue()
        self.answers: queue.Queue[bool] = queue.Queue()

    def wait(self, seconds: float) -> bool:
        self.asked.put(seconds)
        ended = self.answers.get(timeout=PATIENCE)
        self.now += 0.0 if ended else seconds
        return ended

    def set(self) -> None:
        self.answers.put(True)

    def passes(self) -> float:
        """Let the time pass that is waited for; what was told before is then written."""
        seconds = self.asked.get(timeout=PATIENCE)
        self.answers.put(False)
        return seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(around, "threading", SimpleNamespace(Event=lambda: clock, Thread=threading.Thread))
    monkeypatch.setattr(around, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_long_step_is_told_of_while_it_lasts(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each ten seconds, however many steps there were: none, or many; control: none before the first ten."""
    with around.reporting("solve") as report:
        for step in range(1000):
            report(0, float("inf") if step < 999 else 0.5)
        assert clock.passes() == 10
        report(1, 1e-3)
        waits = [clock.passes() for _ in range(5)]
        clock.asked.get(timeout=PATIENCE)  # the last line is written
    lines = capsys.readouterr().err.splitlines()
    assert waits == [10] * 5
    assert len(lines) == 6
    assert lines[0].endswith(", 10 s")
    assert lines[1:] == [f"solve: step 1, relative gap 1.0e-03, {seconds} s" for seconds in (20, 30, 40, 50, 60)]


def test_before_the_first_gap_it_is_told_that_there_is_none(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with around.reporting("solve"):
        assert clock.passes() == 10
        clock.asked.get(timeout=PATIENCE)
    assert capsys.readouterr().err == "solve: starting, 10 s\n"


def test_on_a_terminal_it_is_told_in_place_twice_a_second(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with around.reporting("solve") as report:
        report(3, 0.25)
        waits = [clock.passes() for _ in range(3)]
        clock.asked.get(timeout=PATIENCE)
    told = capsys.readouterr().err.split("\r")
    assert waits == [2, 0.5, 0.5]
    assert [line.split(", ")[-1] for line in told[:3]] == ["2 s", "2 s", "3 s"]
    assert told[-2].strip() == told[-1] == ""  # and wiped


def test_what_is_quick_is_silent(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with around.reporting("solve") as report:
        report(1, 1e-3)
    assert clock.now == 0
    assert capsys.readouterr().err == ""
