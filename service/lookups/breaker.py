"""A circuit breaker: a server that fails again and again is left alone for a while.

When the while is over one more try is let pass; if that fails too, the next while is longer.
"""

from typing import Final

FAILURES: Final = 3
"""So many in a row break the circuit."""

FIRST_REST_S: Final = 30.0
LONGEST_REST_S: Final = 900.0


class Breaker:
    """Whether a server may be asked. Times are those of one monotonic clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._rests_until_s = float("-inf")

    def rests(self, now_s: float) -> bool:
        """Whether it is to be left alone now."""
        return now_s < self._rests_until_s

    def succeeded(self) -> None:
        """It was asked and answered."""
        self._failures = 0

    def failed(self, now_s: float, wanted_rest_s: float = 0.0) -> None:
        """It was asked and did not answer; for so long it wants to be left alone."""
        self._failures += 1
        beyond = self._failures - FAILURES
        own = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** min(beyond, 16)) if beyond >= 0 else 0.0
        self._rests_until_s = now_s + max(own, wanted_rest_s)
