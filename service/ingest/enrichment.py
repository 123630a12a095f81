"""Thin notifications: a dead letter that only names a response, until a record tells all of it.

Which comes first does not matter: what was told is kept by its key, a dead letter has the key of
what it awaits, and one whose key was told is resolved: it is counted where it was read and shown
no more.
"""

from collections.abc import Iterable
from typing import Final

from service.canonical import fact_key
from service.ingest.prepared import PreparedEvent, PreparedItem

RESPONSE: Final = "response"
"""The attribute by which an event says which response it is part of."""


def response_key(system: str, response: str) -> bytes:
    """The key of a response, whoever tells or awaits it."""
    return fact_key(system, f"{RESPONSE}:{response}")


def told(items: Iterable[PreparedItem]) -> list[bytes]:
    """The responses that these items tell, sorted."""
    return sorted(
        {
            response_key(item.event.system, str(item.event.attributes[RESPONSE]))
            for item in items
            if type(item) is PreparedEvent and RESPONSE in item.event.attributes
        }
    )
