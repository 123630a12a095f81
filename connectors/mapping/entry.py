"""One entry of `events`, compiled: what a payload gives by it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from connectors.contract import IGNORED_BY_SOURCE
from connectors.mapping import asking
from connectors.mapping.asking import Ask, Seen
from connectors.mapping.moments import reader
from connectors.mapping.options import EventOf, FactOf, Kind, Moment, MoneyOf, ScoreOf
from connectors.money import exponent_of, parse_minor, parse_money
from connectors.refusal import Refused, unknown_type
from service.event import Event, Fact, Identifier, Item, Link, Money, Retraction, Score

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
        if not self.of_deleted and payload.headers.get(OPERATION) == DELETED:
            return
        try:
            instances = [payload] if self.each is None else _instances(payload, self.each)
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
            parts = {field: self.parts[field](values) for field in ("id", "fact")}
            return Retraction(occurred_at_us=self.parts["occurred_at_us"](values), **parts)
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
        parts={
            "id": _needed(written.id, "id", asking.name),
            "occurred_at_us": _time(written.time, "time"),
            "fact": _fact(written.fact),
            "score": _score(written.score),
            "money": _money(written.money),
            "tags": _tags(written.tags),
            "attributes": _attributes(written.attributes),
            **{field: _wanted(getattr(written, field), field, asking.text) for field in TEXTS},
        },
        who=_who(written),
    )


def _instances(payload: Seen, each: Ask) -> list[Seen]:
    values = each(payload)
    if values is not None and type(values) is not tuple:
        raise Refused("wrong_type", "`each` must be a list")
    return [payload._replace(each=value) for value in values or ()]


def _wanted(source: str | None, field: str, fit: Callable[[Any, str], Any]) -> Part:
    ask = asking.asking(source, field)
    return lambda values: fit(ask(values), field)


def _needed(source: str, field: str, fit: Callable[[Any, str], Any]) -> Part:
    ask = asking.required(asking.asking(source, field), field)
    return lambda values: fit(ask(values), field)


def _type(kind: Kind) -> Part:
    if kind.of is None:
        return lambda _: kind.always
    return _needed(kind.of, "kind", asking.name)


def _time(moment: Moment, field: str) -> Part:
    return _needed(moment.at, field, reader(moment))


def _fact(fact: FactOf | None) -> Part:
    if fact is None:
        return lambda _: None
    id_, version = _needed(fact.id, "fact.id", asking.name), _version(fact.version)
    return lambda values: Fact(id_(values), version(values))


def _version(moment: Moment) -> Part:
    read = reader(moment)

    def version(value: Any, field: str) -> int:
        counted = type(value) is int and moment.format == "iso"
        return int(value) if counted else read(value, field)

    return _needed(moment.at, "fact.version", version)


def _score(score: ScoreOf | None) -> Part:
    if score is None:
        return lambda _: None
    value = _needed(score.value, "score.value", asking.number)
    ends = _ends(score)

    def read(values: Seen) -> Score:
        low, high = ends(values)
        best = {"low": low, "high": high}.get(str(score.best))
        return Score(value(values), low, high, float(score.best) if best is None else best)

    return read


def _ends(score: ScoreOf) -> Callable[[Seen], tuple[float, float]]:
    if score.low is not None and score.high is not None:
        low = _needed(score.low, "score.low", asking.number)
        high = _needed(score.high, "score.high", asking.number)
        return lambda values: (low(values), high(values))
    ends = score.ends
    return lambda _: ends


def _money(money: MoneyOf | None) -> Part:
    if money is None:
        return lambda _: None
    source, field = (money.amount, "amount") if money.amount else (money.minor, "minor")
    ask = asking.asking(source, f"money.{field}")
    currency = _needed(money.currency, "money.currency", asking.name)
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


def _tags(source: str | None) -> Part:
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
    subject = asking.required(asking.asking(source, "subject"), "subject")
    others = [
        (other, asking.asking(expression, f"identifiers.{other}"))
        for other, expression in written.identifiers.items()
    ]
    return Who(((namespace, subject), *others), written.links)
