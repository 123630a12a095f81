"""Notifications that only name a response, and what resolves them: the response itself.

A notification awaits its response as it was changed last, and a response tells itself as of that
time; both say so by `response_as_of`.
"""

from typing import Final

from service.event import Telling

DATED_LATER_US: Final = 60_000_000
"""A notification is dated when it is made, which is a little after the change that it tells."""


def response_as_of(response: str, changed_us: int) -> Telling:
    """The whole of a response, as it was at that time; 0 is as of any."""
    return Telling(f"response:{response}", changed_us)
