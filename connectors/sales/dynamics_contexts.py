"""What Dynamics 365 sends of an operation, as plain values: `read_operation`.

Attributes are lists of keys and values, and values are wrapped: money and options in `Value`,
references to other records in `Id` and `LogicalName`, times as `/Date(1575675127000-0700)/`, whose
offset is for display only. The target has what an operation changed; images that the step registers
have more of the record, and are read for who it is about.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from connectors import strict_json
from connectors.naming import name
from connectors.refusal import Refused, needs_enrichment
from connectors.timestamps import parse_milliseconds, parse_time
from service.event import Identifier

_DATE: Final = re.compile(r"/Date\((\d{1,16})(?:[+-]\d{4})?\)/", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OPTION: Final = re.compile(r"\d{1,10}", re.ASCII)
_NO_ID: Final = "00000000-0000-0000-0000-000000000000"

ROW: Final = "Row"
"""The message of what no operation told, but a row of the record as it is."""


class Operation(NamedTuple):
    """One operation on one record."""

    entity: str
    message: str
    record_id: str
    id: str
    """Unique for the operation, the same in every delivery."""
    time_us: int
    target: Mapping[str, Any]
    """The attributes that the operation set."""
    known: Mapping[str, Any]
    """The attributes of the record that are there at all."""
    parameters: Mapping[str, Any]

    @property
    def is_row(self) -> bool:
        """Whether a row told it, which has all of the record and not what changed."""
        return self.message == ROW

    @property
    def created_us(self) -> int:
        """When the record was created, for what tells of its creation. Raises `Refused`."""
        if not self.is_row:
            return self.time_us
        return moment(self.known.get("createdon"), "createdon")


class _Pair(msgspec.Struct):
    key: str
    value: Any = None


class _Context(msgspec.Struct, rename="pascal"):
    message_name: str
    primary_entity_name: str
    primary_entity_id: str | None = None
    operation_id: str | None = None
    correlation_id: str | None = None
    event_id: str | None = None
    operation_created_on: str | None = None
    event_time: str | None = None
    input_parameters: tuple[_Pair, ...] | None = None
    pre_entity_images: tuple[_Pair, ...] | None = None
    post_entity_images: tuple[_Pair, ...] | None = None


def read_operation(payload: dict[str, Any]) -> Operation:
    """Raises `Refused`."""
    context = strict_json.shaped(payload, _Context)
    parameters = {pair.key: pair.value for pair in context.input_parameters or ()}
    if not parameters and context.message_name != "Delete":
        raise needs_enrichment(
            "parameters, because it was too large", "look the record up by its id"
        )
    target = attributes(parameters.get("Target"))
    images = (*(context.pre_entity_images or ()), *(context.post_entity_images or ()))
    known = {key: value for image in images for key, value in attributes(image.value).items()}
    record_id = (context.primary_entity_id or "").lower()
    if not record_id:
        raise Refused("missing_field", "`PrimaryEntityId` is missing")
    return Operation(
        entity=context.primary_entity_name,
        message=context.message_name,
        record_id=record_id,
        id=f"{_operation_of(context)}:{record_id}:{context.message_name}",
        time_us=moment(context.event_time or context.operation_created_on, "OperationCreatedOn"),
        target=target,
        known={**known, **target},
        parameters=parameters,
    )


def _operation_of(context: _Context) -> str:
    # A synchronous step has no operation of its own.
    for id_ in (context.event_id, context.operation_id, context.correlation_id):
        if id_ and id_ != _NO_ID:
            return id_.lower()
    raise Refused("missing_field", "neither `OperationId` nor `CorrelationId` is there")


def attributes(entity: object) -> dict[str, Any]:
    """The attributes of an entity; none of anything else."""
    pairs = entity.get("Attributes") if isinstance(entity, dict) else None
    return {
        pair["key"]: pair.get("value")
        for pair in (pairs if isinstance(pairs, list) else ())
        if isinstance(pair, dict) and isinstance(pair.get("key"), str)
    }


def moment(value: object, field: str) -> int:
    """A time, or the beginning of a day. Raises `Refused`."""
    if isinstance(value, str):
        if match := _DATE.fullmatch(value):
            return parse_milliseconds(match[1], field)
        return parse_time(f"{value}T00:00:00Z" if _DAY.fullmatch(value) else value, field)
    raise Refused("missing_field", f"`{field}` is missing")


def plain_value(value: object) -> str | int | float | bool | None:
    """The amount, option, text or number; None for what has none."""
    if isinstance(value, dict):
        value = value.get("Value")
    return value if isinstance(value, str | int | float | bool) else None


def text(value: object) -> str:
    """The text, or ""."""
    return value if isinstance(value, str) else ""


def option(value: object) -> int | None:
    """The number of an option, or None."""
    number = plain_value(value)
    if isinstance(number, str) and _OPTION.fullmatch(number):
        # Exports write all columns as texts.
        return int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def reference(value: object, *entities: str) -> Identifier | None:
    """The record that is referred to, if it is one of these entities; any if none is given."""
    if not isinstance(value, dict):
        return None
    entity, id_ = value.get("LogicalName"), value.get("Id")
    if (
        not isinstance(entity, str)
        or not isinstance(id_, str)
        or (entities and entity not in entities)
    ):
        return None
    return name(entity, id_.lower())
