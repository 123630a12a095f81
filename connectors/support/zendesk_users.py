"""What event subscriptions of Zendesk say about users; that a profile is edited is ignored.

| event type     | becomes                                                                 |
|----------------|-------------------------------------------------------------------------|
| `user.created` | `customer.created` of an end user, as the user's row tells it           |
| `user.merged`  | `customer.merged`; the documents do not say where the other user is     |
| `user.deleted` | retraction of the creation                                              |
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from connectors.event_types import Mapped, mapped
from connectors.naming import event_about, name, named
from connectors.strict_json import Id
from connectors.support.zendesk_rows import NOT_A_CUSTOMER
from connectors.timestamps import parse_time
from service.event import Event, Fact, Item, Retraction

_END_USERS: Final = ("end-user", "end_user")


class _User(msgspec.Struct):
    id: Id | int
    role: str | None = None
    email: str | None = None
    external_id: str | int | None = None
    organization_id: str | int | None = None
    created_at: str | None = None
    updated_at: str | None = None


class _Notice(msgspec.Struct):
    id: Id
    time: str
    detail: _User


Told: TypeAlias = Callable[[_Notice, int], list[Item]]


def _created(notice: _Notice, time_us: int) -> list[Item]:
    user = notice.detail
    created_us = parse_time(user.created_at, "detail.created_at") if user.created_at else time_us
    version = parse_time(user.updated_at, "detail.updated_at") if user.updated_at else time_us
    id_ = _creation_of(user)
    return [_event(notice, "customer.created", created_us, Fact(id_, version), id_)]


def _merged(notice: _Notice, time_us: int) -> list[Item]:
    return [_event(notice, "customer.merged", time_us, Fact(notice.id, time_us), notice.id)]


def _deleted(notice: _Notice, time_us: int) -> list[Item]:
    fact = Fact(_creation_of(notice.detail), time_us)
    return [Retraction(id=notice.id, fact=fact, occurred_at_us=time_us)]


def _creation_of(user: _User) -> str:
    return f"user:{user.id}:created"


def _event(notice: _Notice, kind: str, time_us: int, fact: Fact, id_: str) -> Event:
    user = notice.detail
    organization = user.organization_id if user.organization_id not in ("", "0", 0) else None
    who = named(
        name("user", user.id),
        name("email", user.email),
        name("external", user.external_id),
        around=[name("organization", organization)],
    )
    return event_about(who, kind, id_, time_us, fact)


def _of_a_customer(items: Told) -> Mapped[[object, object]]:
    def told(notice: _Notice, _: object, /) -> list[Item]:
        if notice.detail.role not in (None, *_END_USERS):
            return [NOT_A_CUSTOMER]
        return items(notice, parse_time(notice.time, "time"))

    return mapped(_Notice, told)


USERS: Final[Mapping[str, Mapped[[object, object]]]] = {
    "user.created": _of_a_customer(_created),
    "user.merged": _of_a_customer(_merged),
    "user.deleted": _of_a_customer(_deleted),
}
