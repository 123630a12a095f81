"""Story time: stands still before the play begins, runs fast, and stands still at its end."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from service.demo.story import PLAYED_HOURS, QUIET_HOURS
from service.store.times import moment

HOUR_US: Final = 3_600_000_000


class StoryClock:
    """The clock of the evaluator in a demo.

    Until `begin` it shows the first quiet hour, so that no check is made while the quiet weeks
    are being loaded; then it runs from hour 0 to the last in `seconds` of real time.
    """

    def __init__(
        self, zero_us: int, seconds: float, real_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.zero_us = zero_us
        self._hours_a_second = PLAYED_HOURS / seconds
        self._real_s = real_s
        self._begun_s: float | None = None

    def begin(self) -> None:
        self._begun_s = self._real_s()

    @property
    def hour(self) -> float:
        """The hour of the story."""
        if self._begun_s is None:
            return float(-QUIET_HOURS)
        return min(PLAYED_HOURS, (self._real_s() - self._begun_s) * self._hours_a_second)

    @property
    def now_us(self) -> int:
        return self.zero_us + int(self.hour * HOUR_US)

    @property
    def left_s(self) -> float:
        """Seconds of real time until the last hour; it must have begun."""
        return max(0.0, (PLAYED_HOURS - self.hour) / self._hours_a_second)

    async def now(self) -> datetime:
        """Story time, as the evaluator asks for it."""
        return moment(self.now_us)
