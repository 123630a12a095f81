"""Who an event is about: the names that a payload has for its customer.

    who = named(
        name("email", order.email),
        name("customer", order.customer_id),
        around=[name("company", order.company_id)],
    )
    event_about(who, "sales.order.placed", order.id, placed_us, Fact(order.id, placed_us))

The first name that is there is the subject. The others mean the same customer, so they are linked
with it strongly; what is `around` the customer (a company, a household) is linked weakly, because
many customers share it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from connectors.refusal import Refused
from service.event import Event, Fact, Identifier, Link


class Named(NamedTuple):
    """The fields of an event that say who it is about."""

    subject: Identifier
    identifiers: tuple[Identifier, ...]
    links: tuple[Link, ...]


def name(namespace: str, value: str | int | None) -> Identifier | None:
    """The identifier, or None where the payload has none: null, an empty text or 0."""
    return Identifier(namespace, str(value)) if value else None


def names_in(values: Mapping[str, Any], namespaces: Mapping[str, str]) -> list[Identifier]:
    """The names in the fields that `namespaces` has, in its order. Only texts and ids are names."""
    return [
        Identifier(namespace, str(value))
        for field, namespace in namespaces.items()
        if (value := values.get(field)) and isinstance(value, str | int) and value is not True
    ]


def named(*names: Identifier | None, around: Iterable[Identifier | None] = ()) -> Named:
    """Raises `Refused` if no name is there at all."""
    same = dict.fromkeys(known for known in names if known is not None)
    near = dict.fromkeys(known for known in around if known is not None and known not in same)
    subject = next(iter(same or near), None)
    if subject is None:
        raise Refused("missing_field", "the payload names nobody whom the event could be about")
    same.pop(subject, None)
    near.pop(subject, None)
    links = [Link(subject, other) for other in same]
    links += [Link(subject, other, "weak") for other in near]
    return Named(subject, (*same, *near), tuple(links))


def event_about(who: Named, kind: str, id_: str, occurred_at_us: int, fact: Fact) -> Event:
    """What every event has, of the customer who was named."""
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=occurred_at_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact,
    )
