"""The rows of ServiceNow, with the fields that are read."""

from typing import TypeAlias

import msgspec


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
