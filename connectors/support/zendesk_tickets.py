"""What event subscriptions of Zendesk say about tickets; `zendesk` has the table of it.

`TICKETS` has what makes the items of each event type that is about a ticket or a conversation.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from connectors.custom_fields import stated
from connectors.event_types import Mapped, mapped
from connectors.refusal import Refused, plain
from connectors.support import zendesk_notices as notices
from connectors.support.zendesk_options import ZendeskOptions
from connectors.support.zendesk_rows import NO_ANSWER, NO_RATINGS, RATINGS
from connectors.timestamps import parse_time
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Ignored,
    Item,
    Link,
    Retraction,
    Score,
)

PRIVATE: Final = Ignored("a private comment or ticket")
BY_STAFF: Final = Ignored("written by an agent or a bot")
BY_SOMEONE_ELSE: Final = Ignored("written by someone other than the requester")
OPENING_COMMENT: Final = Ignored("the comment that opens the ticket, told by its creation")
OPENED_BY_STAFF: Final = Ignored("a ticket that the customer did not open")
HOUSEKEEPING: Final = Ignored("deleted, archived or scrubbed, told by another event or by nobody")
BY_ITS_COMMENTS: Final = Ignored("a line of a conversation, told by the comments of its ticket")
BY_ITS_LINES: Final = Ignored("a comment of a conversation, told by its lines")

OPENING_US: Final = 60_000_000
"""How long after its creation a ticket may still repeat its description as a comment."""

_OPEN: Final = frozenset({"new", "open", "pending", "hold"})
_ENDED: Final = {"solved": "support.solved", "closed": "support.closed"}
_KEPT_ASIDE: Final = frozenset({"deleted", "archived", "scrubbed"})

_MESSAGING: Final = "native_messaging"
_END_USERS: Final = frozenset({"end_user", "end-user", "user"})


Told: TypeAlias = Callable[[notices.Notice, int, ZendeskOptions], list[Item]]
"""A notice, its time and the options to items."""


def _created(notice: notices.Notice, time_us: int, options: ZendeskOptions) -> list[Item]:
    return [_contact(notice, time_us, options) or OPENED_BY_STAFF]


def _undeleted(notice: notices.Notice, time_us: int, options: ZendeskOptions) -> list[Item]:
    contact = _contact(notice, time_us, options)
    if contact is None:
        return [OPENED_BY_STAFF]
    created_at = notice.detail.created_at
    if created_at is None:
        raise Refused("missing_field", "`detail.created_at` is missing")
    created_us = parse_time(created_at, "detail.created_at")
    return [msgspec.structs.replace(contact, occurred_at_us=created_us)]


def _contact(notice: notices.Notice, time_us: int, options: ZendeskOptions) -> Event | None:
    """The contact that the ticket is, or None if the customer did not open it."""
    ticket = notice.detail
    event = _event(notice, time_us, "support.contact")
    submitter = ticket.submitter_id
    on_behalf = submitter is not None and str(submitter) != event.subject.value
    if ticket.is_public is False or (on_behalf and options.on_behalf == "ignore"):
        return None
    fact = Fact(_contact_of(ticket), time_us)
    return msgspec.structs.replace(event, fact=fact, text=ticket.description or "")


def _contact_of(ticket: notices.Ticket) -> str:
    return f"ticket:{ticket.id}:contact"


def _deleted(notice: notices.Notice, time_us: int, _: ZendeskOptions) -> list[Item]:
    fact = Fact(_contact_of(notice.detail), time_us)
    return [Retraction(id=notice.id, fact=fact, occurred_at_us=time_us)]


def _commented(notice: notices.Notice, time_us: int, options: ZendeskOptions) -> list[Item]:
    comment = notice.event.comment
    if options.messaging == "lines" and _channel(notice.detail) == _MESSAGING:
        return [BY_ITS_LINES]
    if comment is None:
        raise Refused("missing_field", "`event.comment` is missing")
    return [
        _why_no_message(notice, comment, time_us)
        or msgspec.structs.replace(
            _event(notice, time_us, "support.message"), text=comment.body or ""
        )
    ]


def _why_no_message(
    notice: notices.Notice, comment: notices.Comment, time_us: int
) -> Ignored | None:
    ticket, author = notice.detail, str(comment.author.id)
    if not comment.is_public:
        return PRIVATE
    if comment.author.is_staff or author == "-1" or author.startswith("zd:"):
        return BY_STAFF
    if author != str(ticket.requester_id):
        return BY_SOMEONE_ELSE
    if comment.body and comment.body == ticket.description and _just_opened(ticket, time_us):
        return OPENING_COMMENT
    return None


def _just_opened(ticket: notices.Ticket, time_us: int) -> bool:
    if ticket.created_at is None:
        return False
    return time_us - parse_time(ticket.created_at, "detail.created_at") < OPENING_US


def _status_changed(notice: notices.Notice, time_us: int, _: ZendeskOptions) -> list[Item]:
    before = _status(notice.event.previous, "event.previous")
    after = _status(notice.event.current, "event.current")
    if before in _KEPT_ASIDE or after in _KEPT_ASIDE:
        return [HOUSEKEEPING]
    changed = msgspec.structs.replace(
        _event(notice, time_us, _ENDED.get(after, "support.status_changed")),
        status=after,
        previous_status=before,
    )
    if before != "solved" or after not in _OPEN:
        return [changed]
    reopened = msgspec.structs.replace(changed, kind="support.reopened")
    if after != "open":
        return [reopened]
    again = f"{notice.id}:contact"
    fact = Fact(again, time_us)
    return [reopened, msgspec.structs.replace(changed, id=again, kind="support.contact", fact=fact)]


def _line_added(notice: notices.Notice, time_us: int, options: ZendeskOptions) -> list[Item]:
    if options.messaging == "comments":
        return [BY_ITS_COMMENTS]
    line, actor = notice.event.message, notice.event.actor
    if line is None or actor is None:
        raise Refused("missing_field", "`event.message` and `event.actor` are missing")
    if actor.type not in _END_USERS:
        return [BY_STAFF]
    said = Event(
        id=notice.id,
        kind="support.message",
        occurred_at_us=time_us,
        subject=Identifier("user", str(actor.id)),
        fact=Fact(notice.id, time_us),
        text=line.body or "",
        channel=_MESSAGING,
        attributes={"ticket_id": str(notice.detail.id)},
    )
    return [said]


def _status(value: str | None, field: str) -> str:
    if value is None:
        raise Refused("missing_field", f"`{field}` is missing")
    status = value.lower()
    if status in _OPEN or status in _ENDED or status in _KEPT_ASIDE:
        return status
    raise Refused("unknown_status", f"`{field}` is a status that is not documented")


def _rated(notice: notices.Notice, time_us: int, _: ZendeskOptions) -> list[Item]:
    rating = notice.event.satisfaction_score
    if rating is None:
        raise Refused("missing_field", "`event.satisfaction_score` is missing")
    answer = rating.score.lower()
    if answer in NO_RATINGS:
        return [NO_ANSWER]
    if answer not in RATINGS:
        raise Refused("unknown_score", f"a rating is good or bad, not {plain(rating.score)}")
    event = msgspec.structs.replace(
        _event(notice, time_us, "feedback.csat"),
        fact=Fact(f"ticket:{notice.detail.id}:csat", time_us),
        score=Score(RATINGS[answer], low=0, high=1, best=1),
        text=rating.comment or "",
    )
    return [event]


def _event(notice: notices.Notice, time_us: int, kind: str) -> Event:
    """What every event of a ticket has."""
    ticket = notice.detail
    if ticket.requester_id is None:
        raise Refused("missing_field", "`detail.requester_id` is missing: nobody to count it for")
    requester = Identifier("user", str(ticket.requester_id))
    organization = _organization(ticket)
    return Event(
        id=notice.id,
        kind=kind,
        occurred_at_us=time_us,
        subject=requester,
        identifiers=organization,
        links=tuple(Link(requester, around, "weak") for around in organization),
        fact=Fact(notice.id, time_us),
        title=ticket.subject or "",
        channel=_channel(ticket),
        tags=ticket.tags or (),
        attributes=_attributes(ticket),
    )


def _channel(ticket: notices.Ticket) -> str:
    return (ticket.via and ticket.via.channel) or ""


def _organization(ticket: notices.Ticket) -> tuple[Identifier, ...]:
    # An absent organization is null in some payloads and 0 in others.
    if ticket.organization_id in (None, "", "0", 0):
        return ()
    return (Identifier("organization", str(ticket.organization_id)),)


def _attributes(ticket: notices.Ticket) -> dict[str, AttributeValue]:
    ids = {"brand_id": ticket.brand_id, "group_id": ticket.group_id, "form_id": ticket.form_id}
    return stated(
        ticket_id=str(ticket.id),
        priority=(ticket.priority or "").lower(),
        ticket_type=(ticket.type or "").lower(),
        **{name: str(id_) for name, id_ in ids.items() if id_ is not None},
    )


def _told(items: Told) -> Mapped[[object, ZendeskOptions]]:
    def of_notice(notice: notices.Notice, options: ZendeskOptions) -> list[Item]:
        return items(notice, parse_time(notice.time, "time"), options)

    return mapped(notices.Notice, of_notice)


TICKETS: Final[Mapping[str, Mapped[[object, ZendeskOptions]]]] = {
    "ticket.created": _told(_created),
    "ticket.undeleted": _told(_undeleted),
    "ticket.soft_deleted": _told(_deleted),
    "ticket.marked_as_spam": _told(_deleted),
    "ticket.comment_added": _told(_commented),
    "ticket.status_changed": _told(_status_changed),
    "ticket.csat_received": _told(_rated),
    "messaging_ticket.message_added": _told(_line_added),
}
