"""Deals and orders of Dynamics 365, and orders of its Finance and Operations."""

from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import own_names, stated
from connectors.naming import name, named
from connectors.sales.dynamics_contexts import Operation, moment, option, text
from connectors.sales.dynamics_events import NO_STEP, customer_of, event, money, retractions
from connectors.sales.dynamics_options import DynamicsOptions
from connectors.timestamps import DAY_US
from service.event import Event, Item

_ENDS_OF_ORDERS: Final = {2: ("cancelled", "canceled"), 3: ("shipped", "fulfilled")}
_OUTCOMES: Final = {1: "won", 2: "lost"}


def deal(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on an `opportunity` becomes."""
    if operation.message == "Delete":
        return retractions(operation, "created", "outcome")
    state, stage = option(operation.target.get("statecode")), operation.target.get("stepname")
    outcome = _OUTCOMES.get(state or 0) or {"Win": "won", "Lose": "lost"}.get(operation.message)
    if operation.is_row:
        return _known_deal(operation, outcome, options)
    if operation.message == "Create":
        return [_of_deal(operation, "created", "created", options)]
    if outcome:
        return [_ended(operation, outcome, options)]
    if operation.message != "Update" or (state is None and stage is None):
        return [NO_STEP]
    moved = _of_deal(operation, "stage_changed", "", options)
    return [moved] if state is None else [moved, *retractions(operation, "outcome")]


def _known_deal(operation: Operation, outcome: str | None, options: DynamicsOptions) -> list[Item]:
    created = _of_deal(operation, "created", "created", options)
    created = replace(created, occurred_at_us=operation.created_us)
    if not outcome:
        return [created, *retractions(operation, "outcome")]
    ended = _ended(operation, outcome, options)
    closed_on = operation.known.get("actualclosedate")
    if closed_on is None:
        return [created, ended]
    # A day alone is told; what was changed since then did not close the deal again.
    last_us = moment(closed_on, "actualclosedate") + DAY_US - 1
    return [created, replace(ended, occurred_at_us=min(operation.time_us, last_us))]


def _ended(operation: Operation, outcome: str, options: DynamicsOptions) -> Event:
    return replace(_of_deal(operation, outcome, "outcome", options), status=outcome)


def _of_deal(operation: Operation, what: str, fact: str, options: DynamicsOptions) -> Event:
    known = operation.known
    amount = known.get("actualvalue") if what == "won" else None
    return replace(
        event(operation, f"sales.deal.{what}", customer_of(operation, options), fact, options),
        title=text(known.get("name")),
        money=money(amount or known.get("estimatedvalue") or known.get("actualvalue"), options),
        status=text(known.get("stepname")).lower(),
    )


def order(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `salesorder` becomes."""
    if operation.message == "Delete":
        return retractions(operation, "created")
    if operation.message == "Create":
        return [_placed(operation, options)]
    end = _ENDS_OF_ORDERS.get(option(operation.target.get("statecode")) or 0)
    told: list[Item] = []
    if operation.is_row:
        told = [replace(_placed(operation, options), occurred_at_us=operation.created_us)]
    if end is not None:
        told.append(_of_order(operation, end[0], end[0], end[1], options))
    return told or [NO_STEP]


def _placed(operation: Operation, options: DynamicsOptions) -> Event:
    return _of_order(operation, "placed", "created", "", options)


def _of_order(
    operation: Operation, what: str, fact: str, status: str, options: DynamicsOptions
) -> Event:
    told = event(operation, f"sales.order.{what}", customer_of(operation, options), fact, options)
    number = text(operation.known.get("ordernumber"))
    amount = money(operation.known.get("totalamount"), options)
    about = told.attributes | stated(order_number=number)
    return replace(told, money=amount, status=status, attributes=about)


def finance_order(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `SalesOrderHeaderV2Entity` becomes."""
    if operation.message == "Delete":
        return retractions(operation, "created")
    if operation.message != "Create":
        return [NO_STEP]
    known = operation.known
    number = text(known.get("SalesOrderNumber"))
    who = named(
        *own_names(options, known),
        name("customer", text(known.get("OrderingCustomerAccountNumber"))),
        name("order", number or operation.record_id),
        name("email", text(known.get("Email"))),
    )
    placed = event(operation, "sales.order.placed", who, "created", options)
    return [replace(placed, attributes=placed.attributes | stated(order_number=number))]
