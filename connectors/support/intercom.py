"""`intercom`: webhooks of conversations, tickets and contacts, and these as its API has them.

| topic                                           | becomes                                      |
|-------------------------------------------------|----------------------------------------------|
| `conversation.user.created`                     | `support.contact`, text = the first message  |
| `conversation.user.replied`                     | `support.message`, text = the reply          |
| ... that opens it again                         | `support.reopened` and `support.contact`     |
| `conversation.admin.closed`                     | `support.closed`                             |
| `conversation.admin.opened`                     | `support.reopened`: an agent's doing         |
| `conversation.admin.snoozed`, `.unsnoozed`      | `support.status_changed`                     |
| `conversation.rating.added`, `.remarked`        | `feedback.csat` on 1 to 5, text = the remark |
| `conversation.deleted`                          | retraction of the contact                    |
| `ticket.created`, a customer's                  | `support.contact`                            |
| `ticket.contact.replied`                        | `support.message`                            |
| `ticket.state.updated`, `ticket.resolved`       | `support.solved`, `support.status_changed`   |
| `ticket.closed`                                 | `support.closed`                             |
| `ticket.rating.provided`                        | `feedback.csat` on 1 to 5                    |
| `contact.user.created`, `contact.lead.created`  | `customer.created`, `sales.lead.created`     |
| `contact.*.updated`, `.signed_up`, `.email`     | `customer.updated`                           |
| `contact.merged`                                | `customer.merged`                            |
| `contact.deleted`                               | retraction of the creation                   |
| `content_stat.survey`, answered                 | `feedback.comment` for each answer           |

What comes of the API, as objects or pages of them, is told in `intercom_polled`.
Ignored, beside the topics listed below: replies whose parts are an agent's or a bot's; back-office
and tracker tickets; tickets that were made of a conversation, which told it.

The payload is a snapshot of the whole conversation, of whose parts only those that caused the
notification are there. Bodies are HTML and become text. The subject is the company's own id of the
first contact (`user`, from `external_id`), else Intercom's (`contact`); what else it is called is
linked strongly, further people of a group conversation weakly.

Facts. `conversation:<id>:contact` and `:rating`, and those of a ticket, are one of each, of which
the latest counts, so that a rating given anew takes the place of the one before; so is
`contact:<id>:created`. A message is the fact of its part, a closing and a ticket's state are facts
of when that was, because more than one record tells them. All else is a fact under the
notification's id; one that has none is known by topic, thing and time. The version is the time of
the notification, of a rating that when it was given. `contact.merged` links the contact that is
left with the one that went into it (`merged_from`). An answer to a survey is a fact of the survey,
the contact and the question; that it was seen, dismissed or begun is no answer.
"""

from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.custom_fields import CustomFields
from connectors.event_types import by_type
from connectors.support import intercom_polled
from connectors.support.intercom_notices import NOTICES
from connectors.support.intercom_polled import OBJECTS, page_of, type_of
from connectors.support.intercom_topics import IGNORED
from service.event import Item, Record


def open_intercom(options: CustomFields) -> Convert:
    """What converts the records of a source with these options."""
    of_topic = by_type(NOTICES, IGNORED, options.ignore)
    of_object = by_type(OBJECTS, intercom_polled.IGNORED, options.ignore)

    def polled(thing: object) -> list[Item]:
        return of_object(type_of(thing))(thing, options)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        topic = payload.get("topic")
        if isinstance(topic, str):
            return of_topic(topic)(payload, options)
        page = page_of(payload)
        return polled(payload) if page is None else isolated(page, polled)

    return total(read)


KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "feedback.comment",
        "feedback.csat",
        "sales.lead.created",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

INTERCOM: Final = Connector(
    name="intercom",
    options=CustomFields,
    open=open_intercom,
    ignored={**IGNORED, **intercom_polled.IGNORED},
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks of an app, behind an HTTP gateway that writes the notification to the topic; or "
        "objects of the REST API and pages of them, by a poller such as Airbyte's. "
        "Everything that is read lies in the body; the signature header, which gateways drop, is "
        "theirs to check. What a workspace calls its own attributes is named in `fields`."
    ),
)
