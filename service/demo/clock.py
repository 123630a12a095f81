"""Story time: stands still before the play begins, runs fast, and stands still at its end."""

import time
from collections.abc import Callable
from typing import Final

from service.demo.story import PLAYED_HOURS, QUIET_HOURS

HOUR_US: Final = 3_600_000_000


class StoryClock:
    """The clock of the story, which waits for the service.

    Until `begin` it shows the first quiet hour, so that no check is made while the quiet weeks
    are being loaded. Then each `advance` moves it by the real time that has passed, the five days
    in `seconds`, but never further than it is let.
    """

    def __init__(
        self, zero_us: int, seconds: float, real_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.zero_us = zero_us
        self.hour = float(-QUIET_HOURS)
        self._hours_a_second = PLAYED_HOURS / seconds
        self._real_s = real_s
        self._moved_s = real_s()
        self.waits = False

    def begin(self) -> None:
        self.hour = 0.0
        self._moved_s = self._real_s()

    def advance(self, at_most_hour: float) -> None:
        now_s = self._real_s()
        come = self.hour + (now_s - self._moved_s) * self._hours_a_second
        self._moved_s = now_s
        self.waits = at_most_hour < min(come, PLAYED_HOURS)
        self.hour = max(self.hour, min(come, at_most_hour, PLAYED_HOURS))

    @property
    def now_us(self) -> int:
        return self.zero_us + int(self.hour * HOUR_US)

    @property
    def ended(self) -> bool:
        return self.hour >= PLAYED_HOURS

    @property
    def second(self) -> float:
        return self.second_of(self.hour)

    def hour_of(self, time_us: int) -> float:
        """The hour of the story that a time is."""
        return (time_us - self.zero_us) / HOUR_US

    def second_of(self, hour: float) -> float:
        """How many seconds after the beginning an hour is played where nothing has to wait."""
        return max(0.0, hour) / self._hours_a_second
