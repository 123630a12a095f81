"""`stripe`: events of an account's webhooks or event destinations, one a record.

| event type                                                  | becomes                            |
|-------------------------------------------------------------|------------------------------------|
| `charge.succeeded`, `charge.captured`                       | `sales.payment.succeeded`          |
| `payment_intent.succeeded`, `invoice_payment.paid`          | the same, of the same fact         |
| `invoice.paid`, `invoice.payment_succeeded`                 | the same, of the same fact         |
| `checkout.session.completed`, `.async_payment_succeeded`    | the same, of the same fact         |
| `charge.failed`, `invoice.payment_failed`,                  | `sales.payment.failed`, once for a |
| `payment_intent.payment_failed`                             | charge that was tried              |
| `charge.refunded`                                           | `sales.payment.refunded`, with the |
|                                                             | sum of the refunds of its charge   |
| `customer.subscription.created`, or paid at last            | `sales.subscription.started`       |
| `customer.subscription.updated`: a new period               | `sales.subscription.renewed`       |
| ... price, quantity, status or end; `.paused`, `.resumed`   | `sales.subscription.changed`       |
| `customer.subscription.deleted`                             | `sales.subscription.cancelled`     |
| `customer.created`, `customer.updated`                      | `customer.created`, `.updated`     |
| `customer.deleted`                                          | retraction of the creation         |

Ignored, beside the types listed below: the test mode (`livemode: any` counts it); amounts of 0, as
the invoice of a trial; money that is only reserved; updates that are no step. Events of the second
version (`object: v2.core.event`) hold no object and, if they matter, fail as `needs_enrichment`.

Amounts are whole units of Stripe, which for a few currencies are not those of ISO 4217. How
payments count once is told in `stripe_payments`, what a change of a subscription is in
`stripe_subscriptions`; its money is what a period costs. A refund is the fact `refund:<charge>`
whose version is the sum, so that a second partial refund takes the place of the first.
A start, renewal and cancellation are facts of the subscription (`subscription:<id>:started`) of
which the earliest counts, a creation is `customer:<id>:created`; all else is a fact under the
event's id. The subject is the `customer`, else the e-mail address, else the payment; what
`identifiers` of the source finds in an object's metadata goes before.
"""

from typing import Any, Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.event_types import by_type
from connectors.naming import name, named
from connectors.refusal import Refused, needs_enrichment
from connectors.sales.stripe_notices import Notice, StripeOptions, event, names_in_metadata, told
from connectors.sales.stripe_objects import Customer
from connectors.sales.stripe_payments import PAYMENTS
from connectors.sales.stripe_subscriptions import SUBSCRIPTIONS
from connectors.sales.stripe_types import IGNORED
from service.event import Event, Fact, Item, Record, Retraction


def open_stripe(options: StripeOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    left_out = IGNORED.keys() | set(options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = _type_of(payload)
        if payload.get("object") == "v2.core.event":
            # Thin events of the first version's objects have its types behind `v1.`.
            type_ = next((t for t in (type_, type_.removeprefix("v1.")) if t in left_out), "")
            if not type_:
                raise needs_enrichment("object", "subscribe to its snapshot in Stripe instead")
        return of_type(type_)(payload, options)

    return total(read)


def _type_of(payload: dict[str, Any]) -> str:
    type_ = payload.get("type")
    if isinstance(type_, str):
        return type_
    raise Refused("missing_field", "`type` is missing: this is no event of Stripe")


def _created(customer: Customer, notice: Notice, options: StripeOptions) -> list[Item]:
    fact = Fact(_creation_of(customer), notice.time_us)
    return [_of_customer(customer, notice, "customer.created", fact, options)]


def _updated(customer: Customer, notice: Notice, options: StripeOptions) -> list[Item]:
    return [_of_customer(customer, notice, "customer.updated", None, options)]


def _deleted(customer: Customer, notice: Notice, _: StripeOptions) -> list[Item]:
    time_us = notice.time_us
    fact = Fact(_creation_of(customer), time_us)
    return [Retraction(id=notice.id, fact=fact, occurred_at_us=time_us)]


def _creation_of(customer: Customer) -> str:
    return f"customer:{customer.id}:created"


def _of_customer(
    customer: Customer, notice: Notice, kind: str, fact: Fact | None, options: StripeOptions
) -> Event:
    former = notice.before.get("email")
    who = named(
        *names_in_metadata(notice, options),
        name("customer", customer.id),
        name("email", customer.email),
        name("email", former if isinstance(former, str) else None),
        name("phone", customer.phone),
    )
    locale = next(iter(customer.preferred_locales or ()), "")
    return replace(event(notice, kind, who, fact, options), language=locale)


_MAPPED: Final = {
    **PAYMENTS,
    **SUBSCRIPTIONS,
    "customer.created": told(Customer, _created),
    "customer.updated": told(Customer, _updated),
    "customer.deleted": told(Customer, _deleted),
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.updated",
        "sales.payment.failed",
        "sales.payment.refunded",
        "sales.payment.succeeded",
        "sales.subscription.cancelled",
        "sales.subscription.changed",
        "sales.subscription.renewed",
        "sales.subscription.started",
    }
)

STRIPE: Final = Connector(
    name="stripe",
    options=StripeOptions,
    open=open_stripe,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks behind an HTTP gateway, or Stripe's event destination to EventBridge and a sink "
        "that passes on `detail`. Everything that is read lies in the body; the signature header, "
        "which gateways drop, is theirs to check. Thin events carry an id and no object, and "
        "cannot be read."
    ),
)
