"""Subscription contracts of a shop, whose webhooks have no time but that of their delivery.

| topic                                                | becomes                        |
|------------------------------------------------------|--------------------------------|
| `subscription_contracts/create`                      | `sales.subscription.started`   |
| `subscription_contracts/cancel`, `/expire`           | `sales.subscription.cancelled` |
| `subscription_contracts/activate`, `/fail`, `/pause`, | `sales.subscription.changed`   |
| `/update`                                            |                                |
| `subscription_billing_attempts/success`              | `sales.subscription.renewed`   |
| `subscription_billing_attempts/failure`              | `sales.payment.failed`         |

A start and an end are facts of the contract, a renewal and a failure of the attempt, and the
earliest delivery counts; a change is a fact of the delivery.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import mapped
from connectors.naming import Named, event_about, name, named
from connectors.refusal import Refused
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_delivery import Delivery, OfTopic
from service.event import Event, Fact, Item


def _of_contract(contract: objects.Contract, delivery: Delivery, what: str) -> Event:
    who = named(
        name("customer", contract.customer_id),
        name("subscription", contract.id),
        name("order", contract.origin_order_id),
    )
    interval = contract.billing_policy.interval if contract.billing_policy else None
    id_ = delivery.id(contract.id, str(delivery.triggered_us))
    fact = id_ if what == "changed" else f"subscription:{contract.id}:{what}"
    event = _event(f"sales.subscription.{what}", id_, fact, who, delivery)
    about = stated(subscription_id=str(contract.id), interval=(interval or "").lower())
    return replace(event, status=(contract.status or "").lower(), attributes=about)


def _started(contract: objects.Contract, delivery: Delivery) -> list[Item]:
    return [_of_contract(contract, delivery, "started")]


def _cancelled(contract: objects.Contract, delivery: Delivery) -> list[Item]:
    return [_of_contract(contract, delivery, "cancelled")]


def _changed(contract: objects.Contract, delivery: Delivery) -> list[Item]:
    return [_of_contract(contract, delivery, "changed")]


def _renewed(attempt: objects.Attempt, delivery: Delivery) -> list[Item]:
    return [_of_attempt(attempt, delivery, "sales.subscription.renewed")]


def _failed(attempt: objects.Attempt, delivery: Delivery) -> list[Item]:
    return [_of_attempt(attempt, delivery, "sales.payment.failed")]


def _of_attempt(attempt: objects.Attempt, delivery: Delivery, kind: str) -> Event:
    who = named(
        name("subscription", attempt.subscription_contract_id), name("order", attempt.order_id)
    )
    attempt_id = attempt.id or attempt.idempotency_key
    if not attempt_id:
        raise Refused("missing_field", "neither `id` nor `idempotency_key` is there")
    id_ = f"billing_attempt:{attempt_id}"
    about = stated(
        subscription_id=str(attempt.subscription_contract_id), failure_code=attempt.error_code
    )
    return replace(_event(kind, id_, id_, who, delivery), attributes=about)


def _event(kind: str, id_: str, fact: str, who: Named, delivery: Delivery) -> Event:
    return event_about(who, kind, id_, delivery.triggered_us, Fact(fact, -delivery.triggered_us))


SUBSCRIPTIONS: Final[Mapping[str, OfTopic]] = {
    "subscription_contracts/create": mapped(objects.Contract, _started),
    "subscription_contracts/cancel": mapped(objects.Contract, _cancelled),
    "subscription_contracts/expire": mapped(objects.Contract, _cancelled),
    "subscription_contracts/activate": mapped(objects.Contract, _changed),
    "subscription_contracts/fail": mapped(objects.Contract, _changed),
    "subscription_contracts/pause": mapped(objects.Contract, _changed),
    "subscription_contracts/update": mapped(objects.Contract, _changed),
    "subscription_billing_attempts/success": mapped(objects.Attempt, _renewed),
    "subscription_billing_attempts/failure": mapped(objects.Attempt, _failed),
}
