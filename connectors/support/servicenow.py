"""`servicenow`: rows of its tables as pollers read them, each a snapshot, alone or in pages.

| row of                                | becomes                                                  |
|---------------------------------------|----------------------------------------------------------|
| `incident`, `sn_customerservice_case` | `support.contact` at its opening, text = description     |
| ... that is resolved                  | `support.solved` too, at `resolved_at`                   |
| ... that is closed or cancelled       | `support.closed` too, at `closed_at`                     |
| ... in any other state                | `support.status_changed` too                             |
| ... that was opened again             | `support.reopened` and `support.contact` too             |
| `sys_user`, `customer_contact`,       | `customer.created`, which links user, e-mail and phone   |
| `csm_consumer`                        |                                                          |
| `asmt_metric_result`                  | what `questions` of the source says, `feedback.comment`  |
| `sys_audit_delete` of one of these    | retraction of the contact or creation                    |

Answers to surveys are told in `servicenow_surveys`; the other tables of surveys repeat them.

An event type is the table of a row, `sys_class_name`; where that column is not read, `type` of the
source says it. A poller sees a row when it looks, so states in between are lost, and a row that is
only deleted is seen by nobody but `sys_audit_delete`.

All values are texts, numbers and truths too, and "" is absent. References are `{link, value}`, a
sys_id, or with display values a name beside a link that ends in it. Times have no zone and are UTC,
or with display values of the `zone` that the source says. States are codes or words. The subject is
the caller or contact of the case (`user`), else who opened it; the account or company is linked
weakly.

Facts. What a row is now is told by each snapshot of it: `<table>:<sys_id>:contact` (the latest
counts), `:solved:<n>`, `:closed:<n>`, `:state:<state>:<n>` after n reopenings and `:reopened:<n>`
(the earliest count), so that any number of snapshots counts once. The version is `sys_updated_on`,
with `sys_mod_count` to tell changes of one second apart; an answer is a fact of its row.
"""

from collections.abc import Mapping
from typing import Any, Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.custom_fields import kept, own_names
from connectors.event_types import by_type, ignoring
from connectors.naming import name, named
from connectors.refusal import Refused
from connectors.stand_ins import type_of_source
from connectors.support.servicenow_cases import CASES
from connectors.support.servicenow_options import ServicenowOptions, ToItems
from connectors.support.servicenow_records import (
    MOST_CHANGES,
    Deletion,
    Result,
    Row,
    created_us_of,
    id_of,
    moment_of,
    sys_id_of,
    text_of,
    version_of,
)
from connectors.support.servicenow_surveys import answered
from service.event import Event, Fact, Item, Record, Retraction

_HANDLING: Final = "work inside the company; what the customer asked for is the case or incident"
_ORDERS: Final = "orders from a catalogue; what the customer asked for is the case or incident"
_THINGS: Final = "things, texts and settings of the company"
_SURVEYS: Final = "a survey; what was answered is told by its results"
_JOURNALS: Final = "lines of a journal that do not say whether a customer wrote them"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _HANDLING: """
            change_request change_task incident_task problem problem_task sn_customerservice_task
            sysapproval_approver task task_sla ticket wm_order wm_task interaction""",
        _ORDERS: "sc_request sc_req_item sc_task",
        _THINGS: """
            alm_asset cmdb_ci cmn_department cmn_location core_company customer_account kb_knowledge
            sys_user_group""",
        _SURVEYS: "asmt_assessment_instance asmt_assessment_instance_question",
        _JOURNALS: "sys_journal_field sys_audit sys_email",
    }
)


def open_servicenow(options: ServicenowOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        otherwise = type_of_source(options, record, "_")
        page = payload.get("result")
        if isinstance(page, list):
            return isolated(page, lambda row: of_row(row, otherwise))
        return of_row(page if isinstance(page, dict) else payload, otherwise)

    def of_row(row: object, otherwise: str) -> list[Item]:
        if not isinstance(row, dict):
            raise Refused("wrong_type", "`result` must hold rows")
        table = _table_of(row) or otherwise
        if not table:
            raise Refused(
                "missing_field",
                "`sys_class_name` is missing: read it too, or set `type` of the source",
            )
        return of_type(table)(row, table, options)

    return total(read)


def _table_of(row: dict[str, Any]) -> str:
    table = row.get("sys_class_name")
    if isinstance(table, dict):
        table = table.get("value")
    return table if isinstance(table, str) else ""


def _person(payload: dict[str, Any], table: str, options: ServicenowOptions) -> list[Item]:
    row = strict_json.shaped(payload, Row)
    sys_id = sys_id_of(row)
    who = named(
        name("consumer" if table == "csm_consumer" else "user", sys_id),
        *own_names(options, payload),
        name("email", text_of(row.email)),
        name("phone", text_of(row.phone)),
        name("phone", text_of(row.mobile_phone)),
        around=[name("account", id_of(row.account)), name("company", id_of(row.company))],
    )
    event = Event(
        id=f"{table}:{sys_id}:created",
        kind="customer.created",
        occurred_at_us=created_us_of(row, options.zone),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"{table}:{sys_id}:created", version_of(row, options.zone)),
        attributes=kept(options, payload),
    )
    return [event]


def _answered(payload: dict[str, Any], _: str, options: ServicenowOptions) -> list[Item]:
    return [answered(strict_json.shaped(payload, Result), options)]


def _deleted(payload: dict[str, Any], _: str, options: ServicenowOptions) -> list[Item]:
    deletion = strict_json.shaped(payload, Deletion)
    table, key = text_of(deletion.tablename), id_of(deletion.documentkey)
    deleted_us = moment_of(deletion.sys_created_on, "sys_created_on", options.zone)
    if not key or not deleted_us:
        raise Refused("missing_field", "`documentkey` and `sys_created_on` are missing")
    what = "contact" if table in CASES else "created"
    fact = Fact(f"{table}:{key}:{what}", deleted_us + MOST_CHANGES)
    return [Retraction(id=f"{fact.id}:deleted", fact=fact, occurred_at_us=deleted_us)]


_MAPPED: Final[Mapping[str, ToItems]] = {
    **CASES,
    "sys_user": _person,
    "customer_contact": _person,
    "csm_consumer": _person,
    "asmt_metric_result": _answered,
    "sys_audit_delete": _deleted,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "feedback.comment",
        "support.closed",
        "support.contact",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

SERVICENOW: Final = Connector(
    name="servicenow",
    options=ServicenowOptions,
    open=open_servicenow,
    ignored=IGNORED,
    kinds=lambda options: KINDS | {asked.kind for asked in options.questions.values()},
    arrival=(
        "A poller of the Table API, most often Confluent's source connector, whose values come "
        "with a schema (the envelope `kafka_connect`); or a business rule that posts a row. A row "
        "does not name its table: `type` of the source does. Times are in the zone of the "
        "integration's user: `zone`."
    ),
)
