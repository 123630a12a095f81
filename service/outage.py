"""A server that cannot be used, told in few lines: when it goes, now and then, when it is back.

Each part of the process that waits for servers has an `Outage` of its own: it says at every
failure why, and when it succeeds. `reason` is what readiness shows meanwhile.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog

TOLD_EVERY_S: Final = 60.0
"""How often the same reason is told while it lasts, or comes again and again."""

_log = structlog.get_logger(__name__)


class Outage:
    """What waits and why. `what` is in the plural, as in "batches wait"."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._began_s = 0.0
        self._told_at_s: dict[str, float] = {}
        self._is_told = False
        self.failures = 0
        self.reason: str | None = None

    def failed(self, reason: str) -> None:
        """A try has just failed; `reason` is a plain sentence without data."""
        now_s = self._clock()
        if self.reason is None:
            self._began_s = now_s
        self.reason = reason
        self.failures += 1
        if now_s - self._told_at_s.get(reason, -TOLD_EVERY_S) >= TOLD_EVERY_S:
            self._told_at_s[reason] = now_s
            self._is_told = True
            _log.warning(f"{self._what} wait", reason=reason, **self._so_far(now_s))

    def over(self) -> None:
        """A try has just succeeded."""
        if self.reason is None:
            return
        if self._is_told:
            _log.warning(f"{self._what} go on", after=self.reason, **self._so_far(self._clock()))
        self.failures = 0
        self.reason = None
        self._is_told = False

    def _so_far(self, now_s: float) -> dict[str, float]:
        return {"failures": self.failures, "seconds": round(now_s - self._began_s, 1)}
