"""The objects of HubSpot, the subscription types of their webhooks, and which are of no interest.

Older subscriptions name the object (`deal.creation`), newer ones its type (`object.creation` with
`objectTypeId: 0-3`). Both become the older form here, so that a change told by both counts once.
A row has no action: its event type is its object (`deal`).
"""

from collections.abc import Mapping
from typing import Final

_ACTIONS: Final = (
    "creation",
    "deletion",
    "merge",
    "restore",
    "propertyChange",
    "associationChange",
)

OBJECTS: Final[Mapping[str, str]] = {
    "0-1": "contact",
    "0-2": "company",
    "0-3": "deal",
    "0-5": "ticket",
    "0-7": "product",
    "0-8": "line_item",
    "0-11": "conversation",
    "0-14": "quote",
    "0-18": "communication",
    "0-19": "feedback_submission",
    "0-27": "task",
    "0-46": "note",
    "0-47": "meeting",
    "0-48": "call",
    "0-49": "email",
    "0-53": "invoice",
    "0-54": "marketing_event",
    "0-64": "quote_template",
    "0-69": "subscription",
    "0-72": "deal_split",
    "0-74": "goal_target",
    "0-84": "discount",
    "0-85": "fee",
    "0-86": "tax",
    "0-101": "commerce_payment",
    "0-115": "user",
    "0-116": "postal_mail",
    "0-123": "order",
    "0-136": "lead",
    "0-142": "cart",
    "0-145": "partner_client",
    "0-162": "service",
    "0-410": "course",
    "0-420": "listing",
    "0-421": "appointment",
    "0-970": "project",
}
"""Objects by their type ids; those of a company's own begin with `2-`."""

CUSTOM: Final = "custom_object"

_PLURALS: Final = {"company": "companies", "tax": "taxes", "postal_mail": "postal_mail"}
_BY_NAME: Final = {
    **{thing: thing for thing in OBJECTS.values()},
    **{_PLURALS.get(thing, f"{thing}s"): thing for thing in OBJECTS.values()},
}


def object_of(type_id: str) -> str:
    """The object with this type id."""
    return CUSTOM if type_id.startswith("2-") else OBJECTS.get(type_id, f"object-{type_id}")


def object_called(name: str) -> str:
    """The object with this type id, or whose API has this name, one or many: `0-3`, `deals`."""
    return _BY_NAME.get(name.lower()) or (object_of(name) if name[:2] in ("0-", "2-") else name)


_CATALOGUE: Final = "the company's own products, prices and offers"
_STAFF: Final = "what employees noted, sent and planned, not what the customer does"
_THIN: Final = "says that it is there and not what it says; its row does, which is read"
_COMMERCE: Final = "money and orders without amounts; read them from the shop that takes the money"
_OWN: Final = "an object of the company's own; describe it in a source of the connector mapping"
_MERGED: Final = "tickets of one matter were put together; the customer did come with each"
_NO_AUTHOR: Final = "does not say who wrote it; a conversation that needs an answer has its ticket"

_IGNORED_OBJECTS: Final = {
    _CATALOGUE: """
        product line_item quote quote_template discount fee tax cart course listing service""",
    _STAFF: """
        communication task note meeting call email marketing_event user postal_mail appointment
        goal_target partner_client partner_service project deal_split""",
    _COMMERCE: "invoice subscription commerce_payment order",
    _OWN: CUSTOM,
}

IGNORED: Final[Mapping[str, str]] = {
    type_: reason
    for reason, things in _IGNORED_OBJECTS.items()
    for thing in things.split()
    for type_ in (thing, *(f"{thing}.{action}" for action in _ACTIONS))
} | {
    "ticket.merge": _MERGED,
    "lead.merge": _MERGED,
    "lead.propertyChange": "how a lead is worked on inside",
    "conversation": _NO_AUTHOR,
    "conversation.newMessage": _NO_AUTHOR,
    **{f"conversation.{action}": _NO_AUTHOR for action in _ACTIONS},
    **{f"feedback_submission.{action}": _THIN for action in _ACTIONS},
}
