"""What Salesforce publishes, brought from its transports to one form.

| transport             | form                                                             |
|-----------------------|------------------------------------------------------------------|
| Streaming API, CometD | `{schema, payload, event}`, perhaps within `{channel, data}`     |
| Pub/Sub API, decoded  | the payload itself, with all fields of the schema, null for unsent; |
|                       | perhaps with their types around them (`{"string": "Closed"}`)    |
| Confluent's           | the payload itself, with `ReplayId` and `_ObjectType`            |
| PushTopic             | `{event, sobject}`, or flat with `_EventType` by Confluent       |
| Bulk API, by a poller | a row: the record with its `Id` and `LastModifiedDate`           |

In a change event of an update the fields that changed are listed by name, or in bitmaps over the
fields of the schema. What is there beside them was put there by enrichment and did not change.
A bitmap is read over the fields in the order in which they arrive, and only if the result holds
`LastModifiedDate`, as that of every update does; else every field that has a value counts as
changed. An update by PushTopic does not say what changed, so nothing counts as changed. A row is
as its creation would tell it now, with the time of its last change as the version.
"""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

import msgspec

from connectors import strict_json
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_milliseconds, parse_time

HEADER: Final = "ChangeEventHeader"
_ALWAYS_CHANGED: Final = "LastModifiedDate"

_SEQUENCES: Final = 1_000
"""Changes of one transaction that versions tell apart: the microseconds of a millisecond."""

_UNTIL_NEXT_SECOND_US: Final = 999_999
"""Records and pushes are dated in whole seconds, commits in milliseconds."""

ASKED_FOR: Final = "_AskedFor"
"""What a record has that was asked for because of a gap: the gap's version."""

_SHORT_ID: Final = 15
_CASES: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

_PUSHED: Final = {
    "created": "CREATE",
    "updated": "UPDATE",
    "deleted": "DELETE",
    "undeleted": "UNDELETE",
}
_PREFIXES: Final = {
    "001": "Account",
    "003": "Contact",
    "006": "Opportunity",
    "00Q": "Lead",
    "500": "Case",
    "801": "Order",
}
"""The objects by the first characters of their ids: a PushTopic does not say which it is of."""


_AVRO_TYPES: Final = frozenset({"string", "boolean", "int", "long", "float", "double", "array"})
_AVRO_RECORDS: Final = "com.sforce.eventbus."


class Change(NamedTuple):
    """A change of one record of an object."""

    entity: str
    type: str
    """CREATE, UPDATE, DELETE, UNDELETE, or one of the gap events."""
    record_id: str
    id: str
    """Unique for the change, the same in every delivery; records that changed alike share it."""
    time_us: int
    version: int
    """Grows from change to change of a record."""
    tells_until: int
    """The last version of which this would tell, as a row tells of all changes before it."""
    fields: Mapping[str, Any]
    changed: AbstractSet[str]
    """Names of the fields that changed; of a new record those that have a value."""


class Message(NamedTuple):
    """What was published: its content, what CometD says beside it, and the channel if known."""

    content: dict[str, Any]
    about: dict[str, Any]
    channel: str


class _Header(msgspec.Struct, rename="camel"):
    entity_name: Id
    record_ids: tuple[Id, ...]
    change_type: Id
    transaction_key: Id
    sequence_number: int
    commit_timestamp: int
    changed_fields: tuple[str, ...] | None = None
    nulled_fields: tuple[str, ...] | None = None


class _Pushed(msgspec.Struct, rename="camel"):
    type: str
    replay_id: int | str
    created_date: str


def unwrapped(payload: dict[str, Any]) -> Message:
    """The message, whatever lies around it."""
    channel, data = payload.get("channel"), payload.get("data")
    if isinstance(channel, str) and isinstance(data, dict):
        payload = data
    content, about = payload.get("payload"), payload.get("event")
    fields = content if isinstance(content, dict) else payload
    return Message(
        content={field: _without_type(value) for field, value in fields.items()},
        about=about if isinstance(about, dict) else {},
        channel=channel if isinstance(channel, str) else "",
    )


def _without_type(value: Any) -> Any:
    """The value, without the type that Avro's own JSON encoding puts around one of a union."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((type_, within),) = value.items()
    return within if type_ in _AVRO_TYPES or type_.startswith(_AVRO_RECORDS) else value


def object_of(message: Message) -> str:
    """The object that the message is about, or "" if it is no change of one."""
    header = message.content.get(HEADER)
    if isinstance(header, dict):
        entity = header.get("entityName")
    else:
        record = message.content.get("sobject", message.content)
        entity = _object_named_by(record) if isinstance(record, dict) else None
        id_ = record.get("Id") if isinstance(record, dict) else None
        if entity is None and isinstance(id_, str):
            entity = _PREFIXES.get(id_[:3])
    return entity if isinstance(entity, str) else ""


def _object_named_by(record: dict[str, Any]) -> object:
    about = record.get("attributes")
    return record.get("_ObjectType") or (about.get("type") if isinstance(about, dict) else None)


def moment(value: object, field: str) -> int:
    """A time of a record: text in CometD, milliseconds elsewhere. Raises `Refused`."""
    if isinstance(value, str):
        return parse_time(value, field)
    if isinstance(value, int | float):
        return parse_milliseconds(value, field)
    raise Refused("bad_time", f"`{field}` must be a time")


def read_changes(message: Message, record_time_us: int) -> list[Change]:
    """The changes of this message, one for each record. Raises `Refused`."""
    if HEADER in message.content:
        return _captured(message.content)
    return [_pushed(message, record_time_us)]


def _captured(content: dict[str, Any]) -> list[Change]:
    header = strict_json.shaped(content[HEADER], _Header, HEADER)
    time_us = parse_milliseconds(header.commit_timestamp, f"{HEADER}.commitTimestamp")
    version = time_us + min(max(header.sequence_number, 0), _SEQUENCES - 1)
    change = Change(
        entity=header.entity_name,
        type=header.change_type,
        record_id="",
        id=f"{header.transaction_key}:{header.sequence_number}",
        time_us=time_us,
        version=version,
        tells_until=version,
        fields=content,
        changed=_changed(header, content),
    )
    record_ids = dict.fromkeys(map(_whole, header.record_ids))
    if not record_ids:
        raise Refused("missing_field", f"`{HEADER}.recordIds` is empty")
    return [change._replace(record_id=id_) for id_ in record_ids]


def _whole(id_: str) -> str:
    """An id with the three characters that stand for the case of its letters."""
    if len(id_) != _SHORT_ID or not id_.isascii() or not id_.isalnum():
        return id_
    return id_ + "".join(
        _CASES[sum(1 << place for place in range(5) if id_[start + place].isupper())]
        for start in (0, 5, 10)
    )


def _changed(header: _Header, content: dict[str, Any]) -> AbstractSet[str]:
    listed = header.changed_fields or ()
    if listed and not any("0x" in entry for entry in listed):
        return frozenset(listed)
    known = _by_position(listed, header.nulled_fields or (), list(content))
    if _ALWAYS_CHANGED in known:
        return known
    return {field for field, value in content.items() if value is not None}


def _by_position(listed: Collection[str], nulled: Collection[str], names: list[str]) -> set[str]:
    known: set[str] = set()
    for entry in (*listed, *nulled):
        parent, _, bits = entry.rpartition("-")
        try:
            positions = [int(parent)] if parent else _positions(bits)
        except ValueError:
            return set()
        if max(positions, default=0) >= len(names):
            return set()
        known.update(names[position] for position in positions)
    return known


def _positions(bits: str) -> list[int]:
    number = int(bits[:300], 16)
    return [position for position in range(number.bit_length()) if number >> position & 1]


def _pushed(message: Message, record_time_us: int) -> Change:
    record = message.content.get("sobject", message.content)
    id_ = record.get("Id") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(id_, str) or not id_:
        raise Refused(
            "missing_field",
            f"neither `{HEADER}` nor `Id` is there: this is no change of a record of Salesforce",
        )
    time_us, type_, order = _said(record, message.about, record_time_us)
    return Change(
        entity=object_of(message),
        type=_PUSHED.get(type_.lower(), ""),
        record_id=_whole(id_),
        id=f"push:{order}",
        time_us=time_us,
        version=time_us,
        tells_until=max(time_us + _UNTIL_NEXT_SECOND_US, _asked_for(record)),
        fields=record,
        changed=frozenset(),
    )


def _asked_for(record: dict[str, Any]) -> int:
    """The version of the gap after which `signalbox enrich` asked for the record, else 0."""
    asked = record.get(ASKED_FOR)
    return int(asked) if isinstance(asked, str) and asked.isdecimal() and len(asked) < 19 else 0


def _said(record: dict[str, Any], about: dict[str, Any], otherwise_us: int) -> tuple[int, str, str]:
    """The time, type and number in its channel of a PushTopic's message or a row."""
    if about:
        said = strict_json.shaped(about, _Pushed, "event")
        return parse_time(said.created_date, "event.createdDate"), said.type, str(said.replay_id)
    modified = record.get(_ALWAYS_CHANGED, record.get("SystemModstamp"))
    if "_EventType" in record:
        time_us = otherwise_us if modified is None else moment(modified, _ALWAYS_CHANGED)
        return time_us, str(record["_EventType"]), str(record.get("ReplayId", ""))
    if modified is None:
        raise Refused("missing_field", f"neither `_EventType` nor `{_ALWAYS_CHANGED}` is there")
    type_ = "deleted" if record.get("IsDeleted") is True else "created"
    return moment(modified, _ALWAYS_CHANGED), type_, "row"
