"""`dynamics`: operations and rows of Dynamics 365, and data events of its Finance and Operations.

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
| `feedback`                           | `feedback.rating` on the scale that it has           |
| `msfp_surveyresponse`                | `feedback.nps`, without points `feedback.survey`     |
| `account`, `contact` Create, Update  | `customer.created`, `customer.updated`               |
| `account`, `contact`, `lead` Merge   | `customer.merged`                                    |
| `CustCustomerV3Entity`               | `customer.created`, `customer.updated`               |
| `SalesOrderHeaderV2Entity` Create    | `sales.order.placed`                                 |
| any of them Delete                   | retraction of what its creation and outcome told     |

| row of                        | becomes                                                     |
|-------------------------------|-------------------------------------------------------------|
| `lead`, `account`, `contact`  | `sales.lead.created`, `customer.created`                    |
| `opportunity`                 | `sales.deal.created`; `sales.deal.won`, `.lost` if it is    |
| `salesorder`                  | `sales.order.placed`; `sales.order.cancelled`, `.shipped`   |
| `incident`                    | `support.contact`; `support.solved`, `.closed`;             |
|                               | `feedback.csat`                                             |
| `email`, incoming             | `support.message` of its case                               |
| `feedback`, Customer Voice    | `feedback.rating`, `feedback.nps`, `feedback.survey`        |
| any of them that was deleted  | retraction of what its creation and outcome told            |

An event type for `ignore` is an entity. Other messages (Assign, SetState, Close, ...) tell nothing
that an Update does not tell, and are ignored. An operation that was too large to be sent has no
parameters and fails as `needs_enrichment`. Rows are those of the Web API and of Synapse Link; what
they refer to needs its entity beside it (`Prefer: odata.include-annotations="*"`).

Records are named by their entity: the customer of a deal, order or case is its `account` or
`contact`, whichever it refers to, linked strongly; a contact's own account weakly. An update has
only what changed; images of the step are read for who it is about.
Money needs a currency, which is a reference here: `currency` of the source says it.
Facts: `<entity>:<id>:created`, `opportunity:<id>:outcome`, `incident:<id>:contact` and `:csat`, of
which the latest counts; all else is a fact of the operation. The version is its time, of a row its
`modifiedon`. Rows state the same facts, so both may be read. That a case is over is a fact of its
own when a row tells it, `incident:<id>:solved` or `:closed`, of which the earliest counts; an
operation that tells it takes that back.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import by_type
from connectors.refusal import Refused
from connectors.sales import dynamics_cases as cases
from connectors.sales import dynamics_deals as deals
from connectors.sales import dynamics_feedback as feedback
from connectors.sales import dynamics_people as people
from connectors.sales.dynamics_contexts import Operation, read_operation
from connectors.sales.dynamics_entities import IGNORED
from connectors.sales.dynamics_options import DynamicsOptions
from connectors.sales.dynamics_rows import entity_of_row, is_row, read_row
from connectors.stand_ins import type_of_source
from service.event import Item, Record

ToItems: TypeAlias = Callable[[Operation, DynamicsOptions], list[Item]]
"""What an operation on a record of one entity becomes."""

_MAPPED: Final[Mapping[str, ToItems]] = {
    "lead": people.person,
    "account": people.person,
    "contact": people.person,
    "opportunity": deals.deal,
    "salesorder": deals.order,
    "incident": cases.case,
    "email": cases.email,
    "feedback": feedback.rating,
    "msfp_surveyresponse": feedback.survey_response,
    "CustCustomerV3Entity": people.finance_customer,
    "SalesOrderHeaderV2Entity": deals.finance_order,
}


def open_dynamics(options: DynamicsOptions) -> Convert:
    """What converts the records of a source with these options."""
    read_types = {entity: _told(items, options) for entity, items in _MAPPED.items()}
    of_type = by_type(read_types, IGNORED, options.ignore)
    entities = frozenset({*_MAPPED, *IGNORED, *options.ignore})

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        entity = payload.get("PrimaryEntityName")
        if isinstance(entity, str):
            return of_type(entity)(lambda: read_operation(payload))
        otherwise = type_of_source(options, record, "")

        def read_one(row: object) -> list[Item]:
            if not isinstance(row, dict) or not (otherwise or is_row(row)):
                raise Refused(
                    "missing_field",
                    "neither `PrimaryEntityName` nor `modifiedon` is there: this is no operation "
                    "and no row",
                )
            entity = entity_of_row(row, entities, otherwise)
            return of_type(entity)(lambda: read_row(row, entity, record.time_us))

        page = payload.get("value")
        return isolated(page, read_one) if isinstance(page, list) else read_one(payload)

    return total(read)


def _told(
    items: ToItems, options: DynamicsOptions
) -> Callable[[Callable[[], Operation]], list[Item]]:
    return lambda operation: items(operation(), options)


KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "feedback.comment",
        "feedback.csat",
        "feedback.nps",
        "feedback.rating",
        "feedback.survey",
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
        "missing. Or rows of the Web API or of Synapse Link, by Airbyte or a poller, one a record "
        "or whole pages: `type: incident` says what they are where their columns do not."
    ),
)
