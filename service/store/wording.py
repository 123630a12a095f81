"""How far reading has come, in plain words: the same on a terminal and in a report."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TypeAlias

from service.offsets import own_offset, position_text
from service.store.reading import Incident, Outcomes, Placed, Progress
from service.store.status import Status

EndOffsets: TypeAlias = Mapping[tuple[str, int], int]
"""Where each partition ends, as the broker says."""


def outcomes_text(outcomes: Outcomes) -> str:
    """Records, and what became of what was in them."""
    parts = (
        f"{outcomes.events:,} events",
        f"{outcomes.duplicates:,} duplicates",
        f"{outcomes.superseded:,} superseded by a newer version",
        f"{outcomes.ignored:,} of no interest",
        dead_letters_text(outcomes.dead_letters),
    )
    return f"{outcomes.records:,} records with {outcomes.items:,} items: {', '.join(parts)}."


def dead_letters_text(number: int) -> str:
    return f"{number:,} dead letters"


def placed_text(placed: Placed, period: str) -> str:
    total = placed.placed + placed.unplaced
    return (
        f"Of {total:,} events in {period}, {placed.placed:,} have a touchpoint "
        f"and {placed.unplaced:,} are unplaced."
    )


def unfinished_texts(status: Status) -> Iterator[str]:
    """What checks wait for, beside records."""
    if status.postponed:
        yield (
            f"{status.postponed:,} events wait to be placed again: a late event changed what came "
            "before them. Checks wait for them."
        )
    if status.rebuilding:
        yield (
            "Stored events are being placed anew, or that was cut off: signalbox rebuild goes on "
            "with it. Checks wait for it."
        )


def incident_text(incident: Incident, zone: tzinfo) -> str:
    """Which records are missing, and when that was seen."""
    first = position_text(incident.topic, incident.partition, incident.first_offset)
    lost = incident.next_offset - incident.first_offset
    seen = incident.seen_at.astimezone(zone)
    return f"{lost:,} offsets from {first} on, seen {seen:%Y-%m-%d %H:%M}"


def lag_of(known: Sequence[Progress], ends: EndOffsets | None) -> int | None:
    """How many offsets are still to be read; None where nobody could be asked."""
    if ends is None:
        return None
    return sum(max(0, ends.get((one.topic, one.partition), 0) - read_to(one)) for one in known)


def lag_text(lag: int | None) -> str:
    if lag is None:
        return "lag unknown: the broker cannot be reached"
    return f"{lag:,} records behind" if lag else "nothing left to read"


def read_to(one: Progress) -> int:
    """The first offset that is not read, of the topic that is there now."""
    return 0 if one.made_anew_at else own_offset(one.next_offset)
