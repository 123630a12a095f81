"""`dynamics`: operations of Dynamics 365 (Dataverse) and data events of its Finance and Operations.

| operation on                         | becomes                                              |
|--------------------------------------|------------------------------------------------------|
| `lead` Create                        | `sales.lead.created`                                 |
| `opportunity` Create                 | `sales.deal.created`                                 |
| ... Update of its state, Win, Lose   | `sales.deal.won`, `sales.deal.lost`                  |
| ... Update of its stage, or reopened | `sales.deal.stage_changed`                           |
| `salesorder` Create                  | `sales.order.placed`                                 |
| ... Update of its state              | `sales.order.cancelled`, `sales.order.shipped`       |
| `incident` Create                    | `support.contact`, text = description                |
| ... Update of its state              | `support.solved`; canceled `support.closed`;         |
|                                      | active again `support.reopened` and `.contact`       |
| ... Update of its status alone       | `support.status_changed`                             |
| ... Update of its satisfaction       | `feedback.csat` on 1 to 5                            |
| `email` Create, incoming             | `support.message` of its case                        |
| `account`, `contact` Create, Update  | `customer.created`, `customer.updated`               |
| `account`, `contact`, `lead` Merge   | `customer.merged`                                    |
| `CustCustomerV3Entity`               | `customer.created`, `customer.updated`               |
| `SalesOrderHeaderV2Entity` Create    | `sales.order.placed`                                 |
| any of them Delete                   | retraction of what its creation and outcome told     |

An event type for `ignore` is an entity. Other messages (Assign, SetState, Close, ...) tell nothing
that an Update does not tell, and are ignored. An operation that was too large to be sent has no
parameters and fails as `needs_enrichment`.

Records are named by their entity: the customer of a deal, order or case is its `account` or
`contact`, whichever it refers to, linked strongly; a contact's own account weakly. An update has
only what changed; images of the step are read for who it is about.
Money needs a currency, which is a reference here: `currency` of the source says it.
Facts: `<entity>:<id>:created`, `opportunity:<id>:outcome`, `incident:<id>:contact` and `:csat`, of
which the latest counts; all else is a fact of the operation. The version is its time.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import by_type
from connectors.markup import plain_text
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales.dynamics_contexts import (
    Operation,
    option,
    plain_value,
    read_operation,
    reference,
    text,
)
from connectors.sales.dynamics_entities import IGNORED
from service.event import Event, Fact, Identifier, Ignored, Item, Money, Record, Retraction, Score

NO_STEP: Final = Ignored("an operation that tells no step of a journey")
BY_STAFF: Final = Ignored("written by an agent or a bot")

_CUSTOMERS: Final = ("account", "contact")
_CHANNELS: Final = {1: "phone", 2: "email", 3: "web", 2483: "facebook", 3986: "twitter"}
_PRIORITIES: Final = {1: "high", 2: "normal", 3: "low"}
_ENDS_OF_CASES: Final = {1: ("solved", "resolved"), 2: ("closed", "canceled")}
_ENDS_OF_ORDERS: Final = {2: ("cancelled", "canceled"), 3: ("shipped", "fulfilled")}
_OUTCOMES: Final = {1: "won", 2: "lost"}


class DynamicsOptions(CustomFields):
    """Keys of a source of Dynamics 365."""

    currency: str = ""
    """The currency of all amounts."""


ToItems: TypeAlias = Callable[[Operation, DynamicsOptions], list[Item]]
"""What an operation on a record of one entity becomes."""


def open_dynamics(options: DynamicsOptions) -> Convert:
    """What converts the records of a source with these options."""
    read_types = {entity: _operation(items, options) for entity, items in _MAPPED.items()}
    of_type = by_type(read_types, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        entity = payload.get("PrimaryEntityName")
        if not isinstance(entity, str):
            raise Refused("missing_field", "`PrimaryEntityName` is missing: this is no operation")
        return of_type(entity)(payload)

    return total(read)


def _operation(items: ToItems, options: DynamicsOptions) -> Callable[[dict[str, Any]], list[Item]]:
    return lambda payload: items(read_operation(payload), options)


def _deal(operation: Operation, options: DynamicsOptions) -> list[Item]:
    if operation.message == "Delete":
        return _retractions(operation, "created", "outcome")
    state, stage = option(operation.target.get("statecode")), operation.target.get("stepname")
    outcome = _OUTCOMES.get(state or 0) or {"Win": "won", "Lose": "lost"}.get(operation.message)
    if operation.message == "Create":
        return [_of_deal(operation, "created", "created", options)]
    if outcome:
        return [replace(_of_deal(operation, outcome, "outcome", options), status=outcome)]
    if operation.message != "Update" or (state is None and stage is None):
        return [NO_STEP]
    moved = _of_deal(operation, "stage_changed", "", options)
    return [moved] if state is None else [moved, *_retractions(operation, "outcome")]


def _of_deal(operation: Operation, what: str, fact: str, options: DynamicsOptions) -> Event:
    known = operation.known
    amount = known.get("actualvalue") if what == "won" else None
    return replace(
        _event(operation, f"sales.deal.{what}", _customer_of(operation, options), fact, options),
        title=text(known.get("name")),
        money=_money(amount or known.get("estimatedvalue") or known.get("actualvalue"), options),
        status=text(known.get("stepname")).lower(),
    )


def _order(operation: Operation, options: DynamicsOptions) -> list[Item]:
    if operation.message == "Delete":
        return _retractions(operation, "created")
    if operation.message == "Create":
        return [_of_order(operation, "placed", "created", "", options)]
    end = _ENDS_OF_ORDERS.get(option(operation.target.get("statecode")) or 0)
    if end is None:
        return [NO_STEP]
    return [_of_order(operation, end[0], end[0], end[1], options)]


def _of_order(
    operation: Operation, what: str, fact: str, status: str, options: DynamicsOptions
) -> Event:
    event = _event(
        operation, f"sales.order.{what}", _customer_of(operation, options), fact, options
    )
    order = text(operation.known.get("ordernumber"))
    money = _money(operation.known.get("totalamount"), options)
    return replace(
        event, money=money, status=status, attributes=event.attributes | stated(order_number=order)
    )


def _case(operation: Operation, options: DynamicsOptions) -> list[Item]:
    if operation.message == "Delete":
        return _retractions(operation, "contact")
    if operation.message == "Create":
        event = _of_case(operation, "support.contact", "contact", options)
        return [replace(event, text=plain_text(text(operation.known.get("description"))))]
    if operation.message != "Update":
        return [NO_STEP]
    items = [*_moved(operation, options), *_satisfied(operation, options)]
    return items or [NO_STEP]


def _moved(operation: Operation, options: DynamicsOptions) -> list[Item]:
    state = option(operation.target.get("statecode"))
    if state in _ENDS_OF_CASES:
        what, status = _ENDS_OF_CASES[state]
        return [replace(_of_case(operation, f"support.{what}", "", options), status=status)]
    if state == 0:
        reopened = _of_case(operation, "support.reopened", "", options)
        again = f"{reopened.id}:contact"
        fact = Fact(again, operation.time_us)
        return [reopened, replace(reopened, id=again, kind="support.contact", fact=fact)]
    if "statuscode" in operation.target:
        return [_of_case(operation, "support.status_changed", "", options)]
    return []


def _satisfied(operation: Operation, options: DynamicsOptions) -> list[Item]:
    code = option(operation.target.get("customersatisfactioncode"))
    if code is None:
        return []
    rated = _of_case(operation, "feedback.csat", "csat", options)
    return [replace(rated, id=f"{rated.id}:csat", score=Score(code, low=1, high=5, best=5))]


def _of_case(operation: Operation, kind: str, fact: str, options: DynamicsOptions) -> Event:
    known = operation.known
    event = _event(operation, kind, _customer_of(operation, options), fact, options)
    about = stated(
        ticket_id=operation.record_id,
        ticket_number=text(known.get("ticketnumber")),
        priority=_PRIORITIES.get(option(known.get("prioritycode")) or 0),
        status_code=option(operation.target.get("statuscode")),
    )
    return replace(
        event,
        title=text(known.get("title")),
        channel=_CHANNELS.get(option(known.get("caseorigincode")) or 0, ""),
        attributes=event.attributes | about,
    )


def _email(operation: Operation, options: DynamicsOptions) -> list[Item]:
    if operation.message != "Create":
        return [NO_STEP]
    known = operation.known
    if known.get("directioncode") is not False:
        return [BY_STAFF]
    case = reference(known.get("regardingobjectid"), "incident")
    if case is None:
        return [NO_STEP]
    sender = reference(known.get("emailsender"), *_CUSTOMERS)
    address = name("email", text(known.get("sender")))
    who = named(*own_names(options, known), sender, case, around=[address])
    message = _event(operation, "support.message", who, "", options)
    return [
        replace(
            message,
            title=text(known.get("subject")),
            text=plain_text(text(known.get("description"))),
            channel="email",
        )
    ]


def _person(operation: Operation, options: DynamicsOptions) -> list[Item]:
    created = "sales.lead.created" if operation.entity == "lead" else "customer.created"
    known = operation.known
    who = named(
        name(operation.entity, operation.record_id),
        *own_names(options, known),
        name("email", text(known.get("emailaddress1"))),
        name("email", text(known.get("emailaddress2"))),
        name("phone", text(known.get("mobilephone"))),
        *_merged_away(operation),
        around=[
            name("phone", text(known.get("telephone1"))),
            reference(known.get("parentcustomerid"), *_CUSTOMERS),
            reference(known.get("parentaccountid"), "account"),
        ],
    )
    return _profile(operation, created, who, options)


def _merged_away(operation: Operation) -> list[Identifier | None]:
    subordinate = operation.parameters.get("SubordinateId")
    if operation.message != "Merge" or not isinstance(subordinate, str):
        return []
    return [name(operation.entity, subordinate.lower())]


def _customer(operation: Operation, options: DynamicsOptions) -> list[Item]:
    known = operation.known
    who = named(
        name("customer", text(known.get("CustomerAccount"))),
        *own_names(options, known),
        name("email", text(known.get("PrimaryContactEmail"))),
        name("record", operation.record_id),
        around=[name("phone", text(known.get("PrimaryContactPhone")))],
    )
    return _profile(operation, "customer.created", who, options)


def _profile(
    operation: Operation, created: str, who: Named, options: DynamicsOptions
) -> list[Item]:
    if operation.message == "Delete":
        return _retractions(operation, "created")
    if operation.message == "Create":
        return [_event(operation, created, who, "created", options)]
    if operation.message == "Merge":
        return [_event(operation, "customer.merged", who, "", options)]
    if operation.message == "Update":
        return [_event(operation, "customer.updated", who, "", options)]
    return [NO_STEP]


def _placed(operation: Operation, options: DynamicsOptions) -> list[Item]:
    if operation.message == "Delete":
        return _retractions(operation, "created")
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
    placed = _event(operation, "sales.order.placed", who, "created", options)
    return [replace(placed, attributes=placed.attributes | stated(order_number=number))]


def _customer_of(operation: Operation, options: DynamicsOptions) -> Named:
    known = operation.known
    customer = reference(known.get("customerid"), *_CUSTOMERS)
    account = reference(known.get("parentaccountid"), "account")
    contact = reference(known.get("parentcontactid"), "contact") or reference(
        known.get("primarycontactid"), "contact"
    )
    first = customer or account or contact
    return named(
        *own_names(options, known),
        first,
        name(operation.entity, operation.record_id),
        around=[account, contact],
    )


def _event(
    operation: Operation, kind: str, who: Named, fact: str, options: DynamicsOptions
) -> Event:
    """What every event has; `fact` where a later operation may restate it."""
    own = {key: plain_value(value) for key, value in operation.known.items()}
    return Event(
        id=operation.id,
        kind=kind,
        occurred_at_us=operation.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(_fact_id(operation, fact) if fact else operation.id, operation.time_us),
        attributes=kept(options, own),
    )


def _retractions(operation: Operation, *facts: str) -> list[Item]:
    return [
        Retraction(
            id=f"{operation.id}:{fact}",
            fact=Fact(_fact_id(operation, fact), operation.time_us),
            occurred_at_us=operation.time_us,
        )
        for fact in facts
    ]


def _fact_id(operation: Operation, fact: str) -> str:
    return f"{operation.entity}:{operation.record_id}:{fact}"


def _money(value: object, options: DynamicsOptions) -> Money | None:
    amount = plain_value(value)
    if not options.currency or amount is None or isinstance(amount, bool):
        return None
    return parse_money(amount, options.currency, "the amount")


_MAPPED: Final[Mapping[str, ToItems]] = {
    "lead": _person,
    "account": _person,
    "contact": _person,
    "opportunity": _deal,
    "salesorder": _order,
    "incident": _case,
    "email": _email,
    "CustCustomerV3Entity": _customer,
    "SalesOrderHeaderV2Entity": _placed,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "feedback.csat",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
        "sales.order.cancelled",
        "sales.order.placed",
        "sales.order.shipped",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

DYNAMICS: Final = Connector(
    name="dynamics",
    options=DynamicsOptions,
    open=open_dynamics,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "A webhook or a Service Bus queue of Dataverse behind a sink connector, with the execution "
        "context as its body; of Finance and Operations, data events by Event Grid or Service Bus. "
        "Everything that is read lies in the body. A context holds the columns that changed: a "
        "step needs pre- and post-images of the columns that are read, or a customer may be "
        "missing."
    ),
)
