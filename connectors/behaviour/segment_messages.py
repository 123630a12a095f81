"""A message of Segment, and what every event of one has: `event_of`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors.behaviour.segment_options import SegmentOptions
from connectors.limits import ATTRIBUTES
from connectors.naming import Named, name, named, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event

PERSONAL: Final = frozenset(
    {
        "address",
        "avatar",
        "birthday",
        "email",
        "firstName",
        "first_name",
        "lastName",
        "last_name",
        "phone",
        "username",
    }
)
"""Properties and traits that name a person and are no attributes; of traits also `name`."""

_PERSON: Final = {"email": "email", "phone": "phone"}
_ORDER: Final = {"order_id": "order"}
_GROUP: Final = {"groupId": "group"}
_DEVICE: Final = {"id": "device"}


class Message(msgspec.Struct, rename="camel", gc=False):
    type: str
    message_id: Id
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    name: str | None = None
    channel: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    received_at: str | None = None
    sent_at: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


def event_of(message: Message, options: SegmentOptions, kind: str, title: str = "") -> Event:
    """What every event of a message has."""
    context = message.context or {}
    who = _sender(message, context)
    return Event(
        id=message.message_id,
        kind=kind,
        occurred_at_us=_time_us(message),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        title=title,
        channel=message.channel or "",
        language=text_in(context, "locale"),
        attributes=_attributes(message, context, options),
    )


def _sender(message: Message, context: Mapping[str, Any]) -> Named:
    properties = message.properties or {}
    of_person = message.traits if message.type == "identify" else None
    return named(
        name("user", message.user_id),
        name("anonymous", message.anonymous_id),
        *names_in(of_person or _dict(context, "traits"), _PERSON),
        *names_in(properties, _ORDER),
        around=[
            *names_in(properties, _PERSON),
            name("group", message.group_id),
            *names_in(context, _GROUP),
            *names_in(_dict(context, "device"), _DEVICE),
        ],
    )


def _time_us(message: Message) -> int:
    times = {
        "timestamp": message.timestamp,
        "originalTimestamp": message.original_timestamp,
        "receivedAt": message.received_at,
        "sentAt": message.sent_at,
    }
    for field, moment in times.items():
        if moment:
            return parse_time(moment, field)
    raise Refused("missing_field", "`timestamp` is missing")


def _attributes(
    message: Message, context: Mapping[str, Any], options: SegmentOptions
) -> dict[str, AttributeValue]:
    of_profile = message.type in ("identify", "group")
    chosen = options.properties
    about: dict[str, AttributeValue] = {
        field: value
        for field, value in ((message.traits if of_profile else message.properties) or {}).items()
        if isinstance(value, str | int | float)
        and value != ""
        and field not in PERSONAL
        and not (of_profile and field == "name")
        and (chosen is None or field in chosen)
    }
    path = text_in(_dict(context, "page"), "path")
    if path and "path" not in about and (chosen is None or "path" in chosen):
        about["path"] = path
    if len(about) > ATTRIBUTES:
        raise Refused(
            "too_many_attributes",
            f"{len(about)} attributes, at most {ATTRIBUTES} are kept: "
            "name those that you need as `properties` of the source",
        )
    return about


def _dict(whole: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = whole.get(field)
    return value if isinstance(value, dict) else {}


def text_in(whole: Mapping[str, Any], field: str) -> str:
    """The text in a field; "" if there is none."""
    value = whole.get(field)
    return value if isinstance(value, str) else ""
