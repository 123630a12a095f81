"""Opening a record until no envelope is left: `enveloped` for the hot path, `opened` to see how.

Most records are plain JSON objects, so these are told by their first bytes: an object is looked at
only if its first key could begin an envelope.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from connectors.envelopes.array import ARRAY
from connectors.envelopes.compressed import COMPRESSED
from connectors.envelopes.envelope import Envelope, EnvelopeName, Opened
from connectors.envelopes.form import FORM
from connectors.refusal import Refused
from service.event import Failed, Item, Record

MAX_LAYERS: Final = 6
"""How many envelopes may lie in each other."""

TOO_MANY: Final = Failed(
    "too_many_envelopes", f"more than {MAX_LAYERS} envelopes lie in each other"
)

ENVELOPES: Final[dict[EnvelopeName, Envelope]] = {
    envelope.name: envelope for envelope in (COMPRESSED, ARRAY, FORM)
}
"""In the order in which they are looked for."""


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
    return not record.headers and record.value is not None and record.value[:1] == b"{"


def _opened(record: Record, named: Envelope | None, layers_left: int) -> Opening:
    try:
        name, parts = _outermost(record, named)
    except Refused as refused:
        return Opening((), (refused.failed,))
    if name is None:
        return Opening((), tuple(parts))
    if layers_left == 0:
        return Opening((name,), (TOO_MANY,))
    named = None if named is not None and named.name == name else named
    return _around(name, [_part(part, named, layers_left - 1) for part in parts])


def _outermost(
    record: Record, named: Envelope | None
) -> tuple[EnvelopeName | None, Sequence[Opened]]:
    for envelope in ENVELOPES.values():
        open_ = envelope.named if envelope is named else envelope.found
        if (parts := open_(record)) is not None:
            return envelope.name, parts
    if named is not None:
        raise Refused("no_envelope", f"the record is in no envelope `{named.name}`")
    return None, (record,)


def _part(part: Opened, named: Envelope | None, layers_left: int) -> Opening:
    if isinstance(part, Record):
        return _opened(part, named, layers_left)
    return Opening((), (part,))


def _around(name: EnvelopeName, openings: Sequence[Opening]) -> Opening:
    layers = dict.fromkeys(layer for opening in openings for layer in opening.layers)
    return Opening((name, *layers), tuple(part for opening in openings for part in opening.parts))
