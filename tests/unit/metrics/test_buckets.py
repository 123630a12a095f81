"""Buckets and windows: whole buckets of UTC, exact sums, windows that touch merge."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.metrics.buckets import (
    BUCKET_US,
    Window,
    bucket_start_us,
    together,
    window_ending,
    within,
)
from service.metrics.statistics import Contribution, Series, Statistics

whole = st.integers(-(2**62), 2**62)
statistics = st.builds(Statistics, whole, whole, whole, whole, whole)
buckets = st.dictionaries(st.integers(-50, 50).map(lambda i: i * BUCKET_US), statistics)


def us(text: str) -> int:
    """Microseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def test_a_bucket_starts_at_the_quarter_of_an_hour() -> None:
    """The last microsecond belongs to the bucket, the next one to the next."""
    start = us("2025-03-01T10:15:00")
    assert bucket_start_us(start) == start
    assert bucket_start_us(start + BUCKET_US - 1) == start
    assert bucket_start_us(start + BUCKET_US) == start + BUCKET_US


def test_buckets_before_1970_start_before_their_events() -> None:
    """Time before the epoch rounds down too, not towards it."""
    assert bucket_start_us(-1) == -BUCKET_US


def test_a_window_is_made_of_the_buckets_that_are_over() -> None:
    """A check at 10:05 sees events up to 10:00, and as long a time as it asks for."""
    window = window_ending(us("2025-03-02T10:05:00"), timedelta(hours=24))
    assert window == Window(us("2025-03-01T10:00:00"), us("2025-03-02T10:00:00"))


def test_a_length_between_two_buckets_is_rounded_up() -> None:
    """20 minutes are two buckets."""
    window = window_ending(us("2025-03-02T10:00:00"), timedelta(minutes=20))
    assert window.start_us == us("2025-03-02T09:30:00")


@given(st.integers(-(10**18), 10**18))
def test_a_time_lies_in_its_bucket(occurred_at_us: int) -> None:
    """For every time: start <= time < start + 15 minutes, and starts are whole quarters."""
    start = bucket_start_us(occurred_at_us)
    assert start <= occurred_at_us < start + BUCKET_US
    assert start % BUCKET_US == 0


@given(statistics, statistics, statistics)
def test_statistics_are_a_commutative_group(a: Statistics, b: Statistics, c: Statistics) -> None:
    """Order and grouping do not matter, and taking away is the inverse of adding."""
    assert together([a, b]) == together([b, a])
    assert together([together([a, b]), c]) == together([a, together([b, c])])
    assert together([a, Statistics()]) == a
    assert together([a, b]).minus(b) == a
    assert a.minus(a) == Statistics()


@given(st.lists(statistics))
def test_together_is_adding_one_by_one(parts: list[Statistics]) -> None:
    """The sum of many is the same as adding each; the sum of none is zero."""
    one_by_one = Statistics()
    for part in parts:
        one_by_one = together([one_by_one, part])
    assert together(parts) == one_by_one


@given(buckets, st.integers(-60, 60), st.integers(0, 40), st.integers(0, 40))
def test_windows_that_touch_merge(
    held: dict[int, Statistics], start: int, first: int, second: int
) -> None:
    """What two neighbouring windows hold together is what the window over both holds."""
    bounds = [(start + offset) * BUCKET_US for offset in (0, first, first + second)]
    left, right = Window(bounds[0], bounds[1]), Window(bounds[1], bounds[2])
    both = Window(bounds[0], bounds[2])
    assert together([within(held, left), within(held, right)]) == within(held, both)


@given(buckets, buckets, st.integers(-60, 60), st.integers(0, 80))
def test_a_window_of_merged_series_is_the_merge_of_windows(
    one: dict[int, Statistics], other: dict[int, Statistics], start: int, length: int
) -> None:
    """Merging buckets and then reading a window gives the same as reading and then merging."""
    window = Window(start * BUCKET_US, (start + length) * BUCKET_US)
    zero = Statistics()
    merged = {
        k: together([one.get(k, zero), other.get(k, zero)]) for k in one.keys() | other.keys()
    }
    assert within(merged, window) == together([within(one, window), within(other, window)])


def test_a_contribution_adds_its_square() -> None:
    """A value of -3 adds 9 to the squares."""
    contribution = Contribution(Series("spend", "a/b", ""), 1, 0, 0, -3)
    assert contribution.statistics == Statistics(1, 0, 0, -3, 9)
