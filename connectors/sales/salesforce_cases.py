"""Cases of Salesforce, and the e-mails that customers write about them."""

from typing import Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.markup import plain_text
from connectors.naming import name, named
from connectors.sales import salesforce_records as records
from connectors.sales.salesforce_changes import Change, moment
from connectors.sales.salesforce_events import NO_STEP, another, created_us, event, retractions
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Event, Ignored, Item

OPENS_A_CASE: Final = Ignored("an e-mail that opens a case, told by the case")
BY_STAFF: Final = Ignored("written by an agent or a bot")


def of_case(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of a case becomes."""
    if change.type == "DELETE":
        return retractions(change, "contact")
    case = strict_json.shaped(change.fields, records.Case)
    if change.type == "UPDATE":
        return _case_updated(change, case, options)
    contact = replace(
        _event_of(change, case, "support.contact", options, "contact"),
        occurred_at_us=created_us(change, case.created_date),
        text=case.description or "",
    )
    if not case.is_closed:
        return [contact]
    closed = another(_event_of(change, case, "support.closed", options), "closed")
    if case.closed_date is None:
        return [contact, closed]
    return [contact, replace(closed, occurred_at_us=moment(case.closed_date, "ClosedDate"))]


def _case_updated(change: Change, case: records.Case, options: SalesforceOptions) -> list[Item]:
    if "IsClosed" in change.changed and case.is_closed is False:
        reopened = _event_of(change, case, "support.reopened", options)
        return [reopened, replace(another(reopened, "contact"), kind="support.contact")]
    if change.changed.isdisjoint(("Status", "IsClosed")):
        return [NO_STEP]
    closed = (case.status or "").lower() == "closed" if case.is_closed is None else case.is_closed
    kind = "support.closed" if closed else "support.status_changed"
    return [_event_of(change, case, kind, options)]


def _event_of(
    change: Change, case: records.Case, kind: str, options: SalesforceOptions, fact: str = ""
) -> Event:
    own = own_names(options, change.fields)
    contact = name("contact", case.contact_id)
    typed = (name("email", case.supplied_email), name("phone", case.supplied_phone))
    number, account = name("case", change.record_id), name("account", case.account_id)
    if contact is None:
        who = named(*own, *typed, number, around=[account])
    else:
        who = named(*own, contact, number, around=[*typed, account])
    return replace(
        event(change, kind, who, fact),
        title=case.subject or "",
        channel=(case.origin or "").lower(),
        language=case.language or "",
        status=(case.status or "").lower(),
        attributes=stated(
            ticket_id=change.record_id,
            ticket_number=case.case_number,
            priority=(case.priority or "").lower(),
            ticket_type=(case.type or "").lower(),
            reason=(case.reason or "").lower(),
        )
        | kept(options, change.fields),
    )


def of_email(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an email becomes."""
    if change.type != "CREATE":
        return [NO_STEP]
    email = strict_json.shaped(change.fields, records.Email)
    if not email.incoming:
        return [BY_STAFF]
    if not email.reply_to_email_message_id:
        return [OPENS_A_CASE]
    who = named(
        *own_names(options, change.fields),
        name("case", email.parent_id),
        around=[name("email", email.from_address)],
    )
    message = replace(
        event(change, "support.message", who),
        title=email.subject or "",
        text=email.text_body or plain_text(email.html_body or ""),
        channel="email",
        attributes=stated(ticket_id=email.parent_id) | kept(options, change.fields),
    )
    return [message]
