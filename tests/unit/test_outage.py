"""An outage is told when it begins, now and then while it lasts, and when it is over."""

import pytest
from structlog.testing import capture_logs

from service.outage import Outage


class Clock:
    """A clock that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_an_outage_of_minutes_is_told_in_few_lines() -> None:
    clock = Clock()
    outage = Outage("batches", clock)
    with capture_logs() as lines:
        for second in range(150):
            clock.now_s = float(second)
            outage.failed("the disk of the database is full")
        outage.over()
    assert [(line["event"], line["failures"]) for line in lines] == [
        ("batches wait", 1),
        ("batches wait", 61),
        ("batches wait", 121),
        ("batches go on", 150),
    ]
    assert lines[-1]["seconds"] == 149.0
    assert outage.reason is None


def test_another_reason_is_told_at_once() -> None:
    outage = Outage("batches", Clock())
    with capture_logs() as lines:
        outage.failed("the database cannot be reached: TimeoutError")
        outage.failed("the database is read-only")
    assert [line["reason"] for line in lines] == [
        "the database cannot be reached: TimeoutError",
        "the database is read-only",
    ]
    assert outage.reason == "the database is read-only"


def test_a_failure_that_comes_and_goes_does_not_fill_the_log() -> None:
    clock = Clock()
    outage = Outage("batches", clock)
    with capture_logs() as lines:
        for second in range(50):
            clock.now_s = float(second)
            outage.failed("another session of the database came between")
            outage.over()
    assert [line["event"] for line in lines] == ["batches wait", "batches go on"]


@pytest.mark.parametrize("successes", [1, 3])
def test_success_without_a_failure_before_is_silent(successes: int) -> None:
    outage = Outage("batches", Clock())
    with capture_logs() as lines:
        for _ in range(successes):
            outage.over()
    assert lines == []
