"""`helpscout`: webhooks of Help Scout, whose event is in the header, and pages of its API.

| event                                         | becomes                                       |
|-----------------------------------------------|-----------------------------------------------|
| `convo.created` by the customer               | `support.contact`, text = the first thread    |
| `convo.customer.reply.created`                | `support.message`, text = the reply           |
| `convo.status`, closed                        | `support.closed`                              |
| ... active, pending                           | `support.status_changed`                      |
| ... spam; `convo.deleted`                     | retraction of the contact                     |
| `satisfaction.ratings`, `satratings`          | `feedback.csat` on 1 to 3: bad, okay, great   |
| `message.survey.response.received`            | `feedback.nps`, `feedback.csat` or a comment, |
|                                               | as `helpscout_surveys` tells                  |
| `customer.created`, `customer.updated`        | `customer.created`, `customer.updated`        |
| `customer.deleted`                            | retraction of the creation                    |

A page of the API, as pollers read it, holds conversations or customers: a `conversation` is the
contact, the messages of its threads if these are embedded, and that it is closed, a `customer` that
it was created. These are the facts of the webhooks. A source of single objects says in `type` which
of the two they are.
A source whose bridge drops the header `X-HelpScout-Event` names the one event of its records as
`type`. Ignored, beside the events listed below: conversations that an agent opened (`on_behalf:
contact` counts them). A webhook does not say the status before, so a conversation that is active
again is a change of its status; the customer's reply that caused it is a message.

A webhook that was made with `notification` has an address in the place of its object and cannot be
read. Bodies are HTML and become text. The subject is the `customer`, strongly linked with the
addresses that are there. Facts: `conversation:<id>:contact`, `customer:<id>:created`, of which the
earliest statement counts until it is retracted; `rating:<id>` whose version is `modifiedAt`, so
that a changed rating takes the place of the one before; `thread:<id>`; a status with its time.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.custom_fields import stated
from connectors.event_types import Mapped, by_type, ignoring, mapped
from connectors.headers import header
from connectors.markup import plain_text
from connectors.naming import Named, name, named
from connectors.refusal import Refused, plain
from connectors.stand_ins import TypeOptions, type_of_source
from connectors.support.helpscout_objects import (
    Addresses,
    Conversation,
    Customer,
    Deletion,
    Profile,
    Rating,
    Survey,
    Thread,
    Threads,
)
from connectors.support.helpscout_surveys import answered
from connectors.support.helpscout_surveys import id_of as survey_id
from connectors.timestamps import parse_time
from service.event import Event, Fact, Ignored, Item, Record, Retraction, Score

_HANDLING: Final = "how the conversation is handled inside, not what the customer does"
_BY_STAFF: Final = "written by an agent or a bot"
_TOLD_ELSEWHERE: Final = "told by the conversation that it is"
_SETTINGS: Final = "the account's own people, tags and companies"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _HANDLING: "convo.assigned convo.custom-fields convo.merged convo.moved convo.tags",
        _BY_STAFF: """
            convo.agent.reply.created convo.ai-answers-email.reply.created
            convo.ai-answers-email.resolution convo.ai-answers.created convo.note.created""",
        _TOLD_ELSEWHERE: "beacon.chat.created beacon.chat.customer.replied",
        _SETTINGS: """
            organization.created organization.deleted organization.updated tag.created tag.deleted
            tag.updated user.status.changed""",
    }
)

OPENED_BY_STAFF: Final = Ignored("a conversation that the customer did not open")

_RATINGS: Final = {"bad": 1.0, "not good": 1.0, "not-good": 1.0, "okay": 2.0, "great": 3.0}
_ENDED: Final = ("closed", "spam")
_STATUSES: Final = frozenset({"active", "pending", "closed", "open", "spam"})

_LISTS: Final[Mapping[str, str]] = {"conversations": "conversation", "customers": "customer"}

_LAST_WORD: Final = 1
"""A version after all statements, which are negated times."""


class HelpscoutOptions(TypeOptions):
    """Keys of a source of Help Scout."""

    on_behalf: Literal["ignore", "contact"] = "ignore"
    """Whether a conversation that an agent opened for the customer is a contact."""


class _Row(NamedTuple):
    """One object of a page, and what it is."""

    type: str
    thing: object


def open_helpscout(options: HelpscoutOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = header(record, "x-helpscout-event") or type_of_source(options, record, ".")
        page = None if type_ else _page_of(payload)
        if page is not None:
            return isolated(page, lambda row: of_type(row.type)(row.thing, 0, options))
        if not type_:
            raise Refused(
                "missing_header",
                "no header X-HelpScout-Event: let the bridge pass it on, or set `type` of the "
                "source",
            )
        return of_type(type_)(payload, record.time_us, options)

    return total(read)


def _page_of(payload: Mapping[str, Any]) -> list[_Row] | None:
    """What a page of the API holds, or None if this is none."""
    embedded = payload.get("_embedded")
    if "page" not in payload or not isinstance(embedded, dict):
        return None
    return [
        _Row(type_, thing)
        for name, type_ in _LISTS.items()
        if isinstance(things := embedded.get(name), list)
        for thing in things
    ]


def _opened(talk: Conversation, _: int, options: HelpscoutOptions) -> list[Item]:
    author = talk.created_by or Customer()
    if options.on_behalf == "ignore" and author.type == "user":
        return [OPENED_BY_STAFF]
    first = next(iter(_of_customer(talk)), None)
    text = plain_text((first and first.body) or talk.preview or "")
    created_us = parse_time(talk.created_at, "createdAt")
    id_ = f"conversation:{talk.id}:contact"
    return [replace(_of_talk(talk, "support.contact", id_, created_us), text=text)]


def _replied(talk: Conversation, _: int, __: HelpscoutOptions) -> list[Item]:
    threads = _of_customer(talk)
    if not threads:
        raise Refused("missing_field", "`_embedded.threads` has no thread of the customer")
    return [_said(talk, threads[-1])]


def _said(talk: Conversation, thread: Thread) -> Event:
    said_us = parse_time(thread.created_at, "_embedded.threads.createdAt")
    message = _of_talk(talk, "support.message", f"thread:{thread.id}", said_us)
    return replace(message, text=plain_text(thread.body or ""))


def _of_customer(talk: Conversation) -> list[Thread]:
    """The threads that the customer wrote, the first one first."""
    own = [
        thread
        for thread in (talk.embedded or Threads()).threads
        if thread.type in (None, "customer", "chat", "phone")
    ]
    return sorted(own, key=lambda thread: (thread.created_at, thread.id))


def _polled(talk: Conversation, now_us: int, options: HelpscoutOptions) -> list[Item]:
    opened = _opened(talk, now_us, options)
    begun_by_customer = opened != [OPENED_BY_STAFF]
    ended = _status_changed(talk, now_us, options) if talk.status.lower() in _ENDED else []
    replies = _of_customer(talk)[1 if begun_by_customer else 0 :]
    return [*opened, *(_said(talk, thread) for thread in replies), *ended]


def _status_changed(talk: Conversation, _: int, __: HelpscoutOptions) -> list[Item]:
    status = talk.status.lower()
    if status not in _STATUSES:
        raise Refused("unknown_status", f"{plain(talk.status)} is no status that is documented")
    at = (talk.closed_at if status == "closed" else None) or talk.user_updated_at
    if at is None:
        raise Refused("missing_field", "`userUpdatedAt` is missing")
    changed_us = parse_time(at, "userUpdatedAt")
    if status == "spam":
        return [_retraction(f"conversation:{talk.id}:contact", changed_us)]
    kind = "support.closed" if status == "closed" else "support.status_changed"
    return [_of_talk(talk, kind, f"conversation:{talk.id}:{status}:{at}", changed_us)]


def _of_talk(talk: Conversation, kind: str, id_: str, time_us: int) -> Event:
    customer = talk.primary_customer or talk.created_by or Customer()
    event = _event(kind, id_, time_us, _named(customer))
    return replace(
        event,
        title=talk.subject or "",
        channel=(talk.type or "").lower(),
        tags=tuple(tag.tag for tag in talk.tags or () if tag.tag),
        status=talk.status.lower(),
        attributes=stated(
            conversation_id=str(talk.id),
            ticket_number=None if talk.number is None else str(talk.number),
            mailbox_id=None if talk.mailbox_id is None else str(talk.mailbox_id),
        ),
    )


def _rated(rating: Rating, _: int, __: HelpscoutOptions) -> list[Item]:
    answer = rating.rating.lower()
    if answer not in _RATINGS:
        raise Refused("unknown_score", f"a rating is great, okay or bad, not {plain(answer)}")
    created_us = parse_time(rating.created_at, "createdAt")
    given_us = parse_time(rating.modified_at or rating.created_at, "modifiedAt")
    talk = rating.conversation_id or rating.ticket_id
    event = _event("feedback.csat", f"rating:{rating.id}", created_us, _named(rating.customer))
    return [
        replace(
            event,
            fact=Fact(event.id, given_us),
            score=Score(_RATINGS[answer], low=1, high=3, best=3),
            text=rating.comments or "",
            attributes=stated(conversation_id=str(talk) if talk else None),
        )
    ]


def _surveyed(survey: Survey, _: int, __: HelpscoutOptions) -> list[Item]:
    id_ = survey_id(survey)
    who = _named(survey.customer) if survey.customer else named(name("response", id_))
    given_us = parse_time(survey.response.timestamp, "response.timestamp")
    comment = _event("feedback.comment", id_, given_us, who)
    title = (survey.message and survey.message.name) or ""
    return [answered(replace(comment, title=title), survey.response)]


def _created(profile: Profile, _: int, __: HelpscoutOptions) -> list[Item]:
    created_us = parse_time(profile.created_at, "createdAt")
    id_ = f"customer:{profile.id}:created"
    return [_event("customer.created", id_, created_us, _names_of(profile))]


def _updated(profile: Profile, _: int, __: HelpscoutOptions) -> list[Item]:
    at = profile.updated_at or profile.created_at
    id_ = f"customer:{profile.id}:updated:{at}"
    return [_event("customer.updated", id_, parse_time(at, "updatedAt"), _names_of(profile))]


def _names_of(profile: Profile) -> Named:
    return _named(Customer(id=profile.id, embedded=profile.embedded))


def _named(customer: Customer | None) -> Named:
    known = customer or Customer()
    embedded = known.embedded or Addresses()
    return named(
        name("customer", known.id),
        name("email", known.email),
        *(name("email", email.value) for email in (*known.emails, *embedded.emails)),
        *(name("phone", phone.value) for phone in embedded.phones),
    )


def _event(kind: str, id_: str, time_us: int, who: Named) -> Event:
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, -time_us),
    )


def _talk_deleted(deletion: Deletion, time_us: int, _: HelpscoutOptions) -> list[Item]:
    return [_retraction(f"conversation:{deletion.id}:contact", time_us)]


def _customer_deleted(deletion: Deletion, time_us: int, _: HelpscoutOptions) -> list[Item]:
    return [_retraction(f"customer:{deletion.id}:created", time_us)]


def _retraction(fact: str, time_us: int) -> Retraction:
    return Retraction(id=f"{fact}:gone", fact=Fact(fact, _LAST_WORD), occurred_at_us=time_us)


_MAPPED: Final[Mapping[str, Mapped[[object, int, HelpscoutOptions]]]] = {
    "convo.created": mapped(Conversation, _opened),
    "convo.customer.reply.created": mapped(Conversation, _replied),
    "convo.status": mapped(Conversation, _status_changed),
    "convo.deleted": mapped(Deletion, _talk_deleted),
    "satisfaction.ratings": mapped(Rating, _rated),
    "satratings": mapped(Rating, _rated),
    "message.survey.response.received": mapped(Survey, _surveyed),
    "customer.created": mapped(Profile, _created),
    "customer.updated": mapped(Profile, _updated),
    "customer.deleted": mapped(Deletion, _customer_deleted),
    "conversation": mapped(Conversation, _polled),
    "customer": mapped(Profile, _created),
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.updated",
        "feedback.comment",
        "feedback.csat",
        "feedback.nps",
        "support.closed",
        "support.contact",
        "support.message",
        "support.status_changed",
    }
)

HELPSCOUT: Final = Connector(
    name="helpscout",
    options=HelpscoutOptions,
    open=open_helpscout,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks of an app, behind an HTTP gateway. The event is in the header "
        "`X-HelpScout-Event` and nowhere in the body: a bridge that drops headers needs one Kafka "
        "topic for each event, and `type` of the source says which."
    ),
)
