r"""What stands in for an event type that a bridge loses, since it was in a header or in a URL.

    type: orders/create
    type_from_topic: shop\.(\w+)\.(\w+)

`type` is that of all records of the source. `type_from_topic` finds it in the name of the topic:
its groups are put together as the system writes its types, so that the sources of many topics can
say the same: `shop.orders.create` has `orders/create`.

`digest_of` stands in for an id where a payload has none.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator

from connectors.contract import ConnectorOptions
from service.event import Record


def _with_a_group(pattern: re.Pattern[str]) -> re.Pattern[str]:
    if pattern.groups:
        return pattern
    raise ValueError("needs a group around what is the type: shop\\.(.+)")


class TypeOptions(ConnectorOptions):
    """Keys of the sources of systems that do not say the type in the payload."""

    type: str = ""
    """The event type of all records, where they do not say it."""

    type_from_topic: Annotated[re.Pattern[str], AfterValidator(_with_a_group)] | None = None
    r"""A pattern of the whole name of a topic that finds the type in it, its groups put together as
    the system writes its types: `shop\.(\w+)\.(\w+)` finds `orders/create` in
    `shop.orders.create`."""


def type_of_source(options: TypeOptions, record: Record, joint: str) -> str:
    """The type that the source says, its parts joined by `joint`; "" if it says none."""
    if options.type or options.type_from_topic is None:
        return options.type
    found = options.type_from_topic.fullmatch(record.position.topic)
    return "" if found is None else joint.join(filter(None, found.groups()))


def digest_of(payload: Mapping[str, Any], fields: Sequence[str]) -> str:
    """What tells a payload from all others: these fields, or without any all of it."""
    parts = [payload.get(field) for field in fields] or payload
    written = msgspec.json.encode(parts, order="sorted")
    return hashlib.sha256(written).hexdigest()[:32]
