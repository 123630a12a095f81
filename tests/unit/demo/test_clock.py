"""Story time stands still, runs, and stands still again."""

from service.demo.clock import HOUR_US, StoryClock
from service.demo.story import PLAYED_HOURS, QUIET_HOURS

ZERO_US = 1_700_000_000_000_000


class Hands:
    """Real time, moved by hand."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


async def test_before_it_begins_it_shows_the_first_quiet_hour() -> None:
    hands = Hands()
    clock = StoryClock(ZERO_US, 60, hands)
    hands.s += 1_000
    assert clock.now_us == ZERO_US - QUIET_HOURS * HOUR_US


async def test_one_second_is_two_hours_when_five_days_take_a_minute() -> None:
    hands = Hands()
    clock = StoryClock(ZERO_US, 60, hands)
    clock.begin()
    hands.s += 3
    assert clock.hour == 6
    assert clock.now_us == ZERO_US + 6 * HOUR_US
    assert (await clock.now()).timestamp() == clock.now_us / 1_000_000
    assert clock.left_s == 57


async def test_it_stops_at_the_last_hour() -> None:
    hands = Hands()
    clock = StoryClock(ZERO_US, 60, hands)
    clock.begin()
    hands.s += 1_000
    assert clock.hour == PLAYED_HOURS
    assert clock.left_s == 0
