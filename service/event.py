"""What a connector returns: the contract between `connectors` and `service`.

A connector turns one `Record` of a topic into *items*. An item is an `Event`, a `Retraction`,
an `Ignored` part (the connector's documented list says that it is of no interest) or a `Failed`
part (it should have become an event and could not). Every item ends in exactly one outcome.

Everything here is plain, immutable data. Times are whole microseconds since 1970-01-01 UTC
(`_us`), money is whole minor units of its currency, and no value depends on a clock.
"""

from typing import Final, Literal, TypeAlias

import msgspec

AttributeValue: TypeAlias = str | bool | int | float

KINDS: Final[frozenset[str]] = frozenset(
    {
        *(f"feedback.{k}" for k in ("nps", "csat", "ces", "rating", "review", "comment", "survey")),
        *(
            f"sales.{k}"
            for k in (
                "lead.created",
                "deal.created",
                "deal.stage_changed",
                "deal.won",
                "deal.lost",
                "order.placed",
                "order.paid",
                "order.shipped",
                "order.delivered",
                "order.cancelled",
                "order.refunded",
                "payment.succeeded",
                "payment.failed",
                "payment.refunded",
                "subscription.started",
                "subscription.changed",
                "subscription.renewed",
                "subscription.cancelled",
            )
        ),
        *(
            f"support.{k}"
            for k in ("contact", "message", "status_changed", "solved", "reopened", "closed")
        ),
        *(f"behaviour.{k}" for k in ("page", "screen", "action")),
        *(f"customer.{k}" for k in ("created", "updated", "merged", "erasure_requested")),
    }
)
"""The catalogue. A kind outside it needs the prefix `x.`."""

GLOBAL_NAMESPACES: Final[frozenset[str]] = frozenset({"email", "phone"})
"""Namespaces whose values mean the same in every system, so that they join across tools."""


class Position(msgspec.Struct, frozen=True, gc=False, order=True):
    """Where a record lies. Ordered as (topic, partition, offset)."""

    topic: str
    partition: int
    offset: int

    @property
    def topic_partition(self) -> tuple[str, int]:
        """The topic and its partition."""
        return self.topic, self.partition


class Record(msgspec.Struct, frozen=True, gc=False):
    """What the topic holds at a position, untouched.

    `value` is None for a tombstone. Header names are text as the client decoded them, header
    values are bytes; a name may occur more than once.
    """

    position: Position
    time_us: int
    """Record time: stamped by the producer or the broker."""
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None


class Identifier(msgspec.Struct, gc=False, frozen=True, order=True, forbid_unknown_fields=True):
    """A name by which one tool knows a customer: (`user`, `9`), (`email`, `jo@shop.example`).

    The value is as the payload has it; normalising and hashing is the service's work. A
    namespace outside `GLOBAL_NAMESPACES` is scoped by the system of the source.
    """

    namespace: str
    value: str


class Link(
    msgspec.Struct,
    gc=False,
    frozen=True,
    order=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The payload states that two identifiers belong to one customer.

    A weak link (a shared device, a typed-in company) is stored and never joins.
    """

    one: Identifier
    other: Identifier
    strength: Literal["strong", "weak"] = "strong"


class Fact(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    """Which fact an item states, and which version of it. The greater version counts.

    Within a system, `id` names the fact for ever: a re-rated ticket gives the same id and a
    greater version. Where the *earliest* statement counts, the version is the negated time.
    """

    id: str
    version: int


class Score(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    """An answer on a scale whose ends are known. `best` is the end that is good: low or high."""

    value: float
    low: float
    high: float
    best: float


class Money(msgspec.Struct, gc=False, frozen=True):
    """`minor` whole minor units of an ISO 4217 `currency`, of which 10**`exponent` make one."""

    minor: int
    currency: str
    exponent: int = 2


class Telling(msgspec.Struct, gc=False, frozen=True):
    """That something of a tool is told whole, as it was at a version.

    Within a system, `id` names it for ever (`response:R_1`, `case:500...`); versions of one `id`
    are comparable, and 0 is before all of them.
    """

    id: str
    version: int = 0


class Event(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One thing that happened to one customer, in canonical form.

    `id` is unique in its system for ever, the same on every delivery. Without `fact` the event
    is a fact of its own that is never restated: two different contents under one id are a
    conflict. Absent text is empty, absent lists are empty, absent scores and money are None.
    """

    id: str
    kind: str
    occurred_at_us: int
    subject: Identifier
    identifiers: tuple[Identifier, ...] = ()
    """All further identifiers that the payload carries, without the subject."""
    links: tuple[Link, ...] = ()
    fact: Fact | None = None
    title: str = ""
    text: str = ""
    """What the customer wrote, whole; the service cuts it at its limit."""
    channel: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    score: Score | None = None
    money: Money | None = None
    status: str = ""
    """The state after the event (ticket, deal, subscription), in lower case."""
    previous_status: str = ""
    attributes: dict[str, AttributeValue] = {}
    tells: Telling | None = None


class Retraction(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A version of a fact without content: what was stated before no longer holds."""

    id: str
    fact: Fact
    occurred_at_us: int
    tells: Telling | None = None


class Ignored(msgspec.Struct, gc=False, frozen=True):
    """A part of no interest. `reason` is one of the connector's documented list, without data."""

    reason: str
    tells: Telling | None = None


class Lookup(msgspec.Struct, gc=False, frozen=True):
    """What to ask a tool's own API for, where a thin notification only names it."""

    path: str
    """Below the address that the source gives; of the payload it has checked ids alone."""
    adds: dict[str, str] = {}
    """Fields that the answer lacks and the notification has."""


class Failed(msgspec.Struct, gc=False, frozen=True):
    """A part that should have become an event and could not.

    `reason` is a short word that groups (`invalid_json`, `unknown_type`, `missing_field`);
    `detail` says what is wrong and where, without any text or value of a customer.
    """

    reason: str
    detail: str
    awaits: Telling | None = None
    """What a thin notification only names (`needs_enrichment`). Any item of the system that `tells`
    it as of this version or a later one, read before or after, resolves the failure."""
    lookup: Lookup | None = None


Item: TypeAlias = Event | Retraction | Ignored | Failed


def known_kind(kind: str) -> bool:
    """Whether `kind` is of the catalogue or a private one (`x.` and a name)."""
    return kind in KINDS or (kind.startswith("x.") and len(kind) > 2)
