"""`salesforce`: change events, platform events, PushTopics and rows, whichever API brought them.

| change of                           | becomes                                                |
|-------------------------------------|--------------------------------------------------------|
| Lead created                        | `sales.lead.created`                                   |
| Lead converted                      | `customer.merged`: lead and contact are one customer   |
| Opportunity created                 | `sales.deal.created`, and won or lost if it is closed  |
| Opportunity moved to another stage  | `sales.deal.won`, `.lost` or else `.stage_changed`     |
| Order activated                     | `sales.order.placed`                                   |
| Case created                        | `support.contact`, text = description                  |
| Case status changed, case closed    | `support.closed` or else `support.status_changed`      |
| Case no longer closed               | `support.reopened` and `support.contact`               |
| EmailMessage incoming, a reply      | `support.message`                                      |
| Account, Contact created            | `customer.created`                                     |
| Account, Contact, Lead updated      | `customer.updated`                                     |
| Individual that should be forgotten | `customer.erasure_requested`                           |
| SurveyResponse completed            | `feedback.survey`                                      |
| ... begun, SurveyInvitation         | `customer.updated`: whose the answers are              |
| SurveyQuestionResponse              | feedback of the kind that `questions` of the source    |
|                                     | says, else a text is `feedback.comment`                |
| any of them deleted                 | retraction of what its creation and outcome told       |
| any of them undeleted               | what its creation told, again                          |

An event type for `ignore` is an object (`Case`) or a platform event (`Parcel_Lost__e`). A platform
event is a company's own and fails unless `platform_events` of the source says what it is.
Gap events and overflows say that something changed and not what: they fail as `needs_enrichment`,
so that they are kept and counted; only the gap event of a deletion needs nothing more. A gap is
resolved by what is told of the record from then on: its row, its deletion, or an update that
becomes an event; an update that tells no step says nothing of what the gap left out. `signalbox
enrich` gets the row where the source has `api` and there is an access token for it.

A change may be of many records that changed alike: each is an item with the change's id and its
own. Transports and what counts as changed are in `salesforce_changes`. Whether a deal is won is
told by `IsClosed` and `IsWon`; where these are not sent, by its stage, `Closed Won` and `Closed
Lost` unless `won_stages` and `lost_stages` say otherwise. An e-mail that opens a case is told by
the case, so only replies are messages.

Subjects. An update names only what changed, so often the record itself is the subject; its creation
links it with its customer. The customer of a deal or order is the account, of a case the contact,
and a contact is linked weakly with its account, which many share.
Facts. `<object>:<id>:created`, `opportunity:<id>:outcome` (won or lost: the latest counts),
`case:<id>:contact`, `order:<id>:placed`, `surveyresponse:<id>:completed` and
`surveyquestionresponse:<id>:answer`; all else is a fact under the event's id. The version is
the time of the commit with the change's number in its transaction.
Money needs its currency: `CurrencyIsoCode` of the record, else `currency` of the source.
"""

from collections.abc import Mapping
from typing import Any, Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, telling, total
from connectors.custom_fields import kept, own_names
from connectors.event_types import Mapped, by_type
from connectors.headers import header
from connectors.lookups import api_of_source, lookup
from connectors.money import parse_money
from connectors.naming import named
from connectors.refusal import Refused, needs_enrichment, plain
from connectors.sales.salesforce_changes import (
    ASKED_FOR,
    HEADER,
    Change,
    Message,
    moment,
    object_of,
    read_changes,
    unwrapped,
)
from connectors.sales.salesforce_mapped import KINDS, MAPPED, ToItems
from connectors.sales.salesforce_objects import IGNORED
from connectors.sales.salesforce_options import PlatformEvent, SalesforceOptions
from connectors.stand_ins import type_of_source
from service.event import Event, Fact, Ignored, Item, Money, Record, Telling

ALL_AT_ONCE: Final = Ignored("a field's type was changed in all records at once")

OVERFLOW: Final = needs_enrichment(
    "records, because a transaction had too many", "look the object's records up"
).failed

RELAYED_TYPE: Final = "eventbridge_detail_type"
"""The header that says what an event relay to Amazon EventBridge relayed."""

_RECORD_PATH: Final = "/services/data/v62.0/sobjects/{entity}/{record}"

_TYPES: Final = frozenset({"CREATE", "UPDATE", "DELETE", "UNDELETE"})
_GAPS: Final = frozenset({"GAP_CREATE", "GAP_UPDATE", "GAP_UNDELETE"})
_GAP_OF_DELETION: Final = "GAP_DELETE"


def open_salesforce(options: SalesforceOptions) -> Convert:
    """What converts the records of a source with these options."""
    changed = {entity: _of_object(to_items, options) for entity, to_items in MAPPED.items()}
    published = {
        event: _of_event(event, meaning) for event, meaning in options.platform_events.items()
    }
    of_type = by_type({**changed, **published}, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        message = unwrapped(strict_json.read_object(record.value))
        otherwise = type_of_source(options, record, "_") or header(record, RELAYED_TYPE)
        return of_type(_type_of(message, otherwise))(message, record.time_us)

    return total(read)


def _type_of(message: Message, otherwise: str) -> str:
    _, is_event, published = message.channel.partition("/event/")
    for event in (message.about.get("EventApiName"), is_event and published):
        if HEADER not in message.content and isinstance(event, str) and event:
            return event
    if type_ := object_of(message) or otherwise:
        return type_
    raise Refused(
        "missing_field",
        f"neither `{HEADER}.entityName` nor `_ObjectType` is there; if all records are of one "
        "platform event, set `type` of the source",
    )


def _of_object(to_items: ToItems, options: SalesforceOptions) -> Mapped[[Message, int]]:
    def of_change(change: Change) -> list[Item]:
        items = to_items(change, options)
        if change.type == "UPDATE" and not any(isinstance(item, Event) for item in items):
            return items
        return telling(items, _telling(change, change.tells_until))

    def of_message(message: Message, record_time_us: int) -> list[Item]:
        return isolated(
            read_changes(message, record_time_us),
            lambda change: _why_untold(change) or of_change(_deleted_after_all(change)),
        )

    return of_message


def _why_untold(change: Change) -> list[Item]:
    """What a change that says too little is; nothing for any other."""
    if change.type == "GAP_OVERFLOW":
        return [OVERFLOW]
    if change.record_id.endswith("*"):
        return [ALL_AT_ONCE]
    if change.type in _GAPS:
        raise _gap(change)
    if change.type not in _TYPES and change.type != _GAP_OF_DELETION:
        raise Refused("unknown_type", f"a change of type {plain(change.type)} is not documented")
    return []


def _gap(change: Change) -> Refused:
    ids = {"entity": change.entity, "record": change.record_id, ASKED_FOR: str(change.version)}
    return needs_enrichment(
        "fields, because it tells a gap",
        "publish the record as it is now, GET /sobjects/<object>/<id>, as well",
        _telling(change, change.version),
        lookup(_RECORD_PATH, (ASKED_FOR,), **ids),
    )


def _telling(change: Change, version: int) -> Telling:
    return Telling(f"{change.entity.lower()}:{change.record_id}", version)


def _deleted_after_all(change: Change) -> Change:
    return change._replace(type="DELETE") if change.type == _GAP_OF_DELETION else change


def _of_event(type_: str, meaning: PlatformEvent) -> Mapped[[Message, int]]:
    def of_message(message: Message, _: int) -> list[Item]:
        content = message.content
        who = named(*own_names(meaning, content))
        id_ = f"{type_}:{_uuid_of(message)}"
        time_us = moment(content.get(meaning.time), meaning.time)
        event = Event(
            id=id_,
            kind=meaning.kind,
            occurred_at_us=time_us,
            subject=who.subject,
            identifiers=who.identifiers,
            links=who.links,
            fact=Fact(id_, time_us),
            title=_text(content, meaning.title),
            text=_text(content, meaning.text),
            status=_text(content, meaning.status).lower(),
            money=_money(content, meaning),
            attributes=kept(meaning, content),
        )
        return [event]

    return of_message


def _uuid_of(message: Message) -> str:
    for place in (message.about, message.content):
        for field in ("EventUuid", "replayId", "ReplayId"):
            if isinstance(id_ := place.get(field), str | int) and id_ != "":
                return str(id_)
    raise Refused("missing_field", "neither `EventUuid` nor `replayId` is there")


def _text(content: Mapping[str, Any], field: str) -> str:
    value = content.get(field) if field else None
    return value if isinstance(value, str) else ""


def _money(content: Mapping[str, Any], meaning: PlatformEvent) -> Money | None:
    amount = content.get(meaning.amount) if meaning.amount else None
    if amount is None:
        return None
    currency = content.get(meaning.currency, meaning.currency)
    if not isinstance(amount, str | int | float) or not isinstance(currency, str):
        raise Refused("bad_money", f"`{meaning.amount}` must be an amount with its currency")
    return parse_money(amount, currency, meaning.amount)


def _kinds(options: SalesforceOptions) -> frozenset[str]:
    published = {event.kind for event in options.platform_events.values()}
    return KINDS | published | {question.kind for question in options.questions.values()}


SALESFORCE: Final = Connector(
    name="salesforce",
    options=SalesforceOptions,
    open=open_salesforce,
    ignored=IGNORED,
    kinds=_kinds,
    arrival=(
        "Confluent's Salesforce connectors, or a bridge of the Pub/Sub API or of CometD. Change "
        "events name their object; a PushTopic's record and a platform event that was decoded may "
        "not, and `type` of the source says which it is. Gap events say that something changed and "
        "not what: they are kept as `needs_enrichment`."
    ),
    api=api_of_source("Authorization", "Bearer"),
)
