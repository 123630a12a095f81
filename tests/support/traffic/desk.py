"""The desk at which stories are told: dice, numbers, times, and the records put down so far.

Phases divide the run; the records of a story may go to any later phase, so that versions, copies
and contradictions arrive in every order. Record times lie within a day before `now_us`; what the
records tell about may lie up to a year before.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from tests.support.truth import Meaning

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

OLDEST_RECORD_US: Final = 22 * HOUR_US
NEWEST_RECORD_US: Final = 25 * MINUTE_US
"""How long before `now_us` the record times begin and end."""

COPIES: Final = 0.05


class Mood(NamedTuple):
    """How a phase goes: its share of the records, of late parcels, of good answers."""

    share: float
    late: float
    good: float


MOODS: Final = (
    Mood(share=0.15, late=0.30, good=0.45),
    Mood(share=0.60, late=0.0, good=1.0),
    Mood(share=0.25, late=0.60, good=0.10),
)
"""Bad, then so good that the numbers come back, then bad again."""


class Draft(NamedTuple):
    """A record before its partition is drawn."""

    topic: str
    time_us: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    meanings: tuple[Meaning, ...]


@dataclass
class Desk:
    """What the stories share: the dice, the clock, and where records are put down."""

    dice: Random
    now_us: int
    moods: tuple[Mood, ...]
    customers: int
    phases: list[list[Draft]] = field(default_factory=list)
    copies: int = 0
    numbers: int = 1_000

    def __post_init__(self) -> None:
        self.phases = [[] for _ in self.moods]

    def number(self) -> int:
        """A number that no other thing has."""
        self.numbers += 1
        return self.numbers

    def uuid(self) -> str:
        digits = f"{self.dice.getrandbits(128):032x}"
        return "-".join(digits[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def record_time(self, phase: int) -> int:
        """A record time of the phase, in whole milliseconds as brokers keep it."""
        span = (OLDEST_RECORD_US - NEWEST_RECORD_US) // len(self.moods)
        start = self.now_us - OLDEST_RECORD_US + phase * span
        return (start + self.dice.randrange(span)) // 1_000 * 1_000

    def happened(self, record_us: int) -> int:
        """When what a record tells happened: mostly just before it, at times long before."""
        late = self.dice.random()
        if late < 0.80:
            return record_us - self.dice.randrange(SECOND_US, 2 * MINUTE_US)
        if late < 0.90:
            return record_us - self.dice.randrange(2 * MINUTE_US, 6 * HOUR_US)
        if late < 0.97:
            return record_us - self.dice.randrange(6 * HOUR_US, 40 * DAY_US)
        return record_us - self.dice.randrange(40 * DAY_US, 365 * DAY_US)

    def later(self, phase: int) -> int:
        """The phase or one after it."""
        return self.dice.randrange(phase, len(self.moods))

    def put(self, phase: int, draft: Draft) -> None:
        """Put a record down, and now and then a copy of it at another place."""
        self.phases[phase].append(draft)
        if self.chance(COPIES):
            self.copies += 1
            again = self.later(phase)
            time_us = draft.time_us if self.chance(0.3) else self.record_time(again)
            topic = draft.topic
            if topic.startswith("crm.") and self.chance(0.5):
                topic = "crm.mirror" if topic == "crm.events" else "crm.events"
            self.phases[again].append(draft._replace(topic=topic, time_us=time_us))
