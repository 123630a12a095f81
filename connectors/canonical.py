"""`canonical`: events that are already in our form, one JSON object a record.

| field              | what                                                                       |
|--------------------|----------------------------------------------------------------------------|
| `id`               | unique in the system for ever, the same on every delivery                  |
| `kind`             | of the catalogue, or a private one that begins with `x.`                   |
| `occurred_at`      | ISO 8601 with its zone: `2025-01-08T16:45:20.5Z`                           |
| `subject`          | `{"namespace": "user", "value": "9"}`: the identifier that the event names |
| `identifiers`      | a list of further ones                                                     |
| `links`            | a list of `{"one": ..., "other": ..., "strength": "strong" or "weak"}`     |
| `fact`             | `{"id": ..., "version": 7}` of what is restated; the greater version counts |
| `title`, `text`    | what the customer wrote                                                    |
| `channel`, `language`, `status`, `previous_status` | text                                       |
| `tags`             | a list of texts                                                            |
| `score`            | `{"value": 4, "low": 1, "high": 5, "best": 5}`                             |
| `money`            | `{"amount": "12.50", "currency": "EUR"}`                                   |
| `attributes`       | an object of texts, numbers, true and false, at most 64                    |
| `retracted`        | `true`: the fact no longer holds; with `id`, `occurred_at`, `fact` only     |

`id`, `kind`, `occurred_at` and `subject` must be there, all else may be absent; an unknown field is
refused, and so are a score outside its scale and a kind that is not known. An event type for
`ignore` of the source is a kind.
"""

from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import IGNORED_BY_SOURCE, Connector, ConnectorOptions, Convert, total
from connectors.money import parse_money
from connectors.refusal import Refused
from connectors.timestamps import parse_time
from service.event import (
    KINDS,
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Item,
    Link,
    Money,
    Record,
    Retraction,
    Score,
)


class _Money(msgspec.Struct, forbid_unknown_fields=True):
    amount: str | int | float
    currency: str


class _Written(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The record as it is written."""

    id: str
    occurred_at: str
    kind: str = ""
    subject: Identifier | None = None
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[Link, ...] = ()
    fact: Fact | None = None
    retracted: bool = False
    title: str = ""
    text: str = ""
    channel: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    score: Score | None = None
    money: _Money | None = None
    status: str = ""
    previous_status: str = ""
    attributes: dict[str, AttributeValue] = {}


_decode: Final = msgspec.json.Decoder(_Written).decode
_encode: Final = msgspec.json.Encoder().encode

_OF_A_RETRACTION: Final = frozenset({"id", "occurred_at", "kind", "subject", "fact", "retracted"})


def open_canonical(options: ConnectorOptions) -> Convert:
    """What converts the records of a source with these options."""
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        written = _read(record.value)
        if written.kind in ignored:
            return [IGNORED_BY_SOURCE]
        return [_retraction(written) if written.retracted else _event(written)]

    return total(read)


CANONICAL: Final = Connector(
    name="canonical",
    options=ConnectorOptions,
    open=open_canonical,
    ignored={},
    kinds=lambda _: KINDS,
    arrival=(
        "Whatever writes to the topic writes this form itself. Nothing is lost on the way that is "
        "needed: everything lies in the value, nothing in key or headers."
    ),
)


def record_schema() -> dict[str, Any]:
    """The JSON Schema of a record, without its dialect."""
    schema = msgspec.json.schema(_Written)
    written = schema["$defs"]["_Written"]
    written["properties"]["kind"] = {"anyOf": [{"enum": sorted(KINDS)}, {"pattern": r"^x\..+"}]}
    written["properties"]["occurred_at"]["format"] = "date-time"
    of_event = {"required": ["kind", "subject"]}
    of_retraction = {"required": ["fact", "retracted"]}
    return {
        **written,
        "title": "An event in Signalbox's own form",
        "anyOf": [of_event, of_retraction],
        "$defs": {name: part for name, part in schema["$defs"].items() if name != "_Written"},
    }


def _read(raw: bytes | None) -> _Written:
    written = strict_json.decoded(raw, _decode)
    # A field written with its default is not encoded again: then the generic check decides.
    strict_json.check_repeats(raw, _encode(written))
    return written


def _event(written: _Written) -> Event:
    if written.subject is None or not written.kind:
        raise Refused("missing_field", f"`{'subject' if written.kind else 'kind'}` is missing")
    return Event(
        id=written.id,
        kind=written.kind,
        occurred_at_us=parse_time(written.occurred_at, "occurred_at"),
        subject=written.subject,
        identifiers=written.identifiers,
        links=written.links,
        fact=written.fact,
        title=written.title,
        text=written.text,
        channel=written.channel,
        language=written.language,
        tags=written.tags,
        score=written.score,
        money=None if written.money is None else _money(written.money),
        status=written.status,
        previous_status=written.previous_status,
        attributes=written.attributes,
    )


def _retraction(written: _Written) -> Retraction:
    if written.fact is None:
        raise Refused("missing_field", "`fact` is missing: a retraction says which fact it takes")
    content = set(written.__struct_fields__) - _OF_A_RETRACTION
    if any(getattr(written, name) for name in content):
        raise Refused("unknown_field", "a retraction has no content beside its fact")
    time_us = parse_time(written.occurred_at, "occurred_at")
    return Retraction(id=written.id, fact=written.fact, occurred_at_us=time_us)


def _money(written: _Money) -> Money:
    return parse_money(written.amount, written.currency, "money.amount")
