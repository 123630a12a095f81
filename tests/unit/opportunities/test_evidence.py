"""Over which time an opportunity is proved."""

from service.metrics.buckets import BUCKET_US, Window
from service.opportunities.evidence import longest, week_before

WEEK = 7 * 24 * 4


def window(start: int, end: int) -> Window:
    return Window(start * BUCKET_US, end * BUCKET_US)


def test_the_longest_window_holds_each_of_them_also_one_that_ended_later() -> None:
    """A metric that is checked less often was looked at earlier."""
    assert longest([window(4, 10), window(8, 12)]) == window(4, 12)
    assert longest([window(8, 12), window(4, 10)]) == window(4, 12)


def test_the_week_before_ends_where_the_window_begins() -> None:
    assert week_before(window(WEEK, WEEK + 96)) == window(0, WEEK)
