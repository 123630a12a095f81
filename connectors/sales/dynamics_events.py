"""What events of all entities of Dynamics 365 have: id, fact, customer and money."""

from typing import Final

from connectors.custom_fields import kept, own_names
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.sales.dynamics_contexts import Operation, plain_value, reference
from connectors.sales.dynamics_options import DynamicsOptions
from service.event import Event, Fact, Ignored, Item, Money, Retraction

NO_STEP: Final = Ignored("an operation that tells no step of a journey")

CUSTOMERS: Final = ("account", "contact")
"""The entities that are customers."""


def event(
    operation: Operation, kind: str, who: Named, fact: str, options: DynamicsOptions
) -> Event:
    """What every event has; `fact` where a later operation may restate it."""
    own = {field: plain_value(operation.known.get(field)) for field in options.fields}
    fact_id = _fact_id(operation, fact) if fact else operation.id
    return Event(
        id=fact_id if operation.is_row else operation.id,
        kind=kind,
        occurred_at_us=operation.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(fact_id, operation.time_us),
        attributes=kept(options, own),
    )


def retractions(operation: Operation, *facts: str) -> list[Item]:
    """These facts of the record no longer hold."""
    return [
        Retraction(
            id=f"{operation.id}:{fact}",
            fact=Fact(_fact_id(operation, fact), operation.time_us),
            occurred_at_us=operation.time_us,
        )
        for fact in facts
    ]


def _fact_id(operation: Operation, fact: str) -> str:
    return f"{operation.entity}:{operation.record_id}:{fact}"


def customer_of(operation: Operation, options: DynamicsOptions) -> Named:
    """The customer of a deal, an order or a case."""
    known = operation.known
    customer = reference(known.get("customerid"), *CUSTOMERS)
    account = reference(known.get("parentaccountid"), "account")
    contact = reference(known.get("parentcontactid"), "contact") or reference(
        known.get("primarycontactid"), "contact"
    )
    first = customer or account or contact
    return named(
        *own_names(options, known),
        first,
        name(operation.entity, operation.record_id),
        around=[account, contact],
    )


def money(value: object, options: DynamicsOptions) -> Money | None:
    """An amount; None where its currency is not known."""
    amount = plain_value(value)
    if not options.currency or amount is None or isinstance(amount, bool):
        return None
    return parse_money(amount, options.currency, "the amount")
