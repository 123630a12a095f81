"""`hubspot`: webhooks of contacts, companies, deals, tickets and leads, and rows of its API.

| subscription type                           | becomes                                            |
|---------------------------------------------|----------------------------------------------------|
| `contact.creation`, `company.creation`      | `customer.created`                                 |
| `contact.propertyChange`,                   | `customer.updated`; `sales.lead.created` where a   |
| `company.propertyChange`                    | contact's `lifecyclestage` becomes `lead`          |
| `contact.merge`, `company.merge`            | `customer.merged`                                  |
| `*.privacyDeletion`                         | `customer.erasure_requested`                       |
| `lead.creation`                             | `sales.lead.created`                               |
| `deal.creation`                             | `sales.deal.created`                               |
| `deal.propertyChange` of `dealstage`        | `sales.deal.won`, `.lost` or else `.stage_changed` |
| `ticket.creation`                           | `support.contact`                                  |
| `ticket.propertyChange` of the stage        | `support.closed` or else `support.status_changed`  |
| ... of `hs_ticket_reopened_at`              | `support.reopened` and `support.contact`           |
| `*.associationChange`                       | `customer.updated` with the link that it states    |
| `*.deletion`, `deal.merge`                  | retraction of what the creation told               |
| `*.restore`                                 | what the creation told, at the time of the restore |

| polled row of            | becomes                                                               |
|--------------------------|-----------------------------------------------------------------------|
| `contacts`, `companies`  | `customer.created`; `sales.lead.created` of a contact that has the    |
|                          | date at which it became a lead                                        |
| `leads`                  | `sales.lead.created`                                                  |
| `deals`                  | `sales.deal.created`, and `sales.deal.won` or `.lost` if it is that   |
| `tickets`                | `support.contact`; `support.closed` if it is that; `support.reopened` |
|                          | and `support.contact` if it was reopened                              |
| `feedback_submissions`   | `feedback.nps`, `feedback.ces`, and what `surveys` says of others     |
| history of a stage       | each change as its webhook is read                                    |
| any of them, archived    | retraction of what it told                                            |

HubSpot sends arrays; their elements are items of their own. The newer `object.*` with an
`objectTypeId` are these types too, and `ignore` names types as they are written here; a row's type
is its object alone (`deal`).
Ignored, beside the types listed below: changes of other properties of deals and tickets; tickets
that were opened by hand inside HubSpot (`on_behalf: contact` counts them; a row tells it by
`hs_object_source`).

A webhook has no name and no previous value. `hs_ticket_reopened_at` is a property that accounts
have and HubSpot's documents do not explain; who uses it finds it set whenever a closed ticket is
opened again, for whatever reason: subscribe to it, or poll it. Stages are ids: those of
HubSpot's own pipelines are known; of others the source says in `won_stages`, `lost_stages` and
`closed_stages` what they are, and in `stages` what they are called. The subject is the object
itself, until an association links it with its customer: the contact, or with `customer_is: company`
the company. The other of the two is linked weakly.

The `eventId` is not unique and differs by subscription, so ids are made of the type, the object,
the property and the time. Facts: `<object>:<id>:created`, `deal:<id>:outcome`,
`ticket:<id>:contact`, `contact:<id>:lead`, and each association; the version is the time, of a row
its `updatedAt`, and the latest counts. A deal in an open stage has no outcome, so each such change
retracts one that there may be.

Rows state the same facts, and events that are no facts have the same ids, so webhooks and rows may
both be read. That needs the time at which a ticket came into its stage, and only
`propertiesWithHistory` and `hs_v2_date_entered_<stage>` have it to the millisecond; where neither
is polled, `closed_date` stands in.
"""

import re
from typing import Any, Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import by_type
from connectors.refusal import Refused
from connectors.sales.hubspot_changes import CHANGES
from connectors.sales.hubspot_options import HubspotOptions
from connectors.sales.hubspot_rows import ROWS
from connectors.sales.hubspot_types import IGNORED, object_called, object_of
from connectors.stand_ins import type_of_source
from service.event import Item, Record

_OBJECT_IN_URL: Final = re.compile(r"/record/([02]-\d+)/", re.ASCII)

_TELLING: Final = {
    "dealstage": "deal",
    "hs_ticket_priority": "ticket",
    "hs_ticket_category": "ticket",
    "hs_lead_name": "lead",
    "hs_survey_type": "feedback_submission",
    "lastmodifieddate": "contact",
    "domain": "company",
}
"""Properties that only one object has, most of them in every answer of the API."""


def open_hubspot(options: HubspotOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_change = by_type(CHANGES, IGNORED, options.ignore)
    of_row = by_type(ROWS, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        otherwise = type_of_source(options, record, "/")

        def read_row(row: object) -> list[Item]:
            thing = _object_of_row(row, otherwise)
            return of_row(thing)(row, thing, options)

        if "subscriptionType" not in payload:
            if isinstance(page := payload.get("results"), list):
                return isolated(page, read_row)
            if "properties" in payload:
                return read_row(payload)
        type_ = _type_of(payload)
        return of_change(type_)(payload, type_.partition(".")[0], options)

    return total(read)


def _type_of(payload: dict[str, Any]) -> str:
    type_ = payload.get("subscriptionType")
    if not isinstance(type_, str):
        raise Refused(
            "missing_field",
            "neither `subscriptionType` nor `properties` is there: this is no webhook and no row",
        )
    thing, _, action = type_.partition(".")
    if thing != "object":
        return type_
    id_ = payload.get("objectTypeId") or payload.get("fromObjectTypeId")
    if not isinstance(id_, str):
        raise Refused("missing_field", "`objectTypeId` is missing")
    return f"{object_of(id_)}.{action}"


def _object_of_row(row: object, otherwise: str) -> str:
    """What the source says; else what its address tells, or what it has."""
    if otherwise:
        return object_called(otherwise)
    if isinstance(row, dict):
        if isinstance(url := row.get("url"), str) and (found := _OBJECT_IN_URL.search(url)):
            return object_of(found[1])
        if isinstance(properties := row.get("properties"), dict):
            for property_, thing in _TELLING.items():
                if property_ in properties:
                    return thing
    raise Refused(
        "missing_field",
        "neither the row's `url` nor its properties tell which object it is; set `type` of the "
        "source, such as deals",
    )


KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "feedback.ces",
        "feedback.comment",
        "feedback.nps",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
        "support.closed",
        "support.contact",
        "support.reopened",
        "support.status_changed",
    }
)


def _kinds(options: HubspotOptions) -> frozenset[str]:
    return KINDS | {survey.kind for survey in options.surveys.values()}


HUBSPOT: Final = Connector(
    name="hubspot",
    options=HubspotOptions,
    open=open_hubspot,
    ignored=IGNORED,
    kinds=_kinds,
    arrival=(
        "Webhooks of an app, behind an HTTP gateway. The body is always an array of changes, and "
        "each is an item of its own (the envelope `array`). Everything that is read lies in the "
        "body; signature headers are the gateway's to check. A change names an object and neither "
        "its customer nor its stage's meaning: the options name the stages that are won, lost and "
        "closed. Or rows of the API, `/crm/v3/objects/<object>`, by Airbyte or a poller, one a "
        "record or whole pages: `type: deals` says what they are where neither `url` nor their "
        "properties do, and `associations` whose they are."
    ),
)
