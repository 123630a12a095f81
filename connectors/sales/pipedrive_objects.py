"""The objects of Pipedrive, with the fields that are read."""

from typing import TypeAlias

import msgspec


class Meta(msgspec.Struct):
    action: str
    entity: str | None = None
    object: str | None = None
    entity_id: str | int | None = None
    id: str | int | None = None
    timestamp: str | int | None = None
    v: int | None = None
    merged_to_id: str | int | None = None


class Referred(msgspec.Struct):
    """How the first version refers to an item."""

    value: int | str | None = None


Reference: TypeAlias = int | str | Referred | None


class Deal(msgspec.Struct):
    title: str | None = None
    status: str | None = None
    stage_id: int | None = None
    value: float | str | None = None
    currency: str | None = None
    person_id: Reference = None
    org_id: Reference = None
    organization_id: Reference = None
    add_time: str | None = None
    lost_reason: str | None = None
    channel: int | str | None = None
    origin: str | None = None
    merged_to_id: Reference = None


class Way(msgspec.Struct):
    value: str | None = None


class Person(msgspec.Struct):
    emails: tuple[Way, ...] | None = None
    phones: tuple[Way, ...] | None = None
    email: tuple[Way, ...] | str | None = None
    phone: tuple[Way, ...] | str | None = None
    org_id: Reference = None
    add_time: str | None = None
    merged_to_id: Reference = None
