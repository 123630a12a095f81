"""Moments as the database has them, and as whole microseconds since 1970 UTC."""

from datetime import UTC, datetime


def moment(time_us: int) -> datetime:
    """The moment, in UTC, exactly."""
    whole = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return whole.replace(microsecond=time_us % 1_000_000)


def microseconds(moment: datetime) -> int:
    """The inverse of `moment`, exactly, whatever the zone."""
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
