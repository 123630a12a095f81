"""Deals and orders of Salesforce."""

from typing import Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.naming import name, named
from connectors.sales import salesforce_records as records
from connectors.sales.salesforce_changes import Change, moment
from connectors.sales.salesforce_events import NO_STEP, created_us, event, money, retractions
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Event, Item


def of_opportunity(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an opportunity becomes."""
    if change.type == "DELETE":
        return retractions(change, "created", "outcome")
    deal = strict_json.shaped(change.fields, records.Opportunity)
    outcome = _outcome(deal, options)
    if change.type == "UPDATE":
        if change.changed.isdisjoint(("StageName", "IsClosed", "IsWon")):
            return [NO_STEP]
        return _moved(change, deal, outcome, options)
    told = _event_of(change, deal, "created", options)
    created = replace(told, occurred_at_us=created_us(change, deal.created_date))
    if not outcome:
        return [created]
    return [created, replace(_event_of(change, deal, outcome, options), id=f"{told.id}:outcome")]


def _moved(
    change: Change, deal: records.Opportunity, outcome: str, options: SalesforceOptions
) -> list[Item]:
    if outcome:
        return [_event_of(change, deal, outcome, options)]
    moved = _event_of(change, deal, "stage_changed", options)
    if "IsClosed" not in change.changed:
        return [moved]
    return [moved, *retractions(change, "outcome")]


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


def _event_of(
    change: Change, deal: records.Opportunity, what: str, options: SalesforceOptions
) -> Event:
    own = own_names(options, change.fields)
    opportunity = name("opportunity", change.record_id)
    account, contact = name("account", deal.account_id), name("contact", deal.contact_id)
    if account is None:
        who = named(*own, contact, opportunity)
    else:
        who = named(*own, account, opportunity, around=[contact])
    told = event(change, f"sales.deal.{what}", who, _FACTS_OF_DEALS.get(what, ""))
    return replace(
        told,
        title=deal.name or "",
        channel=(deal.lead_source or "").lower(),
        money=money(deal.amount, deal.currency_iso_code, options),
        status=(deal.stage_name or "").lower(),
        attributes=stated(opportunity_id=change.record_id, deal_type=deal.type)
        | kept(options, change.fields),
    )


def of_order(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an order becomes."""
    if change.type == "DELETE":
        return retractions(change, "placed")
    order = strict_json.shaped(change.fields, records.Order)
    if order.activated_date is None or "ActivatedDate" not in change.changed:
        return [NO_STEP]
    who = named(
        *own_names(options, change.fields),
        name("account", order.account_id),
        name("order", change.record_id),
    )
    placed = replace(
        event(change, "sales.order.placed", who, "placed"),
        occurred_at_us=moment(order.activated_date, "ActivatedDate"),
        money=money(order.total_amount, order.currency_iso_code, options),
        status=(order.status or "").lower(),
        attributes=stated(order_id=change.record_id, order_number=order.order_number)
        | kept(options, change.fields),
    )
    return [placed]
