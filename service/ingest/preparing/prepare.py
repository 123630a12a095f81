"""From fetched records to prepared items: everything that needs no state, ahead of the commit.

`prepare` is pure. One bad item fails alone: whatever a connector does with a record, each of its
items ends up as an event to be weighed, as ignored, or as a dead letter with a reason that holds
no value of a customer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from service.canonical import CanonicalEvent, digest, encode, fact_key
from service.event import (
    Event,
    Failed,
    Identifier,
    Ignored,
    Item,
    Link,
    Record,
    Retraction,
)
from service.identity.keys import Identified, IdentifierRow
from service.ingest.preparing.enrichment import told_key
from service.ingest.preparing.prepared import (
    DeadItem,
    IgnoredItem,
    LinkRow,
    Prepared,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Span,
)
from service.ingest.preparing.revision import Reader, Revision

MAX_TIME_US: Final = 253_402_300_799_000_000
"""The last second of the year 9999."""

RETRACTED: Final = digest(b"retracted")
"""The digest of a version without content."""

NOTHING_RETRACTED: Final = Failed(
    "invalid_retraction", "a retraction needs a version above that of its content"
)

NOT_UNICODE: Final = Failed("invalid_text", "a text is not whole Unicode")

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
    items: list[PreparedItem] = []
    for span in spans:
        reader = revision.readers.get(span.topic)
        if reader is None:
            items += [IgnoredItem(record, 0, "no_source") for record in span.records]
        else:
            door = _Door(reader, revision, limits)
            for record in span.records:
                items += door.items(record)
    errors = [
        rule for item in items if type(item) is PreparedEvent for rule in item.candidates.errors
    ]
    return Prepared(revision.id, spans, tuple(items), tuple(errors))


class _Spot(msgspec.Struct, frozen=True, gc=False):
    """Which item of a record, and among how many."""

    record: Record
    item: int
    among: int


class _Door:
    """What every record of one source goes through."""

    def __init__(self, reader: Reader, revision: Revision, limits: Limits) -> None:
        self._source = reader.source
        self._convert = reader.convert
        self._identify = reader.identify
        self._revision = revision
        self._limits = limits

    def items(self, record: Record) -> list[PreparedItem]:
        """The items of a record, each as far as it goes without any state."""
        converted = self._converted(record)
        among = len(converted)
        return [
            self._prepared(_Spot(record, number, among), item)
            for number, item in enumerate(converted)
        ]

    def _converted(self, record: Record) -> Sequence[Item]:
        limit = self._limits.record_bytes
        if record.value is not None and len(record.value) > limit:
            return (Failed("too_large", f"the record has more than {limit} bytes"),)
        try:
            return self._convert(record) or NO_ITEM
        except Exception as error:  # noqa: BLE001 - a connector's mistake may cost its record, no more
            return (Failed("connector_error", f"the connector raised {type(error).__name__}"),)

    def _prepared(self, spot: _Spot, item: Item) -> PreparedItem:
        if isinstance(item, Event):
            failed = _refusal(item, spot.record, self._limits)
            if failed is None:
                return self._event(spot, item)
        elif isinstance(item, Retraction):
            if item.fact.version != 0:
                return self._retraction(spot, item)
            failed = NOTHING_RETRACTED
        elif isinstance(item, Ignored):
            tells = told_key(self._source.system, item.tells)
            return IgnoredItem(spot.record, spot.item, item.reason, tells)
        else:
            failed = item
        return self._dead(spot, failed)

    def _dead(self, spot: _Spot, failed: Failed) -> DeadItem:
        awaits = told_key(self._source.system, failed.awaits)
        return DeadItem(
            record=spot.record,
            item=spot.item,
            source=self._source.id,
            reason=failed.reason,
            detail=failed.detail,
            record_items=spot.among,
            awaits=awaits,
        )

    def _retraction(self, spot: _Spot, retraction: Retraction) -> PreparedRetraction:
        system, fact = self._source.system, retraction.fact
        return PreparedRetraction(
            record=spot.record,
            item=spot.item,
            source=self._source.id,
            fact=fact_key(system, fact.id),
            version=fact.version,
            digest=RETRACTED,
            tells=told_key(system, retraction.tells),
        )

    def _event(self, spot: _Spot, event: Event) -> PreparedEvent | DeadItem:
        try:
            subject = self._identified(event.subject)
            others = tuple(map(self._identified, event.identifiers)) if event.identifiers else ()
            canonical = self._canonical(event, subject, others)
            document = encode(canonical)
            links = self._links(event.links) if event.links else ()
        except UnicodeEncodeError:
            return self._dead(spot, NOT_UNICODE)
        candidates = self._revision.router.candidates(canonical)
        final = candidates.final
        return PreparedEvent(
            record=spot.record,
            item=spot.item,
            source=self._source.id,
            fact=fact_key(canonical.system, canonical.fact_id),
            version=canonical.version,
            digest=digest(document),
            event=canonical,
            document=document,
            customer=subject.row.key,
            candidates=candidates,
            settled=None if final is None else self._revision.settled(canonical, final),
            identifiers=_rows(subject, others),
            links=links,
            tells=told_key(canonical.system, event.tells),
        )

    def _identified(self, identifier: Identifier) -> Identified:
        return self._identify(identifier.namespace, identifier.value, self._source.system)

    def _canonical(
        self, event: Event, subject: Identified, others: Sequence[Identified]
    ) -> CanonicalEvent:
        source, fact = self._source, event.fact
        keeps_text = source.text != "drop"
        limit_bytes = self._limits.text_bytes
        attributes = event.attributes
        return CanonicalEvent(
            system=source.system,
            id=event.id,
            kind=event.kind,
            occurred_at_us=event.occurred_at_us,
            subject=subject.subject,
            fact_id=fact.id if fact else event.id,
            version=fact.version if fact else 0,
            identifiers=tuple([other.subject for other in others]) if others else (),
            title=cut(event.title, limit_bytes) if keeps_text else "",
            text=cut(event.text, limit_bytes) if keeps_text else "",
            channel=event.channel,
            language=event.language,
            tags=event.tags,
            score=event.score,
            money=event.money,
            status=event.status,
            previous_status=event.previous_status,
            attributes={**attributes, **source.attributes} if source.attributes else attributes,
        )

    def _links(self, links: Iterable[Link]) -> tuple[LinkRow, ...]:
        return tuple(self._link(link) for link in links if link.one != link.other)

    def _link(self, link: Link) -> LinkRow:
        one, other = self._identified(link.one).row.key, self._identified(link.other).row.key
        return LinkRow(min(one, other), max(one, other), link.strength)


def _refusal(event: Event, record: Record, limits: Limits) -> Failed | None:
    """Why an event cannot be kept although it is whole."""
    if len(event.attributes) > limits.attributes:
        return Failed("too_many_attributes", f"more than {limits.attributes} attributes")
    if record.time_us < 0:
        return Failed("no_record_time", "the record carries no time")
    if not 0 <= event.occurred_at_us <= MAX_TIME_US:
        return Failed("time_out_of_range", "the event lies before 1970 or after 9999")
    if event.occurred_at_us > record.time_us + limits.ahead_us:
        ahead_h = limits.ahead_us / 3_600_000_000
        return Failed("in_the_future", f"the event lies more than {ahead_h:g} h after its record")
    return None


def cut(text: str, limit_bytes: int) -> str:
    """The longest beginning of `text` that has at most `limit_bytes` bytes of UTF-8."""
    if len(text) * 4 <= limit_bytes:
        return text
    encoded = text.encode()
    if len(encoded) <= limit_bytes:
        return text
    return encoded[:limit_bytes].decode(errors="ignore")


def _rows(subject: Identified, others: Iterable[Identified]) -> tuple[IdentifierRow, ...]:
    return (subject.row, *[other.row for other in others]) if others else (subject.row,)
