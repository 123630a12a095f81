"""Cases of Dynamics 365, and the e-mails that customers write about them."""

from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import own_names, stated
from connectors.markup import plain_text
from connectors.naming import name, named
from connectors.sales.dynamics_contexts import Operation, option, reference, text
from connectors.sales.dynamics_events import CUSTOMERS, NO_STEP, customer_of, event, retractions
from connectors.sales.dynamics_options import DynamicsOptions
from service.event import Event, Fact, Ignored, Item, Score

BY_STAFF: Final = Ignored("written by an agent or a bot")

_CHANNELS: Final = {1: "phone", 2: "email", 3: "web", 2483: "facebook", 3986: "twitter"}
_PRIORITIES: Final = {1: "high", 2: "normal", 3: "low"}
_ENDS_OF_CASES: Final = {1: ("solved", "resolved"), 2: ("closed", "canceled")}


def case(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on an `incident` becomes."""
    if operation.message == "Delete":
        return retractions(operation, "contact")
    if operation.message == "Create":
        return [_contact(operation, options)]
    if operation.is_row:
        return _known_case(operation, options)
    if operation.message != "Update":
        return [NO_STEP]
    items = [*_moved(operation, options), *_satisfied(operation, options)]
    return items or [NO_STEP]


def _contact(operation: Operation, options: DynamicsOptions) -> Event:
    contact = _of_case(operation, "support.contact", "contact", options)
    return replace(contact, text=plain_text(text(operation.known.get("description"))))


def _known_case(operation: Operation, options: DynamicsOptions) -> list[Item]:
    contact = replace(_contact(operation, options), occurred_at_us=operation.created_us)
    items: list[Item] = [contact, *_satisfied(operation, options)]
    end = _ENDS_OF_CASES.get(option(operation.target.get("statecode")) or 0)
    if end is not None:
        ended = replace(_of_case(operation, f"support.{end[0]}", end[0], options), status=end[1])
        # Later rows tell that it is over, too: the earliest counts.
        fact = Fact(ended.id, -operation.time_us)
        items.append(replace(ended, fact=fact))
    return items


def _moved(operation: Operation, options: DynamicsOptions) -> list[Item]:
    state = option(operation.target.get("statecode"))
    if state in _ENDS_OF_CASES:
        what, status = _ENDS_OF_CASES[state]
        ended = replace(_of_case(operation, f"support.{what}", "", options), status=status)
        # What rows tell of it is told better here.
        return [ended, *retractions(operation, what)]
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
    id_ = rated.id if operation.is_row else f"{rated.id}:csat"
    return [replace(rated, id=id_, score=Score(code, low=1, high=5, best=5))]


def _of_case(operation: Operation, kind: str, fact: str, options: DynamicsOptions) -> Event:
    known = operation.known
    told = event(operation, kind, customer_of(operation, options), fact, options)
    about = stated(
        ticket_id=operation.record_id,
        ticket_number=text(known.get("ticketnumber")),
        priority=_PRIORITIES.get(option(known.get("prioritycode")) or 0),
        status_code=option(operation.target.get("statuscode")),
    )
    return replace(
        told,
        title=text(known.get("title")),
        channel=_CHANNELS.get(option(known.get("caseorigincode")) or 0, ""),
        attributes=told.attributes | about,
    )


def email(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on an `email` becomes."""
    if operation.message != "Create" and not operation.is_row:
        return [NO_STEP]
    known = operation.known
    if known.get("directioncode") is not False:
        return [BY_STAFF]
    about = reference(known.get("regardingobjectid"), "incident")
    if about is None:
        return [NO_STEP]
    sender = reference(known.get("emailsender"), *CUSTOMERS)
    address = name("email", text(known.get("sender")))
    who = named(*own_names(options, known), sender, about, around=[address])
    message = replace(
        event(operation, "support.message", who, "created", options),
        occurred_at_us=operation.created_us,
        title=text(known.get("subject")),
        text=plain_text(text(known.get("description"))),
        channel="email",
    )
    return [message]
