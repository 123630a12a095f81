"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.durations import LONGEST, duration_text, parse_duration


@given(st.integers(1, int(LONGEST.total_seconds())))
def test_what_is_written_is_read_again(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    ("text", "shortest"),
    [("24h", "1d"), ("14d", "2w"), ("90m", "90m"), ("60s", "1m"), ("36h", "36h"), ("1s", "1s")],
)
def test_the_shortest_way_is_written(text: str, shortest: str) -> None:
    assert duration_text(parse_duration(text)) == shortest


@pytest.mark.parametrize(
    "value", ["0h", "-1h", "1.5h", "1 h", "h", "", "1y", "01h", "1h ", "3651d", "9" * 9 + "w", 24]
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a duration is"):
        parse_duration(value)
