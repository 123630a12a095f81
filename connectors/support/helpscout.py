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
from typing import Any, Final, NamedTuple

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import by_type, ignoring
from connectors.headers import header
from connectors.refusal import Refused
from connectors.stand_ins import type_of_source
from connectors.support.helpscout_conversations import CONVERSATIONS
from connectors.support.helpscout_customers import CUSTOMERS
from connectors.support.helpscout_options import HelpscoutOptions, ToItems
from connectors.support.helpscout_surveys import SURVEYS
from service.event import Item, Record

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

_LISTS: Final[Mapping[str, str]] = {"conversations": "conversation", "customers": "customer"}


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


_MAPPED: Final[Mapping[str, ToItems]] = {**CONVERSATIONS, **SURVEYS, **CUSTOMERS}

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
