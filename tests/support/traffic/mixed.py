"""Mixed records for the shop of `shop.yaml`, made from a seed, each with its truth.

`make` tells some thousand small stories: orders, parcels, tickets, surveys, answers that are
changed and taken back, ids that are used twice, and records that are broken in every way we could
think of. What must come of a record is written down while it is made, never by reading it.

The same seed, size and time give the same records.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final, TypeAlias

from tests.support.traffic import crm, shop, surveys, tickets
from tests.support.traffic.broken import broken
from tests.support.traffic.desk import MINUTE_US, MOODS, Desk, Draft
from tests.support.truth import Made

PARTITIONS: Final = {
    "shop.webhooks": 4,
    "support.tickets": 4,
    "surveys.delivery": 2,
    "crm.events": 3,
    "crm.mirror": 2,
}
"""The topics, and how many partitions each has."""

RECORDS_A_REGULAR: Final = 2_500
"""For so many records there is one customer with about a hundred orders."""

RECORDS_A_CUSTOMER: Final = 40
DISORDER_US: Final = 20 * MINUTE_US
"""By how much record times are out of order within a phase."""

Story: TypeAlias = Callable[[Desk, int], None]

STORIES: Final[tuple[tuple[int, Story], ...]] = (
    (110, shop.order),
    (90, shop.parcel),
    (8, shop.refunded),
    (10, shop.tested),
    (20, shop.handled),
    (10, shop.not_understood),
    (70, tickets.ticket),
    (12, tickets.contacts_in_a_month),
    (12, tickets.opened_by_agent),
    (10, tickets.deleted),
    (16, tickets.handled),
    (4, tickets.registered),
    (20, tickets.moved_on),
    (4, tickets.not_understood),
    (100, surveys.response),
    (5, surveys.partial),
    (4, surveys.not_understood),
    (90, crm.delivery_answer),
    (50, crm.other_answer),
    (40, crm.order),
    (50, crm.parcel),
    (20, crm.contacts),
    (40, crm.unplaced),
    (20, crm.known_twice),
    (20, crm.restated_answer),
    (10, crm.moved_order),
    (4, crm.tied_contact),
    (10, crm.earliest_counts),
    (10, crm.retracted),
    (8, crm.contradiction),
    (3, crm.same_moment),
    (28, broken),
)
"""How often each story is told, in parts."""


def make(seed: int, records: int, now_us: int, topics: Mapping[str, str]) -> list[list[Made]]:
    """About `records` records, phase by phase, in the order in which they are to be sent.

    `topics` gives those of `PARTITIONS` the names that they have in this run.
    """
    desk = Desk(Random(seed), now_us, MOODS, customers=max(20, records // RECORDS_A_CUSTOMER))
    for _ in range(max(2, records // RECORDS_A_REGULAR)):
        shop.regular(desk)
    weights, stories = zip(*STORIES, strict=True)
    for phase, mood in enumerate(MOODS):
        while len(desk.phases[phase]) < records * mood.share:
            desk.dice.choices(stories, weights)[0](desk, phase)
    return [[_made(desk, draft, topics) for draft in _in_order(desk, p)] for p in desk.phases]


def _in_order(desk: Desk, drafts: list[Draft]) -> list[Draft]:
    """Nearly by record time."""
    times = [draft.time_us + desk.dice.randrange(DISORDER_US) for draft in drafts]
    return [drafts[i] for i in sorted(range(len(drafts)), key=times.__getitem__)]


def _made(desk: Desk, draft: Draft, topics: Mapping[str, str]) -> Made:
    return Made(
        topic=topics[draft.topic],
        partition=desk.dice.randrange(PARTITIONS[draft.topic]),
        time_ms=draft.time_us // 1_000,
        key=draft.key,
        headers=draft.headers,
        value=draft.value,
        meanings=draft.meanings,
    )
