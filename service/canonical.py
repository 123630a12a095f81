"""The canonical event: what conditions see, what the digest covers, what is stored.

It is an item of a connector after the source's options: system and constants added, text cut or
dropped, identifiers replaced by their keys. It knows nothing of source or position, so that
copies of one event read from two topics are equal.
"""

from hashlib import blake2b
from typing import Final

import msgspec

from service.event import AttributeValue, Money, Score


class Subject(msgspec.Struct, gc=False, frozen=True, order=True, omit_defaults=True):
    """An identifier at the door: its namespace, its key, and its value if the source says `clear`.

    `key` is the keyed hash of (namespace, normalised value), 32 hexadecimal digits. The namespace
    of an id that a tool minted begins with the system: `zendesk-de:user`.
    """

    namespace: str
    key: str
    value: str = ""


class CanonicalEvent(msgspec.Struct, gc=False, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened to one customer. Fields as in `service.event.Event`.

    `fact_id` is always set (an event that is its own fact has its id there). `version` 0 means
    that the fact is never restated.
    """

    system: str
    id: str
    kind: str
    occurred_at_us: int
    subject: Subject
    fact_id: str
    version: int = 0
    identifiers: tuple[Subject, ...] = ()
    title: str = ""
    text: str = ""
    channel: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    score: Score | None = None
    money: Money | None = None
    status: str = ""
    previous_status: str = ""
    attributes: dict[str, AttributeValue] = {}


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(CanonicalEvent)

DIGEST_BYTES: Final = 16


def encode(event: CanonicalEvent) -> bytes:
    """The one JSON text of an event: equal events have equal bytes, in every process."""
    return _encoder.encode(event)


def decode(document: bytes) -> CanonicalEvent:
    """The event of a stored document. Inverse of `encode`."""
    return _decoder.decode(document)


def digest(document: bytes) -> bytes:
    """Hash of the canonical content, `DIGEST_BYTES` long."""
    return blake2b(document, digest_size=DIGEST_BYTES).digest()


def fact_key(system: str, fact_id: str) -> bytes:
    """The key under which a fact counts once: a hash of (system, fact id), 16 bytes."""
    return blake2b(f"{system}\0{fact_id}".encode(), digest_size=16).digest()
