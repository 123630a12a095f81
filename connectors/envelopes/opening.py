"""Opening a record until no envelope is left: `enveloped` for the hot path, `opened` to see how.

Most records are plain JSON objects, so these are told by their first bytes: an object is looked at
only if its first key could begin an envelope.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from connectors.envelopes import cloudevents, debezium, eventbridge
from connectors.envelopes.array import ARRAY
from connectors.envelopes.cloudevents import CLOUDEVENTS
from connectors.envelopes.compressed import COMPRESSED
from connectors.envelopes.debezium import DEBEZIUM
from connectors.envelopes.envelope import Envelope, EnvelopeName, Opened
from connectors.envelopes.eventbridge import EVENTBRIDGE
from connectors.envelopes.form import FORM
from connectors.envelopes.kafka_connect import CONNECT_FIELDS, KAFKA_CONNECT, begins_wrapped
from connectors.envelopes.schema_registry import schema_registry
from connectors.envelopes.schemas import ID_HEADERS, NO_SCHEMAS, Schemas
from connectors.envelopes.text import TEXT
from connectors.refusal import Refused
from service.event import Failed, Item, Record

MAX_LAYERS: Final = 6
"""How many envelopes may lie in each other."""

TOO_MANY: Final = Failed(
    "too_many_envelopes", f"more than {MAX_LAYERS} envelopes lie in each other"
)

_TELLING: Final = frozenset(
    {"content-type", "content-encoding", "ce_specversion", "ce-specversion", *ID_HEADERS}
)
"""Headers that may say that there is an envelope."""

_OF_CHANGES: Final = frozenset(key.encode() for key in debezium.FIELDS)
_OF_CONNECT: Final = frozenset(key.encode() for key in CONNECT_FIELDS)
_OF_CLOUDEVENTS: Final = frozenset(key.encode() for key in cloudevents.ATTRIBUTES)
_OF_EVENTBRIDGE: Final = frozenset(key.encode() for key in eventbridge.FIELDS)


class Opening(NamedTuple):
    """How a record was opened: the envelopes, outermost first, and what they held."""

    layers: tuple[EnvelopeName, ...]
    parts: tuple[Opened, ...]


def enveloped(
    convert: Callable[[Record], list[Item]],
    name: EnvelopeName | None,
    schemas: Schemas = NO_SCHEMAS,
) -> Callable[[Record], list[Item]]:
    """`convert` for records in envelopes; `name` is what the source says of them, if it does."""
    if name == "plain":
        return convert
    envelopes = _envelopes(schemas)

    def convert_opened(record: Record) -> list[Item]:
        if name is None and _surely_plain(record):
            return convert(record)
        items: list[Item] = []
        for part in _opened(record, envelopes, name, MAX_LAYERS).parts:
            if isinstance(part, Record):
                items += convert(part)
            else:
                items.append(part)
        return items

    return convert_opened


def opened(
    record: Record, name: EnvelopeName | None = None, schemas: Schemas = NO_SCHEMAS
) -> Opening:
    """What `record` holds. Never raises: what cannot be opened is a failed part."""
    if name == "plain":
        return Opening((), (record,))
    return _opened(record, _envelopes(schemas), name, MAX_LAYERS)


def _envelopes(schemas: Schemas) -> tuple[Envelope, ...]:
    """All envelopes, in the order in which they are looked for."""
    framed = schema_registry(schemas)
    return (
        COMPRESSED,
        framed,
        CLOUDEVENTS,
        EVENTBRIDGE,
        ARRAY,
        FORM,
        DEBEZIUM,
        KAFKA_CONNECT,
        TEXT,
    )


def _surely_plain(record: Record) -> bool:
    """Whether no envelope can be around it, told by its headers and its first key."""
    value = record.value
    if value is None or value[:1] != b"{" or debezium.was_unwrapped(value):
        return False
    begin = value.find(b'"') + 1
    first_key = value[begin : value.find(b'"', begin)]
    if first_key in _OF_CHANGES or (first_key in _OF_CONNECT and begins_wrapped(value)):
        return False
    if first_key in _OF_CLOUDEVENTS and b'"specversion"' in value:
        return False
    if first_key in _OF_EVENTBRIDGE and eventbridge.MARK in value:
        return False
    for name, text in record.headers:
        if name.lower() in _TELLING and text != b"application/json":
            return False
    return True


def _opened(
    record: Record,
    envelopes: Sequence[Envelope],
    named: EnvelopeName | None,
    layers_left: int,
) -> Opening:
    for envelope in envelopes:
        name = envelope.name
        try:
            parts = (envelope.named if name == named else envelope.found)(record)
        except Refused as refused:
            return Opening((name,), (refused.failed,))
        if parts is not None and layers_left == 0:
            return Opening((name,), (TOO_MANY,))
        if parts is not None:
            inner = None if name == named else named
            return _around(name, [_part(p, envelopes, inner, layers_left - 1) for p in parts])
    return Opening((), (record,)) if named is None else Opening((), (_missing(named),))


def _missing(named: EnvelopeName) -> Failed:
    return Failed("no_envelope", f"the record is in no envelope `{named}`")


def _part(
    part: Opened, envelopes: Sequence[Envelope], named: EnvelopeName | None, layers_left: int
) -> Opening:
    if isinstance(part, Record):
        return _opened(part, envelopes, named, layers_left)
    return Opening((), (part,))


def _around(name: EnvelopeName, openings: Sequence[Opening]) -> Opening:
    layers = dict.fromkeys(layer for opening in openings for layer in opening.layers)
    return Opening((name, *layers), tuple(part for opening in openings for part in opening.parts))
