"""The rows of ServiceNow, with the fields that are read, and how their values are read."""

from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from connectors.refusal import Refused
from connectors.timestamps import parse_local, parse_milliseconds

MOST_CHANGES: Final = 999_999
"""Changes of one second that versions tell apart."""


class Reference(msgspec.Struct):
    value: str | None = None
    display_value: str | None = None
    link: str | None = None


Value: TypeAlias = str | int | float | bool | Reference | None


class Row(msgspec.Struct):
    """The columns of a row that are read."""

    sys_id: Value
    sys_updated_on: Value
    sys_created_on: Value = None
    sys_mod_count: Value = None
    number: Value = None
    state: Value = None
    incident_state: Value = None
    short_description: Value = None
    description: Value = None
    contact_type: Value = None
    category: Value = None
    priority: Value = None
    caller_id: Value = None
    contact: Value = None
    consumer: Value = None
    account: Value = None
    company: Value = None
    opened_by: Value = None
    opened_at: Value = None
    resolved_at: Value = None
    closed_at: Value = None
    reopened_time: Value = None
    reopen_count: Value = None
    email: Value = None
    phone: Value = None
    mobile_phone: Value = None


class Deletion(msgspec.Struct):
    sys_id: Value
    tablename: Value
    documentkey: Value
    sys_created_on: Value


class Result(msgspec.Struct):
    """An answer to one question of a survey, a row of `asmt_metric_result`."""

    sys_id: Value
    sys_updated_on: Value
    sys_created_on: Value = None
    sys_mod_count: Value = None
    metric: Value = None
    instance: Value = None
    user: Value = None
    actual_value: Value = None
    string_value: Value = None


Stamped: TypeAlias = Row | Result
"""What says when it was created and last changed."""


def id_of(value: Value) -> str:
    """The sys_id of a reference, or "" if there is none."""
    if isinstance(value, Reference):
        return value.value or (value.link or "").rpartition("/")[2] or value.display_value or ""
    return text_of(value)


def text_of(value: Value) -> str:
    """The value as people read it, or ""."""
    if isinstance(value, Reference):
        return value.display_value or value.value or ""
    return "" if value is None else str(value).strip()


def count_of(value: Value) -> int:
    """A whole number, 0 for anything else."""
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def version_of(row: Stamped, zone: ZoneInfo) -> int:
    """Grows from change to change of a row."""
    return updated_us_of(row, zone) + min(count_of(row.sys_mod_count), MOST_CHANGES)


def updated_us_of(row: Stamped, zone: ZoneInfo) -> int:
    """When the row was changed last. Raises `Refused`."""
    updated_us = time_of(row, "sys_updated_on", zone)
    if not updated_us:
        raise Refused("missing_field", "`sys_updated_on` is missing")
    return updated_us


def created_us_of(row: Stamped, zone: ZoneInfo) -> int:
    """When the row was created. Raises `Refused`."""
    return time_of(row, "sys_created_on", zone) or updated_us_of(row, zone)


def time_of(row: Stamped, column: str, zone: ZoneInfo) -> int:
    """The time in a column, 0 if there is none. Raises `Refused`."""
    return moment_of(getattr(row, column), column, zone)


def moment_of(value: Value, column: str, zone: ZoneInfo) -> int:
    """0 for a time that is not there; pollers turn such times into 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse_milliseconds(value, column)
    text = text_of(value)
    return parse_local(text, zone, column) if text else 0


def sys_id_of(row: Row) -> str:
    """The row's own id. Raises `Refused`."""
    sys_id = id_of(row.sys_id)
    if not sys_id:
        raise Refused("missing_field", "`sys_id` is missing")
    return sys_id
