"""Values of Kafka Connect made readable by their schema: `readable`.

Connect writes decimals as base64 and times as counts, and only the schema says so. They become
what a reader of JSON expects: decimals are decimal text, times ISO 8601, days `2025-01-31`. Types
of Debezium are among them. Everything else is as it was.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from connectors.refusal import Refused

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def readable(value: Any, schema: Any) -> Any:
    """`value`, which is of this schema. Raises `Refused` if it cannot be."""
    if value is None or not isinstance(schema, dict):
        return value
    logical = _LOGICAL.get(str(schema.get("name")))
    try:
        if logical is not None:
            return logical(value, schema)
        return _NESTED.get(str(schema.get("type")), _as_it_is)(value, schema)
    except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, binascii.Error):
        raise Refused("bad_schema", "the payload does not fit the schema beside it") from None


def decimal_text(unscaled: bytes, scale: int) -> str:
    """The decimal number whose digits are a big-endian whole number."""
    number = int.from_bytes(unscaled, "big", signed=True)
    return format(Decimal(number).scaleb(-scale), "f")


def time_text(time_us: int) -> str:
    """The time in ISO 8601, in UTC, with as many decimals as it needs."""
    moment = _EPOCH + timedelta(microseconds=time_us)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def day_text(days: int) -> str:
    """The day so many days after 1970-01-01."""
    return (_EPOCH + timedelta(days=days)).date().isoformat()


def clock_text(time_us: int) -> str:
    """The time of day."""
    return (_EPOCH + timedelta(microseconds=time_us)).time().isoformat()


def _as_it_is(value: Any, _: Mapping[str, Any]) -> Any:
    return value


def _struct(value: Any, schema: Mapping[str, Any]) -> Any:
    schemas = {field["field"]: field for field in schema["fields"]}
    return {name: readable(part, schemas.get(name)) for name, part in value.items()}


def _array(value: Any, schema: Mapping[str, Any]) -> Any:
    return [readable(part, schema["items"]) for part in value]


def _map(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: readable(part, schema["values"]) for key, part in value.items()}
    return [[readable(k, schema["keys"]), readable(v, schema["values"])] for k, v in value]


def _decimal(value: Any, schema: Mapping[str, Any]) -> str:
    if not isinstance(value, str):
        return str(value)
    return decimal_text(base64.b64decode(value, validate=True), int(schema["parameters"]["scale"]))


def _any_scale(value: Any, _: Mapping[str, Any]) -> str:
    return decimal_text(base64.b64decode(value["value"], validate=True), int(value["scale"]))


def _counted(text: Callable[[int], str], unit_ns: int) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda value, _: text(int(value) * unit_ns // 1_000)


def _day(value: Any, _: Mapping[str, Any]) -> str:
    return day_text(int(value))


_CONNECT: Final = "org.apache.kafka.connect.data."
_DEBEZIUM: Final = "io.debezium.time."

_LOGICAL: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Any]]] = {
    f"{_CONNECT}Decimal": _decimal,
    f"{_CONNECT}Timestamp": _counted(time_text, 1_000_000),
    f"{_CONNECT}Time": _counted(clock_text, 1_000_000),
    f"{_CONNECT}Date": _day,
    f"{_DEBEZIUM}Timestamp": _counted(time_text, 1_000_000),
    f"{_DEBEZIUM}MicroTimestamp": _counted(time_text, 1_000),
    f"{_DEBEZIUM}NanoTimestamp": _counted(time_text, 1),
    f"{_DEBEZIUM}Time": _counted(clock_text, 1_000_000),
    f"{_DEBEZIUM}MicroTime": _counted(clock_text, 1_000),
    f"{_DEBEZIUM}NanoTime": _counted(clock_text, 1),
    f"{_DEBEZIUM}Date": _day,
    "io.debezium.data.VariableScaleDecimal": _any_scale,
}

_NESTED: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Any]]] = {
    "struct": _struct,
    "array": _array,
    "map": _map,
}
