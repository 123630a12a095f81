"""`airbyte`: records of Airbyte's Kafka destination, read by the connector of what a stream copies.

A record wraps one record that Airbyte polled from the API or database of some system. The source
says of each stream what that is, with the options of the connector that reads it:

    connector: airbyte
    streams:
      survey_responses: {connector: delighted}
      parcels:
        connector: mapping
        events:
          - kind: sales.order.delivered
            id: payload.id
            time: payload.delivered_at
            subject: {customer: payload.customer_id}

A record says its stream in `_airbyte_stream`; where that is missing, it is the last part of the
topic's name. A stream that the source does not have fails as `unknown_type`, unless `ignore` names
it.

Airbyte gives a record a new id and time at each sync, and a full refresh sends all records again:
so neither is read, and what makes two records one event or its correction is what the connector of
the stream takes from the record itself. A row that was deleted in a database keeps its column
`_ab_cdc_deleted_at`, for the conditions of a `mapping`.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec.structs import replace
from pydantic import Field, create_model

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type
from connectors.refusal import Refused, plain
from service.event import Item, Record

_encode: Final = msgspec.json.Encoder().encode


def airbyte(systems: Mapping[str, Connector]) -> Connector:
    """The connector whose streams these connectors read."""

    def convert_of(stream: Any) -> Convert:
        return systems[stream.connector].open(stream)

    def kinds(options: Any) -> frozenset[str]:
        streams = options.streams.values()
        return frozenset().union(*(systems[one.connector].kinds(one) for one in streams))

    return Connector(
        name="airbyte",
        options=_options(systems),
        open=lambda options: _open(options, convert_of),
        ignored={},
        kinds=kinds,
        arrival=(
            "Airbyte's Kafka destination writes each stream to a topic of its own, or all to one."
        ),
    )


def _options(systems: Mapping[str, Connector]) -> type[ConnectorOptions]:
    """Keys of a source of Airbyte: for each stream the options of a connector, and its name."""
    named = [_with_name(connector) for connector in systems.values()]
    stream: Any = Annotated[reduce(or_, named), Field(discriminator="connector")]
    about: Any = Field(
        default={}, description="What each stream copies: a connector and its options."
    )
    return create_model(
        "AirbyteOptions", __base__=ConnectorOptions, streams=(dict[str, stream], about)
    )


def _with_name(connector: Connector) -> Any:
    name: Any = Literal[connector.name]
    return create_model(connector.name, __base__=connector.options, connector=(name, ...))


def _open(options: Any, convert_of: Callable[[Any], Convert]) -> Convert:
    streams = {name: _of_stream(convert_of(one)) for name, one in options.streams.items()}
    of_stream = by_type(streams, {}, options.ignore)
    told = {*streams, *options.ignore}

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        stream = _stream(payload, record)
        if stream not in told:
            raise Refused(
                "unknown_type",
                f"stream {plain(stream)} is not known: say in `streams` what it copies, "
                "or add it to `ignore` of the source",
            )
        return of_stream(stream)(payload, record)

    return total(read)


def _stream(payload: Mapping[str, Any], record: Record) -> str:
    stream = payload.get("_airbyte_stream")
    return stream if isinstance(stream, str) else record.position.topic.rpartition(".")[2]


def _of_stream(convert: Convert) -> Callable[[object, Record], list[Item]]:
    def items(payload: object, record: Record) -> list[Item]:
        data = payload.get("_airbyte_data") if isinstance(payload, dict) else None
        if isinstance(data, dict):
            return convert(replace(record, value=_encode(data)))
        if isinstance(data, str):
            return convert(replace(record, value=data.encode()))
        raise Refused("missing_field", "`_airbyte_data` is missing: this is no record of Airbyte")

    return items
