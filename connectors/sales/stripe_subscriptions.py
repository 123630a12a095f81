"""What becomes of a subscription of Stripe: started, changed, renewed, cancelled.

An update says what changed in `previous_attributes`. A new start of the period is a renewal, which
newer versions of the API tell within the items; other prices or quantities, another status, and a
cancellation that was scheduled or taken back are changes; anything else is no step. A subscription
whose first payment is not done is `incomplete` and has not started.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import Mapped
from connectors.naming import name, named
from connectors.sales.stripe_notices import (
    Notice,
    StripeOptions,
    event,
    id_of,
    money,
    names_in_metadata,
    told,
)
from connectors.sales.stripe_objects import Cancellation, Part, Parts, Subscription
from service.event import Event, Fact, Ignored, Item, Money

NOT_STARTED: Final = Ignored("a subscription whose first payment is not done")
NO_STEP: Final = Ignored("a change of a subscription that is no step of a journey")

_NOT_STARTED: Final = frozenset({"incomplete", "incomplete_expired"})


def _created(subscription: Subscription, notice: Notice, options: StripeOptions) -> list[Item]:
    if subscription.status in _NOT_STARTED:
        return [NOT_STARTED]
    return [_started(subscription, notice, options)]


def _started(subscription: Subscription, notice: Notice, options: StripeOptions) -> Event:
    fact = Fact(f"subscription:{subscription.id}:started", -notice.time_us)
    return _event(subscription, notice, "started", fact, options)


def _updated(subscription: Subscription, notice: Notice, options: StripeOptions) -> list[Item]:
    if subscription.status in _NOT_STARTED:
        return [NOT_STARTED]
    before = notice.before
    status = before.get("status")
    if status in _NOT_STARTED:
        return [_started(subscription, notice, options)]
    if isinstance(status, str) or _changed(subscription, before):
        changed = _event(subscription, notice, "changed", None, options)
        return [replace(changed, previous_status=_words(status))]
    if _began_anew(subscription, before):
        id_ = f"subscription:{subscription.id}:renewed:{subscription.period_start}"
        return [_event(subscription, notice, "renewed", Fact(id_, -notice.time_us), options)]
    return [NO_STEP]


def _changed(subscription: Subscription, before: Mapping[str, Any]) -> bool:
    if not before.keys().isdisjoint(("plan", "quantity", "cancel_at_period_end", "cancel_at")):
        return True
    parts = _parts_before(before)
    if parts is None or not any(part.price for part in parts):
        return False
    now = [_priced(part) for part in (subscription.items or Parts()).data]
    return [_priced(part) for part in parts] != now


def _parts_before(before: Mapping[str, Any]) -> tuple[Part, ...] | None:
    if "items" not in before:
        return None
    try:
        return msgspec.convert(before["items"], Parts).data
    except msgspec.ValidationError:
        return None


def _priced(part: Part) -> tuple[str, int | None]:
    return (part.price.id if part.price else "", part.quantity)


def _began_anew(subscription: Subscription, before: Mapping[str, Any]) -> bool:
    starts = [before.get("current_period_start")]
    starts += [part.current_period_start for part in _parts_before(before) or ()]
    return any(isinstance(start, int) and start < subscription.period_start for start in starts)


def _set_aside(subscription: Subscription, notice: Notice, options: StripeOptions) -> list[Item]:
    return [_event(subscription, notice, "changed", None, options)]


def _cancelled(subscription: Subscription, notice: Notice, options: StripeOptions) -> list[Item]:
    fact = Fact(f"subscription:{subscription.id}:cancelled", -notice.time_us)
    cancelled = _event(subscription, notice, "cancelled", fact, options)
    details = subscription.cancellation_details or Cancellation()
    cancelled.attributes.update(stated(reason=details.reason, feedback=details.feedback))
    return [replace(cancelled, text=details.comment or "")]


def _event(
    subscription: Subscription,
    notice: Notice,
    what: str,
    fact: Fact | None,
    options: StripeOptions,
) -> Event:
    parts = (subscription.items or Parts()).data
    who = named(
        *names_in_metadata(notice, options),
        name("customer", id_of(subscription.customer)),
        name("subscription", subscription.id),
    )
    price = parts[0].price if parts else None
    told_ = event(
        notice,
        f"sales.subscription.{what}",
        who,
        fact,
        options,
        subscription_id=subscription.id,
        plan=(price and (price.nickname or price.id)) or "",
        interval=(price and price.recurring and price.recurring.interval) or "",
        ends="at the end of the period" if subscription.cancel_at_period_end else "",
    )
    return replace(told_, status=_words(subscription.status), money=_money(parts))


def _money(parts: tuple[Part, ...]) -> Money | None:
    """What a period costs, if all parts say it in one currency."""
    total, currencies = 0, set()
    for part in parts:
        if part.price is None or part.price.unit_amount is None or not part.price.currency:
            return None
        total += part.price.unit_amount * (1 if part.quantity is None else part.quantity)
        currencies.add(part.price.currency)
    if len(currencies) != 1:
        return None
    return money(total, currencies.pop(), "data.object.items.data.price.unit_amount")


def _words(status: object) -> str:
    return status.lower().replace("_", " ") if isinstance(status, str) else ""


SUBSCRIPTIONS: Final[Mapping[str, Mapped[[object, StripeOptions]]]] = {
    "customer.subscription.created": told(Subscription, _created),
    "customer.subscription.updated": told(Subscription, _updated),
    "customer.subscription.deleted": told(Subscription, _cancelled),
    "customer.subscription.paused": told(Subscription, _set_aside),
    "customer.subscription.resumed": told(Subscription, _set_aside),
}
