"""`shopify`: webhooks of a shop, one object a record; the topic is in the header.

| topic                                      | becomes                                             |
|--------------------------------------------|-----------------------------------------------------|
| `orders/create`                            | `sales.order.placed` at `created_at`                |
| `orders/paid`                              | `sales.order.paid` at `updated_at`                  |
| `orders/cancelled`                         | `sales.order.cancelled` at `cancelled_at`           |
| `fulfillments/create`, `orders/fulfilled`  | `sales.order.shipped`, once for an order            |
| `fulfillments/update` saying delivered     | `sales.order.delivered` at `updated_at`             |
| `refunds/create` with money                | `sales.order.refunded` at `created_at`              |
| `orders/delete`                            | retractions of placed, paid, shipped, cancelled     |
| `customers/create`, `customers/update`     | `customer.created`, `customer.updated`              |
| `customers/merge`                          | `customer.merged`                                   |
| `customers/delete`                         | retraction of the creation                          |
| `customers/redact`                         | `customer.erasure_requested`                        |
| `order_transactions/create`                | `sales.payment.succeeded`, `sales.payment.failed`   |
| `subscription_contracts/*`                 | see `shopify_subscriptions`                         |
| `subscription_billing_attempts/*`          | see `shopify_subscriptions`                         |

Ignored, beside the topics listed below: test orders and test refunds; fulfillments that are not
done or say nothing of a delivery; refunds that move no money (goods put back on the shelf). A
source whose bridge drops headers names the one topic of its records as `type`.

Each webhook is a snapshot, and the same thing is told by several: by repeats, by further
subscriptions with other ids, by a parcel and by its order. So everything is a fact of the order,
parcel or refund (`order:<id>:placed`, `fulfillment:<id>:delivered`), and the *earliest* snapshot
counts: the version is the negated `updated_at` in microseconds. The event id is the topic with
`X-Shopify-Event-Id`, which topics of one action share, or else with id and `updated_at`.

The subject is the e-mail address, else the `customer`, else the `order`; what else is there is an
identifier, strongly linked to the subject. Money is in the shop's currency: of an order its
`total_price`, of a refund the sum of the refund transactions that succeeded, which includes
shipping and adjustments as the line items do not. `hours_in_transit` runs from the creation of the
parcel, its dispatch, to the update that first says delivered.
"""

from collections.abc import Mapping
from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.event_types import by_type
from connectors.headers import header
from connectors.refusal import Refused
from connectors.sales.shopify_customers import CUSTOMERS
from connectors.sales.shopify_delivery import Delivery, OfTopic
from connectors.sales.shopify_orders import ORDERS
from connectors.sales.shopify_parcels import PARCELS
from connectors.sales.shopify_payments import PAYMENTS
from connectors.sales.shopify_subscriptions import SUBSCRIPTIONS
from connectors.sales.shopify_topics import IGNORED
from connectors.stand_ins import TypeOptions, type_of_source
from service.event import Item, Record


def open_shopify(options: TypeOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_topic = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        topic = _topic_of(record, options)
        return of_topic(topic)(payload, Delivery(topic, record))

    return total(read)


def _topic_of(record: Record, options: TypeOptions) -> str:
    topic = header(record, "x-shopify-topic") or type_of_source(options, record, "/")
    if topic:
        return topic.lower()
    raise Refused(
        "missing_header",
        "no header X-Shopify-Topic: let the bridge pass it on, or set `type` or "
        "`type_from_topic` of the source",
    )


_MAPPED: Final[Mapping[str, OfTopic]] = {
    **ORDERS,
    **PARCELS,
    **PAYMENTS,
    **CUSTOMERS,
    **SUBSCRIPTIONS,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "sales.order.cancelled",
        "sales.order.delivered",
        "sales.order.paid",
        "sales.order.placed",
        "sales.order.refunded",
        "sales.order.shipped",
        "sales.payment.failed",
        "sales.payment.succeeded",
        "sales.subscription.cancelled",
        "sales.subscription.changed",
        "sales.subscription.renewed",
        "sales.subscription.started",
    }
)

SHOPIFY: Final = Connector(
    name="shopify",
    options=TypeOptions,
    open=open_shopify,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks behind an HTTP gateway, or by Shopify's own Google Pub/Sub or EventBridge "
        "delivery and a sink connector. The topic of a webhook is in the header "
        "`X-Shopify-Topic` and nowhere in the body. A bridge that drops headers needs one Kafka "
        "topic for each, and `type` of the source says which."
    ),
)
