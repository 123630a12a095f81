"""Times as the source describes them: ISO 8601, counted from 1970, or any pattern of strptime."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from connectors.mapping.options import COUNTED, Moment
from connectors.refusal import Refused
from connectors.timestamps import parse_local, parse_time
from service.routing import Timestamp

_ANY_ZONE: Final = ZoneInfo("UTC")

ReadTime: TypeAlias = Callable[[Any, str], int]
"""A value and the name of its field to microseconds since 1970. Raises `Refused`."""


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
        raise Refused("bad_time", f"`{field}` {_misfit(value)}")

    return read


def _misfit(value: object) -> str:
    if type(value) in (int, float):
        return f"is a number: say by its `format` what it counts, {', '.join(COUNTED)}"
    return "must be a number or text"


def _written(moment: Moment) -> ReadTime:
    zone = None if moment.zone is None else ZoneInfo(moment.zone)
    if moment.format != "iso":
        return lambda value, field: _patterned(value, moment.format, zone, field)
    if zone is None:
        return _with_its_zone
    return lambda value, field: parse_local(value, zone, field)


def _with_its_zone(value: str, field: str) -> int:
    try:
        return parse_time(value, field)
    except Refused:
        parse_local(value, _ANY_ZONE, field)
        raise _no_zone(field) from None


def _no_zone(field: str) -> Refused:
    return Refused("bad_time", f"`{field}` has no zone: say with `zone` which is meant")


def _patterned(value: str, pattern: str, zone: ZoneInfo | None, field: str) -> int:
    try:
        moment = datetime.strptime(value, pattern)  # noqa: DTZ007 - its zone follows
    except ValueError:
        raise Refused("bad_time", f"`{field}` does not have the format of the source") from None
    if moment.tzinfo is None:
        if zone is None:
            raise _no_zone(field)
        moment = moment.replace(tzinfo=zone)
    return parse_time(moment.isoformat(), field)
