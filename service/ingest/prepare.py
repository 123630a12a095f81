"""From fetched records to prepared items: everything that needs no state, ahead of the commit.

`prepare` is pure. One bad item fails alone: whatever a connector does with a record, each of its
items ends up as an event to be weighed, as ignored, or as a dead letter with a reason that holds
no value of a customer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from service.canonical import CanonicalEvent, Subject, digest, encode, fact_key
from service.event import Event, Fact, Failed, Ignored, Item, Link, Record, Retraction, known_kind
from service.facts.weighing import Statement
from service.ingest.prepared import (
    DeadItem,
    IdentifierRow,
    IgnoredItem,
    LinkRow,
    Prepared,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Settled,
    Span,
    place_of,
)
from service.ingest.revision import Reader, Revision
from service.routing import Placement

MAX_ID_CHARACTERS: Final = 512
MAX_TIME_US: Final = 253_402_300_799_000_000
"""The last second of the year 9999."""

MAX_VERSION: Final = 2**63 - 1

RETRACTED: Final = digest(b"retracted")
"""The digest of a version without content."""

INVALID_RETRACTION: Final = Failed(
    "invalid_retraction",
    "a retraction needs the id of a fact and a version above that of its content",
)

NO_ITEM: Final = (Ignored("no_item"),)


@dataclass(frozen=True)
class Limits:
    """The bounds of DESIGN section 8 that a record meets."""

    record_bytes: int = 1_048_576
    text_bytes: int = 16_384
    attributes: int = 64
    ahead_us: int = 86_400_000_000


def prepare(spans: Iterable[Span], revision: Revision, limits: Limits) -> Prepared:
    """Prepare the records of `spans` under one revision. Never raises for what a record holds."""
    spans = tuple(spans)
    items = tuple(
        item
        for span in spans
        for record in span.records
        for item in _of_record(record, Terms(revision, limits))
    )
    errors = tuple(
        rule for item in items if isinstance(item, PreparedEvent) for rule in item.candidates.errors
    )
    return Prepared(revision.id, spans, items, errors)


class Terms(NamedTuple):
    """By what a record is prepared."""

    revision: Revision
    limits: Limits


class Spot(NamedTuple):
    """Which item of which record of which source."""

    record: Record
    item: int
    reader: Reader
    record_items: int

    def dead(self, failed: Failed) -> DeadItem:
        """The item as a dead letter."""
        source = self.reader.source.id
        return DeadItem(
            self.record, self.item, source, failed.reason, failed.detail, self.record_items
        )

    def stated(self, version: int, content: bytes) -> Statement:
        """What the item states of its fact."""
        return Statement(version, content, place_of(self.record, self.item))


def _of_record(record: Record, terms: Terms) -> Iterator[PreparedItem]:
    reader = terms.revision.readers.get(record.position.topic)
    if reader is None:
        yield IgnoredItem(record, 0, "no_source")
        return
    items = _items(record, reader, terms.limits)
    for number, item in enumerate(items):
        yield _prepared(Spot(record, number, reader, len(items)), item, terms)


def _items(record: Record, reader: Reader, limits: Limits) -> Sequence[Item]:
    if record.value is not None and len(record.value) > limits.record_bytes:
        return (Failed("too_large", f"the record has more than {limits.record_bytes} bytes"),)
    try:
        return reader.convert(record) or NO_ITEM
    except Exception as error:  # noqa: BLE001 - a connector's mistake may cost its record, no more
        return (Failed("connector_error", f"the connector raised {type(error).__name__}"),)


def _prepared(spot: Spot, item: Item, terms: Terms) -> PreparedItem:
    if isinstance(item, Event):
        failed = _refusal(item, spot.record, terms.limits)
        return _event(spot, item, terms) if failed is None else spot.dead(failed)
    if isinstance(item, Retraction):
        return _retraction(spot, item)
    if isinstance(item, Ignored):
        return IgnoredItem(spot.record, spot.item, item.reason)
    return spot.dead(item)


def _refusal(event: Event, record: Record, limits: Limits) -> Failed | None:
    """Why an event cannot be kept, whatever its connector thinks of it."""
    if not known_kind(event.kind):
        return Failed("unknown_kind", "the kind is not in the catalogue and has no x. in front")
    if len(event.attributes) > limits.attributes:
        return Failed("too_many_attributes", f"more than {limits.attributes} attributes")
    return _untimely(event, record, limits) or _unnamable(event)


def _untimely(event: Event, record: Record, limits: Limits) -> Failed | None:
    if record.time_us < 0:
        return Failed("no_record_time", "the record carries no time")
    if not 0 <= event.occurred_at_us <= MAX_TIME_US:
        return Failed("time_out_of_range", "the event lies before 1970 or after 9999")
    if event.occurred_at_us > record.time_us + limits.ahead_us:
        ahead_h = limits.ahead_us / 3_600_000_000
        return Failed("in_the_future", f"the event lies more than {ahead_h:g} h after its record")
    return None


def _unnamable(event: Event) -> Failed | None:
    fact = event.fact or Fact(event.id, 0)
    if not all(0 < len(text) <= MAX_ID_CHARACTERS for text in (event.id, fact.id)):
        return Failed("invalid_id", f"an id needs 1 to {MAX_ID_CHARACTERS} characters")
    if abs(fact.version) > MAX_VERSION:
        return Failed("invalid_version", "a version needs to fit into 64 bits")
    return None if _without_nul(event) else Failed("invalid_text", "an id or attribute holds NUL")


def _without_nul(event: Event) -> bool:
    """PostgreSQL's text cannot hold NUL, and these lie in columns: ids, attributes, identifiers."""
    columns = [event.id, event.subject.namespace, event.subject.value]
    for identifier in event.identifiers:
        columns += (identifier.namespace, identifier.value)
    columns += [value for value in event.attributes.values() if isinstance(value, str)]
    return "\0" not in "".join(columns)


def _event(spot: Spot, event: Event, terms: Terms) -> PreparedEvent | DeadItem:
    reader = spot.reader
    try:
        canonical = _canonical(event, reader, terms.limits)
        document = encode(canonical)
    except UnicodeEncodeError:
        return spot.dead(Failed("invalid_text", "a text is not whole Unicode"))
    candidates = terms.revision.router.candidates(canonical)
    return PreparedEvent(
        record=spot.record,
        item=spot.item,
        source=reader.source.id,
        fact=fact_key(canonical.system, canonical.fact_id),
        statement=spot.stated(canonical.version, digest(document)),
        event=canonical,
        document=document,
        customer=bytes.fromhex(canonical.subject.key),
        candidates=candidates,
        settled=_settled(canonical, candidates.final, terms.revision),
        identifiers=tuple(
            _identifier_row(subject) for subject in (canonical.subject, *canonical.identifiers)
        ),
        links=tuple(_link_row(link, reader) for link in event.links if link.one != link.other),
    )


def _settled(
    event: CanonicalEvent, placements: tuple[Placement, ...] | None, revision: Revision
) -> Settled | None:
    if placements is None:
        return None
    places = [placement.touchpoint for placement in placements]
    return Settled(placements, revision.measures.contributions(event, places))


def _canonical(event: Event, reader: Reader, limits: Limits) -> CanonicalEvent:
    source = reader.source
    return CanonicalEvent(
        system=source.system,
        id=event.id,
        kind=event.kind,
        occurred_at_us=event.occurred_at_us,
        subject=reader.subject(event.subject, source.system),
        fact_id=event.fact.id if event.fact else event.id,
        version=event.fact.version if event.fact else 0,
        identifiers=tuple(reader.subject(i, source.system) for i in event.identifiers),
        title="" if source.text == "drop" else cut(event.title, limits.text_bytes),
        text="" if source.text == "drop" else cut(event.text, limits.text_bytes),
        channel=event.channel,
        language=event.language,
        tags=event.tags,
        score=event.score,
        money=event.money,
        status=event.status,
        previous_status=event.previous_status,
        attributes={**event.attributes, **source.attributes},
    )


def cut(text: str, limit_bytes: int) -> str:
    """The longest beginning of `text` that has at most `limit_bytes` bytes of UTF-8."""
    if len(text) * 4 <= limit_bytes:
        return text
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    return encoded[:limit_bytes].decode(errors="ignore")


def _retraction(spot: Spot, item: Retraction) -> PreparedRetraction | DeadItem:
    fact = item.fact
    named = 0 < len(fact.id) <= MAX_ID_CHARACTERS and "\0" not in fact.id
    if not named or fact.version == 0 or abs(fact.version) > MAX_VERSION:
        return spot.dead(INVALID_RETRACTION)
    return PreparedRetraction(
        record=spot.record,
        item=spot.item,
        source=spot.reader.source.id,
        fact=fact_key(spot.reader.source.system, fact.id),
        statement=spot.stated(fact.version, RETRACTED),
    )


def _identifier_row(subject: Subject) -> IdentifierRow:
    return IdentifierRow(bytes.fromhex(subject.key), subject.namespace, subject.value or None)


def _link_row(link: Link, reader: Reader) -> LinkRow:
    keys = sorted(
        bytes.fromhex(reader.subject(end, reader.source.system).key)
        for end in (link.one, link.other)
    )
    return LinkRow(keys[0], keys[1], link.strength)
