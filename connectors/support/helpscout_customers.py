"""Customers of Help Scout: that they are there, have changed and are gone."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import mapped
from connectors.naming import Named
from connectors.support.helpscout_events import event_of, names_of, retraction
from connectors.support.helpscout_objects import Customer, Deletion, Profile
from connectors.support.helpscout_options import HelpscoutOptions, ToItems
from connectors.timestamps import parse_time
from service.event import Item


def _created(profile: Profile, _: int, __: HelpscoutOptions) -> list[Item]:
    created_us = parse_time(profile.created_at, "createdAt")
    id_ = f"customer:{profile.id}:created"
    return [event_of("customer.created", id_, created_us, _names_in(profile))]


def _updated(profile: Profile, _: int, __: HelpscoutOptions) -> list[Item]:
    at = profile.updated_at or profile.created_at
    id_ = f"customer:{profile.id}:updated:{at}"
    return [event_of("customer.updated", id_, parse_time(at, "updatedAt"), _names_in(profile))]


def _names_in(profile: Profile) -> Named:
    return names_of(Customer(id=profile.id, embedded=profile.embedded))


def _deleted(deletion: Deletion, time_us: int, _: HelpscoutOptions) -> list[Item]:
    return [retraction(f"customer:{deletion.id}:created", time_us)]


CUSTOMERS: Final[Mapping[str, ToItems]] = {
    "customer.created": mapped(Profile, _created),
    "customer.updated": mapped(Profile, _updated),
    "customer.deleted": mapped(Deletion, _deleted),
    "customer": mapped(Profile, _created),
}
