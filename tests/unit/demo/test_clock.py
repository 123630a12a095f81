"""Story time stands still, runs as far as it is let, and stands still again."""

import pytest

from service.demo.clock import HOUR_US, StoryClock
from service.demo.story import PLAYED_HOURS, QUIET_HOURS

ZERO_US = 1_700_000_000_000_000
FAR = 1_000.0


class Hands:
    """Real time, moved by hand."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> StoryClock:
    """Five days in a minute."""
    return StoryClock(ZERO_US, 60, hands)


def test_before_it_begins_it_shows_the_first_quiet_hour(hands: Hands, clock: StoryClock) -> None:
    hands.s += 1_000
    assert clock.now_us == ZERO_US - QUIET_HOURS * HOUR_US
    assert clock.second == 0


def test_one_second_is_two_hours_when_five_days_take_a_minute(
    hands: Hands, clock: StoryClock
) -> None:
    hands.s += 1_000
    clock.begin()
    hands.s += 3
    clock.advance(FAR)
    assert clock.hour == 6
    assert clock.now_us == ZERO_US + 6 * HOUR_US
    assert clock.hour_of(clock.now_us) == 6
    assert clock.second == 3
    assert not clock.waits


def test_it_waits_and_then_goes_on_without_catching_up(hands: Hands, clock: StoryClock) -> None:
    clock.begin()
    hands.s += 30
    clock.advance(14)
    assert (clock.hour, clock.waits) == (14, True)
    hands.s += 1
    clock.advance(FAR)
    assert (clock.hour, clock.waits) == (16, False)


def test_it_never_goes_back(hands: Hands, clock: StoryClock) -> None:
    clock.begin()
    hands.s += 5
    clock.advance(FAR)
    clock.advance(0)
    assert clock.hour == 10


def test_it_stops_at_the_last_hour(hands: Hands, clock: StoryClock) -> None:
    clock.begin()
    hands.s += 1_000
    clock.advance(FAR)
    assert clock.hour == PLAYED_HOURS
    assert clock.ended
    assert not clock.waits
