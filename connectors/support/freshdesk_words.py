"""What Freshdesk says in codes or in words, in words."""

from collections.abc import Mapping
from typing import Final

STATUSES: Final = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
PRIORITIES: Final = {"1": "low", "2": "medium", "3": "high", "4": "urgent"}
CHANNELS: Final = {
    "1": "email", "2": "portal", "3": "phone", "5": "twitter", "6": "facebook", "7": "chat",
    "9": "feedback widget", "10": "outbound email",
}  # fmt: skip
ENDED: Final = {"resolved": "support.solved", "closed": "support.closed"}
RATINGS: Final = {103: 7, 102: 6, 101: 5, 100: 4, -101: 3, -102: 2, -103: 1}


def status_of(status: str | int | None) -> str:
    """A status in lower case."""
    return word_of(status, STATUSES)


def word_of(value: str | int | None, codes: Mapping[str, str]) -> str:
    """The word for a code, or the word itself, in lower case."""
    text = "" if value is None else str(value).strip()
    return codes.get(text, text.lower())
