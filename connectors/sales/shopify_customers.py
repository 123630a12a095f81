"""Customers of a shop: profiles, those that turn out to be one, and requests to forget one."""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.event_types import mapped
from connectors.naming import event_about, name, named
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_delivery import LAST_WORD, Delivery, OfTopic, number_of
from connectors.sales.shopify_objects import tags_of
from connectors.timestamps import parse_time
from service.event import Event, Fact, Ignored, Item, Retraction

NOT_MERGED: Final = Ignored("a merge of customers that did not succeed")


def _customer_created(profile: objects.Profile, delivery: Delivery) -> list[Item]:
    created_us = parse_time(profile.created_at, "created_at")
    event = _of_profile(profile, delivery, "customer.created")
    fact = Fact(f"customer:{profile.id}:created", -parse_time(profile.updated_at, "updated_at"))
    return [msgspec.structs.replace(event, occurred_at_us=created_us, fact=fact)]


def _customer_updated(profile: objects.Profile, delivery: Delivery) -> list[Item]:
    return [_of_profile(profile, delivery, "customer.updated")]


def _customer_deleted(customer: objects.Deletion, delivery: Delivery) -> list[Item]:
    fact = Fact(f"customer:{customer.id}:created", LAST_WORD)
    id_ = delivery.id(customer.id, "")
    return [Retraction(id=id_, fact=fact, occurred_at_us=delivery.triggered_us)]


def _merged(merge: objects.Merge, delivery: Delivery) -> list[Item]:
    kept, gone = (
        merge.admin_graphql_api_customer_kept_id,
        merge.admin_graphql_api_customer_deleted_id,
    )
    if merge.status not in (None, "completed", "success"):
        return [NOT_MERGED]
    who = named(name("customer", number_of(kept)), name("customer", number_of(gone)))
    id_ = f"customers/merge:{number_of(kept)}:{number_of(gone)}"
    time_us = delivery.triggered_us
    return [event_about(who, "customer.merged", id_, time_us, Fact(id_, -time_us))]


def _of_profile(profile: objects.Profile, delivery: Delivery, kind: str) -> Event:
    who = named(
        name("email", profile.email), name("customer", profile.id), name("phone", profile.phone)
    )
    updated_us = parse_time(profile.updated_at, "updated_at")
    return Event(
        id=delivery.id(profile.id, profile.updated_at),
        kind=kind,
        occurred_at_us=updated_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"customer:{profile.id}:updated:{updated_us}", 1),
        tags=tags_of(profile.tags),
    )


def _erasure_requested(redaction: objects.Redaction, delivery: Delivery) -> list[Item]:
    customer = redaction.customer
    who = named(
        name("email", customer.email),
        name("customer", customer.id),
        name("phone", customer.phone),
        *(name("order", order) for order in redaction.orders_to_redact or ()),
    )
    time_us = delivery.triggered_us
    id_ = delivery.id(customer.id or 0, str(time_us))
    return [event_about(who, "customer.erasure_requested", id_, time_us, Fact(id_, -time_us))]


CUSTOMERS: Final[Mapping[str, OfTopic]] = {
    "customers/create": mapped(objects.Profile, _customer_created),
    "customers/update": mapped(objects.Profile, _customer_updated),
    "customers/redact": mapped(objects.Redaction, _erasure_requested),
    "customers/merge": mapped(objects.Merge, _merged),
    "customers/delete": mapped(objects.Deletion, _customer_deleted),
}
