"""One entry of `events`, compiled: what a payload gives by it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from connectors.contract import IGNORED_BY_SOURCE
from connectors.mapping import asking
from connectors.mapping.asking import Ask
from connectors.mapping.moments import reader
from connectors.mapping.options import EventOf, FactOf, Kind, Moment, MoneyOf, ScoreOf
from connectors.money import exponent_of, parse_minor, parse_money
from connectors.refusal import Refused, unknown_type
from service.event import Event, Fact, Identifier, Item, Link, Money, Retraction, Score
from service.routing import Seen

T = TypeVar("T")

Part: TypeAlias = Callable[[Seen], Any]
"""What computes one field of an event. Raises `Refused`."""

OPERATION: Final = "debezium_op"
"""The header that says what became of a row, and what it says of one that is gone."""
DELETED: Final = "d"

TEXTS: Final = ("title", "text", "channel", "language", "status", "previous_status")


class Entry(NamedTuple):
    """What gives one event of a payload, or of each item of a list in it."""

    of_deleted: bool
    """Whether it is about rows that were deleted, too."""
    each: Ask | None
    when: Callable[[Seen], bool]
    retracted: Callable[[Seen], bool]
    type: Part
    """The event type, as `ignore` of the source names it."""
    kinds: Mapping[str, str]
    """By event type."""
    parts: Mapping[str, Part]
    """All fields of the event but its kind and whom it is about."""
    who: "Who"

    def items(self, payload: Seen, ignored: frozenset[str]) -> Iterator[Item]:
        """What a payload gives by this entry; each item of the list fails alone."""
        try:
            each = self.each
            instances = [payload] if each is None else asking.seen_of_each(payload, each(payload))
        except Refused as refused:
            yield refused.failed
            return
        for values in instances:
            try:
                if self.when(values):
                    yield self._item(values, ignored)
            except Refused as refused:
                yield refused.failed

    def _item(self, values: Seen, ignored: frozenset[str]) -> Item:
        type_ = self.type(values)
        if type_ in ignored:
            return IGNORED_BY_SOURCE
        if type_ not in self.kinds:
            raise unknown_type(type_)
        if self.retracted(values):
            stated = ("id", "fact", "occurred_at_us")
            return Retraction(**{field: self.parts[field](values) for field in stated})
        parts = {field: part(values) for field, part in self.parts.items()}
        return Event(kind=self.kinds[type_], **self.who.fields(values), **parts)


class Who(NamedTuple):
    """Whom an event is about: the namespaces with their expressions, the subject's first."""

    asked: tuple[tuple[str, Ask], ...]
    links: Mapping[str, Any]

    def fields(self, values: Seen) -> dict[str, Any]:
        """The event's `subject`, `identifiers` and `links`."""
        subject, *others = self._identifiers(values) or (None,)
        if subject is None:
            raise Refused("missing_field", "`subject`: the payload does not have it")
        different = tuple(dict.fromkeys(other for other in others if other != subject))
        links = [
            Link(subject, other, self.links[other.namespace])
            for other in different
            if other.namespace in self.links
        ]
        return {"subject": subject, "identifiers": different, "links": tuple(links)}

    def _identifiers(self, values: Seen) -> list[Identifier]:
        return [
            Identifier(namespace, asking.name(value, namespace))
            for namespace, ask in self.asked
            for value in asking.several(ask(values))
            if value != ""
        ]


def entry_of(written: EventOf) -> Entry:
    """The entry that is written so."""
    return Entry(
        of_deleted=written.retract is not None or OPERATION in (written.when or ""),
        each=None if written.each is None else asking.asking(written.each, "each"),
        when=asking.holding(written.when, "when", otherwise=True),
        retracted=asking.holding(written.retract, "retract", otherwise=False),
        type=_type(written.kind),
        kinds=written.kind.is_ or {written.kind.always: written.kind.always},
        parts=_parts(written),
        who=_who(written),
    )


def _parts(written: EventOf) -> dict[str, Part]:
    parts = {
        "id": asking.needed(written.id, "id", asking.name),
        "occurred_at_us": _time(written.time, "time"),
        "fact": _if_written(written.fact, _fact),
        "score": _if_written(written.score, _score),
        "money": _if_written(written.money, _money),
        "tags": _if_written(written.tags, _tags),
        "attributes": _if_written(written.attributes, _attributes),
        **{field: _text(getattr(written, field), field) for field in TEXTS},
    }
    return {field: part for field, part in parts.items() if part is not None}


def _if_written(written: T | None, part: Callable[[T], Part]) -> Part | None:
    return part(written) if written else None


def _text(source: str | None, field: str) -> Part | None:
    if source is None:
        return None
    ask = asking.asking(source, field)
    return lambda values: asking.text(ask(values), field)


def _type(kind: Kind) -> Part:
    if kind.of is None:
        return lambda _: kind.always
    return asking.needed(kind.of, "kind", asking.name)


def _time(moment: Moment, field: str) -> Part:
    return asking.needed(moment.at, field, reader(moment))


def _fact(fact: FactOf) -> Part:
    id_, version = asking.needed(fact.id, "fact.id", asking.name), _version(fact.version)
    return lambda values: Fact(id_(values), version(values))


def _version(moment: Moment) -> Part:
    read = reader(moment)

    def version(value: Any, field: str) -> int:
        counted = type(value) is int and moment.format == "iso"
        return int(value) if counted else read(value, field)

    return asking.needed(moment.at, "fact.version", version)


def _score(score: ScoreOf) -> Part:
    value = asking.needed(score.value, "score.value", asking.number)
    ends = _ends(score)

    def read(values: Seen) -> Score:
        low, high = ends(values)
        best = {"low": low, "high": high}.get(str(score.best))
        return Score(value(values), low, high, float(score.best) if best is None else best)

    return read


def _ends(score: ScoreOf) -> Callable[[Seen], tuple[float, float]]:
    if score.low is not None and score.high is not None:
        low = asking.needed(score.low, "score.low", asking.number)
        high = asking.needed(score.high, "score.high", asking.number)
        return lambda values: (low(values), high(values))
    ends = score.ends
    return lambda _: ends


def _money(money: MoneyOf) -> Part:
    field = "amount" if money.amount else "minor"
    ask = asking.asking(money.amount or money.minor or "", f"money.{field}")
    currency = asking.needed(money.currency, "money.currency", asking.name)
    fit = parse_money if field == "amount" else _minor

    def read(values: Seen) -> Money | None:
        amount = ask(values)
        if amount is None:
            return None
        if type(amount) not in (int, float, str):
            raise Refused("bad_money", f"`money.{field}` must be a number")
        return fit(amount, currency(values), f"money.{field}")

    return read


def _minor(amount: Any, currency: str, field: str) -> Money:
    if type(amount) is not int:
        raise Refused("bad_money", f"`{field}` must be a whole number")
    return parse_minor(amount, exponent_of(currency.upper()), currency, field)


def _tags(source: str) -> Part:
    ask = asking.asking(source, "tags")
    return lambda values: tuple(asking.text(tag, "tags") for tag in asking.several(ask(values)))


def _attributes(sources: Mapping[str, str]) -> Part:
    asked = {name: asking.asking(source, f"attributes.{name}") for name, source in sources.items()}

    def read(values: Seen) -> dict[str, Any]:
        found = {name: ask(values) for name, ask in asked.items()}
        return {
            name: asking.attribute(value, f"attributes.{name}")
            for name, value in found.items()
            if value is not None
        }

    return read


def _who(written: EventOf) -> Who:
    ((namespace, source),) = written.subject.items()
    subject = asking.needed(source, "subject", lambda value, _: value)
    others = [
        (other, asking.asking(expression, f"identifiers.{other}"))
        for other, expression in written.identifiers.items()
    ]
    return Who(((namespace, subject), *others), written.links)
