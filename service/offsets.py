"""Offsets that go on counting when a topic is made anew.

A broker counts the records of a topic that was deleted and created again from 0. Everything that
is stored here counts on instead: each incarnation of a topic has a range of its own, one behind
the other, so that a position never means two records, the ledger only grows, and what was fetched
of an earlier incarnation lies below the ledger. In the first incarnation both counts are equal.
"""

from typing import Final

OFFSETS_AN_INCARNATION: Final = 1 << 48
"""More records than a partition holds in centuries."""


def own_offset(offset: int) -> int:
    """The offset as the topic itself counts it."""
    return offset % OFFSETS_AN_INCARNATION


def incarnation(offset: int) -> int:
    """In which incarnation of its topic the offset lies; the first is 0."""
    return offset // OFFSETS_AN_INCARNATION


def offset_in(number: int, own: int) -> int:
    """The offset at which this incarnation's `own` offset is kept."""
    return number * OFFSETS_AN_INCARNATION + own


def position_text(topic: str, partition: int, offset: int) -> str:
    """The position as people read it: by the topic's own count, and which topic that was."""
    times = incarnation(offset)
    anew = f" (made anew{'' if times == 1 else f' {times} times'})" if times else ""
    return f"{topic}/{partition}@{own_offset(offset)}{anew}"
