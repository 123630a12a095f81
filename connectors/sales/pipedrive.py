"""`pipedrive`: webhooks of both versions, one change of one item a record.

| event                                    | becomes                                               |
|------------------------------------------|-------------------------------------------------------|
| `deal.create`                            | `sales.deal.created`, and won or lost if it is        |
| `deal.change` of the status              | `sales.deal.won`, `sales.deal.lost`; of an open deal  |
|                                          | `sales.deal.stage_changed`, without an outcome        |
| `deal.change` of the stage               | `sales.deal.stage_changed`                            |
| `lead.create`                            | `sales.lead.created`                                  |
| `person.create`, `organization.create`   | `customer.created`                                    |
| `person.change`, `organization.change`   | `customer.updated`; `customer.merged` where it says   |
|                                          | into which other it went, or was `merged`             |
| any of them deleted                      | retraction of what its creation and outcome told; of  |
|                                          | a person or organization whose `meta` says into which |
|                                          | other it went (`merged_to_id`), `customer.merged` too |

An event type is the entity with the action, in the words of the second version (`create`, `change`,
`delete`); the first's (`added`, `updated`, `deleted`, `merged`) are read as these.
`data` is the item now, `previous` has only what changed. Stages are ids of the account: `stages`
of the source says what they are called.

The customer of a deal or lead is its `person`, strongly linked, its `organization` weakly; with
`customer_is: organization` the other way round. Money is the deal's `value` in its `currency`.
Facts: `<entity>:<id>:created`, `deal:<id>:outcome`, of which the latest counts; all else is a fact
under the event's id. The version is the time of the webhook. Custom fields are named by their
hashes in `fields` and `identifiers` of the source.
"""

from collections.abc import Mapping
from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.event_types import by_type
from connectors.refusal import Refused
from connectors.sales.pipedrive_changes import ToItems, type_of
from connectors.sales.pipedrive_deals import DEALS
from connectors.sales.pipedrive_objects import Meta
from connectors.sales.pipedrive_options import PipedriveOptions
from connectors.sales.pipedrive_people import PEOPLE
from service.event import Item, Record

_STAFF: Final = "plans, notes and files of employees, the customer sees none of it"
_SETTINGS: Final = "the account's own people, pipelines and products"
_WORKED_ON: Final = "how a lead is worked on inside"

_IGNORED_ENTITIES: Final = {
    _STAFF: """
        activity activity_type activityType board file mail_message mail_thread note phase project
        task""",
    _SETTINGS: "deal_installment deal_product pipeline product stage user",
}
IGNORED: Final[Mapping[str, str]] = {
    f"{entity}.{action}": reason
    for reason, entities in _IGNORED_ENTITIES.items()
    for entity in entities.split()
    for action in ("create", "change", "delete")
} | {"lead.change": _WORKED_ON}


def open_pipedrive(options: PipedriveOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if "meta" not in payload:
            raise Refused("missing_field", "`meta` is missing: this is no webhook of Pipedrive")
        meta = strict_json.shaped(payload["meta"], Meta, "meta")
        return of_type(type_of(meta))(payload, meta, options)

    return total(read)


_MAPPED: Final[Mapping[str, ToItems]] = {**DEALS, **PEOPLE}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
    }
)

PIPEDRIVE: Final = Connector(
    name="pipedrive",
    options=PipedriveOptions,
    open=open_pipedrive,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks reach a topic by an HTTP bridge; entity and action are in the body, and no "
        "header is needed."
    ),
)
