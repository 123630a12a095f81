"""What all events of Help Scout have, and what takes one back."""

from typing import Final

from connectors.naming import Named, event_about, name, named
from connectors.support.helpscout_objects import Addresses, Customer
from service.event import Event, Fact, Retraction

_LAST_WORD: Final = 1
"""A version after all statements, which are negated times."""


def names_of(customer: Customer | None) -> Named:
    """Who a customer is. Raises `Refused` if nothing says it."""
    known = customer or Customer()
    embedded = known.embedded or Addresses()
    return named(
        name("customer", known.id),
        name("email", known.email),
        *(name("email", email.value) for email in (*known.emails, *embedded.emails)),
        *(name("phone", phone.value) for phone in embedded.phones),
    )


def event_of(kind: str, id_: str, time_us: int, who: Named) -> Event:
    """An event that is its own fact, of which the earliest statement counts."""
    return event_about(who, kind, id_, time_us, Fact(id_, -time_us))


def retraction(fact: str, time_us: int) -> Retraction:
    """What takes a fact back for good."""
    return Retraction(id=f"{fact}:gone", fact=Fact(fact, _LAST_WORD), occurred_at_us=time_us)
