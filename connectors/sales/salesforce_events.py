"""What events of all objects of Salesforce have: id, fact and money."""

from typing import Final

from msgspec.structs import replace

from connectors.money import parse_money
from connectors.naming import Named, event_about
from connectors.sales.salesforce_changes import Change, moment
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Event, Fact, Ignored, Item, Money, Retraction

NO_STEP: Final = Ignored("a change of fields that tell no step of a journey")


def event(change: Change, kind: str, who: Named, fact: str = "") -> Event:
    """What every event of a record has; `fact` where a later change may restate it."""
    id_ = f"{change.id}:{change.record_id}"
    fact_id = _fact_id(change, fact) if fact else id_
    return event_about(who, kind, id_, change.time_us, Fact(fact_id, change.version))


def another(first: Event, what: str) -> Event:
    """A second event that the same change tells."""
    id_ = f"{first.id}:{what}"
    return replace(first, id=id_, fact=Fact(id_, first.fact.version if first.fact else 0))


def retractions(change: Change, *facts: str) -> list[Item]:
    """These facts of the record no longer hold."""
    return [
        Retraction(
            id=f"{change.id}:{change.record_id}:{fact}",
            fact=Fact(_fact_id(change, fact), change.version),
            occurred_at_us=change.time_us,
        )
        for fact in facts
    ]


def _fact_id(change: Change, fact: str) -> str:
    return f"{change.entity.lower()}:{change.record_id}:{fact}"


def created_us(change: Change, created_date: str | float | None) -> int:
    """When the record was created, for what tells of its creation."""
    return change.time_us if created_date is None else moment(created_date, "CreatedDate")


def money(
    amount: float | str | None, currency: str | None, options: SalesforceOptions
) -> Money | None:
    """An amount; None where its currency is not known."""
    currency = currency or options.currency
    if amount is None or not currency:
        return None
    return parse_money(amount, currency, "the amount")
