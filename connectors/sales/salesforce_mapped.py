"""What a change of each object becomes, by the rules that `connectors.sales.salesforce` tells."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.markup import plain_text
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.sales import salesforce_records as records
from connectors.sales.salesforce_changes import Change, moment
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Event, Fact, Ignored, Item, Money, Retraction

NO_STEP: Final = Ignored("a change of fields that tell no step of a journey")
OPENS_A_CASE: Final = Ignored("an e-mail that opens a case, told by the case")
BY_STAFF: Final = Ignored("written by an agent or a bot")
NOT_FORGOTTEN: Final = Ignored("preferences of a person who does not ask to be forgotten")

ToItems: TypeAlias = Callable[[Change, SalesforceOptions], list[Item]]


def _deal(change: Change, options: SalesforceOptions) -> list[Item]:
    if change.type == "DELETE":
        return _retractions(change, "created", "outcome")
    deal = strict_json.shaped(change.fields, records.Opportunity)
    outcome = _outcome(deal, options)
    if change.type == "UPDATE":
        if change.changed.isdisjoint(("StageName", "IsClosed", "IsWon")):
            return [NO_STEP]
        return _moved(change, deal, outcome, options)
    event = _of_deal(change, deal, "created", options)
    created = replace(event, occurred_at_us=_created_us(change, deal.created_date))
    if not outcome:
        return [created]
    return [created, replace(_of_deal(change, deal, outcome, options), id=f"{event.id}:outcome")]


def _moved(
    change: Change, deal: records.Opportunity, outcome: str, options: SalesforceOptions
) -> list[Item]:
    if outcome:
        return [_of_deal(change, deal, outcome, options)]
    moved = _of_deal(change, deal, "stage_changed", options)
    if "IsClosed" not in change.changed:
        return [moved]
    return [moved, *_retractions(change, "outcome")]


def _outcome(deal: records.Opportunity, options: SalesforceOptions) -> str:
    """`won`, `lost`, or "" for a deal that is open."""
    if deal.is_won:
        return "won"
    if deal.is_closed is not None:
        return "lost" if deal.is_closed else ""
    if deal.is_won is not None:
        # What was won is not any more, and stayed closed.
        return "lost"
    stage = (deal.stage_name or "").lower()
    if stage in options.won_stages:
        return "won"
    return "lost" if stage in options.lost_stages else ""


_FACTS_OF_DEALS: Final = {"created": "created", "won": "outcome", "lost": "outcome"}


def _of_deal(
    change: Change, deal: records.Opportunity, what: str, options: SalesforceOptions
) -> Event:
    own = own_names(options, change.fields)
    opportunity = name("opportunity", change.record_id)
    account, contact = name("account", deal.account_id), name("contact", deal.contact_id)
    if account is None:
        who = named(*own, contact, opportunity)
    else:
        who = named(*own, account, opportunity, around=[contact])
    event = _event(change, f"sales.deal.{what}", who, _FACTS_OF_DEALS.get(what, ""))
    return replace(
        event,
        title=deal.name or "",
        channel=(deal.lead_source or "").lower(),
        money=_money(deal.amount, deal.currency_iso_code, options),
        status=(deal.stage_name or "").lower(),
        attributes=stated(opportunity_id=change.record_id, deal_type=deal.type)
        | kept(options, change.fields),
    )


def _order(change: Change, options: SalesforceOptions) -> list[Item]:
    if change.type == "DELETE":
        return _retractions(change, "placed")
    order = strict_json.shaped(change.fields, records.Order)
    if order.activated_date is None or "ActivatedDate" not in change.changed:
        return [NO_STEP]
    who = named(
        *own_names(options, change.fields),
        name("account", order.account_id),
        name("order", change.record_id),
    )
    placed = replace(
        _event(change, "sales.order.placed", who, "placed"),
        occurred_at_us=moment(order.activated_date, "ActivatedDate"),
        money=_money(order.total_amount, order.currency_iso_code, options),
        status=(order.status or "").lower(),
        attributes=stated(order_id=change.record_id, order_number=order.order_number)
        | kept(options, change.fields),
    )
    return [placed]


def _case(change: Change, options: SalesforceOptions) -> list[Item]:
    if change.type == "DELETE":
        return _retractions(change, "contact")
    case = strict_json.shaped(change.fields, records.Case)
    if change.type == "UPDATE":
        return _case_updated(change, case, options)
    contact = replace(
        _of_case(change, case, "support.contact", options, "contact"),
        occurred_at_us=_created_us(change, case.created_date),
        text=case.description or "",
    )
    if not case.is_closed:
        return [contact]
    closed = _another(_of_case(change, case, "support.closed", options), "closed")
    if case.closed_date is None:
        return [contact, closed]
    return [contact, replace(closed, occurred_at_us=moment(case.closed_date, "ClosedDate"))]


def _case_updated(change: Change, case: records.Case, options: SalesforceOptions) -> list[Item]:
    if "IsClosed" in change.changed and case.is_closed is False:
        reopened = _of_case(change, case, "support.reopened", options)
        return [reopened, replace(_another(reopened, "contact"), kind="support.contact")]
    if change.changed.isdisjoint(("Status", "IsClosed")):
        return [NO_STEP]
    closed = (case.status or "").lower() == "closed" if case.is_closed is None else case.is_closed
    kind = "support.closed" if closed else "support.status_changed"
    return [_of_case(change, case, kind, options)]


def _of_case(
    change: Change, case: records.Case, kind: str, options: SalesforceOptions, fact: str = ""
) -> Event:
    own = own_names(options, change.fields)
    contact = name("contact", case.contact_id)
    typed = (name("email", case.supplied_email), name("phone", case.supplied_phone))
    number, account = name("case", change.record_id), name("account", case.account_id)
    if contact is None:
        who = named(*own, *typed, number, around=[account])
    else:
        who = named(*own, contact, number, around=[*typed, account])
    return replace(
        _event(change, kind, who, fact),
        title=case.subject or "",
        channel=(case.origin or "").lower(),
        language=case.language or "",
        status=(case.status or "").lower(),
        attributes=stated(
            ticket_id=change.record_id,
            ticket_number=case.case_number,
            priority=(case.priority or "").lower(),
            ticket_type=(case.type or "").lower(),
            reason=(case.reason or "").lower(),
        )
        | kept(options, change.fields),
    )


def _email(change: Change, options: SalesforceOptions) -> list[Item]:
    if change.type != "CREATE":
        return [NO_STEP]
    email = strict_json.shaped(change.fields, records.Email)
    if not email.incoming:
        return [BY_STAFF]
    if not email.reply_to_email_message_id:
        return [OPENS_A_CASE]
    who = named(
        *own_names(options, change.fields),
        name("case", email.parent_id),
        around=[name("email", email.from_address)],
    )
    message = replace(
        _event(change, "support.message", who),
        title=email.subject or "",
        text=email.text_body or plain_text(email.html_body or ""),
        channel="email",
        attributes=stated(ticket_id=email.parent_id) | kept(options, change.fields),
    )
    return [message]


def _account(change: Change, options: SalesforceOptions) -> list[Item]:
    account = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("account", change.record_id),
        *own_names(options, change.fields),
        name("contact", account.person_contact_id),
        name("email", account.person_email),
        around=[name("phone", account.phone)],
    )
    return _profile(change, account, who, options, "customer.created")


def _contact(change: Change, options: SalesforceOptions) -> list[Item]:
    contact = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("contact", change.record_id),
        *own_names(options, change.fields),
        name("email", contact.email),
        name("individual", contact.individual_id),
        name("phone", contact.phone),
        name("phone", contact.mobile_phone),
        around=[name("account", contact.account_id)],
    )
    return _profile(change, contact, who, options, "customer.created")


def _lead(change: Change, options: SalesforceOptions) -> list[Item]:
    lead = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("lead", change.record_id),
        *own_names(options, change.fields),
        name("contact", lead.converted_contact_id),
        name("email", lead.email),
        name("individual", lead.individual_id),
        name("phone", lead.phone),
        name("phone", lead.mobile_phone),
        around=[name("account", lead.converted_account_id)],
    )
    if change.type == "UPDATE" and lead.is_converted and "IsConverted" in change.changed:
        return [replace(_event(change, "customer.merged", who), status="converted")]
    return _profile(change, lead, who, options, "sales.lead.created")


def _profile(
    change: Change, person: records.Person, who: Named, options: SalesforceOptions, created: str
) -> list[Item]:
    if change.type == "DELETE":
        return _retractions(change, "created")
    content = {
        "channel": (person.lead_source or "").lower(),
        "status": (person.status or "").lower(),
        "attributes": kept(options, change.fields),
    }
    if change.type == "UPDATE":
        return [replace(_event(change, "customer.updated", who), **content)]
    event = _event(change, created, who, "created")
    created_us = _created_us(change, person.created_date)
    return [replace(event, occurred_at_us=created_us, **content)]


def _individual(change: Change, options: SalesforceOptions) -> list[Item]:
    individual = strict_json.shaped(change.fields, records.Individual)
    if not individual.should_forget or change.type == "DELETE":
        return [NOT_FORGOTTEN]
    who = named(name("individual", change.record_id), *own_names(options, change.fields))
    return [_event(change, "customer.erasure_requested", who)]


def _event(change: Change, kind: str, who: Named, fact: str = "") -> Event:
    """What every event of a record has; `fact` where a later change may restate it."""
    id_ = f"{change.id}:{change.record_id}"
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=change.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(_fact_id(change, fact) if fact else id_, change.version),
    )


def _another(event: Event, what: str) -> Event:
    """A second event that the same change tells."""
    id_ = f"{event.id}:{what}"
    return replace(event, id=id_, fact=Fact(id_, event.fact.version if event.fact else 0))


def _retractions(change: Change, *facts: str) -> list[Item]:
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


def _created_us(change: Change, created_date: str | float | None) -> int:
    return change.time_us if created_date is None else moment(created_date, "CreatedDate")


def _money(
    amount: float | str | None, currency: str | None, options: SalesforceOptions
) -> Money | None:
    currency = currency or options.currency
    if amount is None or not currency:
        return None
    return parse_money(amount, currency, "the amount")


MAPPED: Final[Mapping[str, ToItems]] = {
    "Account": _account,
    "Case": _case,
    "Contact": _contact,
    "EmailMessage": _email,
    "Individual": _individual,
    "Lead": _lead,
    "Opportunity": _deal,
    "Order": _order,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
        "sales.order.placed",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.status_changed",
    }
)
