"""What the status of an API's reply means for who asked. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, NamedTuple

REST_S: Final = 300.0
"""How long an API is left alone whose refusal a person must mend."""


class Absent(NamedTuple):
    """The API answers, and what was asked for cannot be had from it."""

    said: str


class Failure(NamedTuple):
    """The API did not answer as it should."""

    said: str
    wanted_rest_s: float = 0.0
    hopeless: bool = False
    """Whether asking again at once would be in vain."""


_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_NOT_LET_IN: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def meaning(status: int, headers: Mapping[str, str], now: datetime) -> Absent | Failure | None:
    """What a reply other than the whole means; None for what is to be read."""
    if status == HTTPStatus.OK:
        return None
    if status in _GONE:
        return Absent(f"the tool was asked for it, and it is not there (status {status})")
    if status in _NOT_LET_IN:
        said = f"the API refuses the token (status {status}): correct SIGNALBOX_ENRICH_TOKENS"
        return Failure(said, REST_S, hopeless=True)
    if 300 <= status < 400:
        said = f"the API sends us elsewhere (status {status}), and nobody goes: correct `api`"
        return Failure(said, REST_S, hopeless=True)
    if status in _PASSING or status >= 500 or status < 300:
        rest_s = retry_after_s(headers.get("retry-after", ""), now)
        return Failure(f"the API answers with status {status}", rest_s)
    return Absent(f"the tool was asked for it, and refuses to tell it (status {status})")


def retry_after_s(written: str, now: datetime) -> float:
    """Seconds that a `Retry-After` asks for, as a number or as a date; 0 where it says neither."""
    if written.isascii() and written.isdigit():
        return float(written[:9])
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
