"""The events with a meaning of their own in Segment's specs, by their names.

The names of the first version of the e-commerce spec are aliases of the second's. All other events,
those of the specs and those that companies make up, are actions.
"""

from collections.abc import Mapping
from typing import Final

ORDERS: Final[Mapping[str, str]] = {
    "Order Completed": "placed",
    "Completed Order": "placed",
    "Order Cancelled": "cancelled",
    "Cancelled Order": "cancelled",
    "Order Refunded": "refunded",
    "Refunded Order": "refunded",
}
"""Events of an order: what happened to it."""

CHATS: Final[Mapping[str, str]] = {
    "Live Chat Conversation Started": "support.contact",
    "Live Chat Message Sent": "support.message",
    "Live Chat Conversation Ended": "support.closed",
}
"""Events of a live chat, by the kind of what the customer does."""

SIGNED_UP: Final = frozenset({"Signed Up"})
REVIEWED: Final = frozenset({"Product Reviewed", "Reviewed Product"})
ANSWERED: Final = frozenset({"Survey Question Answered"})

_DONE_TO_THEM: Final = "done to the customer, not by them"
_BY_STAFF: Final = "written by an agent or a bot"

IGNORED: Final[Mapping[str, str]] = {
    "Email Bounced": _DONE_TO_THEM,
    "Email Delivered": _DONE_TO_THEM,
    "Install Attributed": "where an installation came from, told by the installation itself",
    "Live Chat Message Received": _BY_STAFF,
    "Push Notification Bounced": _DONE_TO_THEM,
    "Push Notification Received": _DONE_TO_THEM,
}
