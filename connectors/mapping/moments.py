"""Times as the source describes them: ISO 8601, counted from 1970, or any pattern of strptime."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from connectors.mapping.options import Moment
from connectors.refusal import Refused
from connectors.timestamps import (
    parse_local,
    parse_microseconds,
    parse_milliseconds,
    parse_seconds,
    parse_time,
)
from service.routing import Timestamp

ReadTime: TypeAlias = Callable[[Any, str], int]
"""A value and the name of its field to microseconds since 1970. Raises `Refused`."""

COUNTED: Final[Mapping[str, Callable[[Any, str], int]]] = {
    "epoch_s": parse_seconds,
    "epoch_ms": parse_milliseconds,
    "epoch_us": parse_microseconds,
}
"""Formats that count from 1970."""


def reader(moment: Moment) -> ReadTime:
    """What reads a time that the source describes so."""
    counted = COUNTED.get(moment.format)
    written = _written(moment)

    def read(value: Any, field: str) -> int:
        if type(value) is Timestamp:
            return int(value) // 1_000
        if counted is not None and type(value) in (int, float, str):
            return counted(value, field)
        if counted is None and type(value) is str:
            return written(value, field)
        what = "a number or text" if counted else "text; if it counts from 1970, give its format"
        raise Refused("bad_time", f"`{field}` must be {what}")

    return read


def _written(moment: Moment) -> ReadTime:
    zone = None if moment.zone is None else ZoneInfo(moment.zone)
    if moment.format != "iso":
        return lambda value, field: _patterned(value, moment.format, zone, field)
    if zone is None:
        return parse_time
    return lambda value, field: parse_local(value, zone, field)


def _patterned(value: str, pattern: str, zone: ZoneInfo | None, field: str) -> int:
    try:
        moment = datetime.strptime(value, pattern)  # noqa: DTZ007 - its zone follows
    except ValueError:
        raise Refused("bad_time", f"`{field}` does not have the format of the source") from None
    if moment.tzinfo is None:
        if zone is None:
            raise Refused("bad_time", f"`{field}` has no zone: say with `zone` which is meant")
        moment = moment.replace(tzinfo=zone)
    return parse_time(moment.isoformat(), field)
