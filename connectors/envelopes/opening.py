"""Opening a record until no envelope is left: `enveloped` for the hot path, `opened` to see how.

Most records are plain JSON objects, so these are told by their first bytes: an object is looked at
only if its first key could begin an envelope.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from connectors.envelopes import cloudevents, debezium
from connectors.envelopes.array import ARRAY
from connectors.envelopes.cloudevents import CLOUDEVENTS
from connectors.envelopes.compressed import COMPRESSED
from connectors.envelopes.debezium import DEBEZIUM
from connectors.envelopes.envelope import Envelope, EnvelopeName, Opened
from connectors.envelopes.first_key import begins_with_key
from connectors.envelopes.form import FORM
from connectors.envelopes.kafka_connect import CONNECT_FIELDS, KAFKA_CONNECT
from connectors.envelopes.text import TEXT
from connectors.refusal import Refused
from service.event import Failed, Item, Record

MAX_LAYERS: Final = 6
"""How many envelopes may lie in each other."""

TOO_MANY: Final = Failed(
    "too_many_envelopes", f"more than {MAX_LAYERS} envelopes lie in each other"
)

ENVELOPES: Final[dict[EnvelopeName, Envelope]] = {
    envelope.name: envelope
    for envelope in (COMPRESSED, CLOUDEVENTS, ARRAY, FORM, DEBEZIUM, KAFKA_CONNECT, TEXT)
}
"""In the order in which they are looked for."""


_TELLING: Final = frozenset(
    {"content-type", "content-encoding", "ce_specversion", "ce-specversion"}
)
"""Headers that may say that there is an envelope."""

_begins_change: Final = begins_with_key((*debezium.FIELDS, *CONNECT_FIELDS))
_begins_cloudevent: Final = begins_with_key(cloudevents.ATTRIBUTES)


class Opening(NamedTuple):
    """How a record was opened: the envelopes, outermost first, and what they held."""

    layers: tuple[EnvelopeName, ...]
    parts: tuple[Opened, ...]


def enveloped(
    convert: Callable[[Record], list[Item]], name: EnvelopeName | None
) -> Callable[[Record], list[Item]]:
    """`convert` for records in envelopes; `name` is what the source says of them, if it does."""
    if name == "plain":
        return convert

    def convert_opened(record: Record) -> list[Item]:
        if name is None and _surely_plain(record):
            return convert(record)
        items: list[Item] = []
        for part in opened(record, name).parts:
            if isinstance(part, Record):
                items += convert(part)
            else:
                items.append(part)
        return items

    return convert_opened


def opened(record: Record, name: EnvelopeName | None = None) -> Opening:
    """What `record` holds. Never raises: what cannot be opened is a failed part."""
    if name == "plain":
        return Opening((), (record,))
    return _opened(record, None if name is None else ENVELOPES[name], MAX_LAYERS)


def _surely_plain(record: Record) -> bool:
    """Whether no envelope can be around it, told by its headers and its first key."""
    value = record.value
    if value is None or value[:1] != b"{" or _begins_change(value):
        return False
    if _begins_cloudevent(value) and b'"specversion"' in value:
        return False
    for name, text in record.headers:
        if name.lower() in _TELLING and text != b"application/json":
            return False
    return True


def _opened(record: Record, named: Envelope | None, layers_left: int) -> Opening:
    for envelope in ENVELOPES.values():
        open_ = envelope.named if envelope is named else envelope.found
        try:
            parts = open_(record)
        except Refused as refused:
            return Opening((envelope.name,), (refused.failed,))
        if parts is not None and layers_left == 0:
            return Opening((envelope.name,), (TOO_MANY,))
        if parts is not None:
            inner = None if envelope is named else named
            return _around(envelope.name, [_part(part, inner, layers_left - 1) for part in parts])
    return Opening((), (record,)) if named is None else Opening((), (_missing(named),))


def _missing(named: Envelope) -> Failed:
    return Failed("no_envelope", f"the record is in no envelope `{named.name}`")


def _part(part: Opened, named: Envelope | None, layers_left: int) -> Opening:
    if isinstance(part, Record):
        return _opened(part, named, layers_left)
    return Opening((), (part,))


def _around(name: EnvelopeName, openings: Sequence[Opening]) -> Opening:
    layers = dict.fromkeys(layer for opening in openings for layer in opening.layers)
    return Opening((name, *layers), tuple(part for opening in openings for part in opening.parts))
