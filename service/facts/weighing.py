"""Which statement of a fact counts.

For every fact the statement that counts is a function of the set of statements, not of the order
in which they came:

* the greatest version; among equal versions above 0 the greatest digest (versions are whole
  seconds in many systems, and tie);
* of a fact that is never restated (version 0) the earliest, by place. Other contents under the
  same id are conflicts, which become dead letters;
* among copies (equal version and digest) the earliest is the one counted, so that even the place
  of the counted copy does not depend on the order of arrival.
"""

from enum import Enum
from typing import NamedTuple


class Place(NamedTuple):
    """Where an item was read: record time, then topic, partition, offset, index in the record."""

    record_time_us: int
    topic: str
    partition: int
    offset: int
    item: int


class Statement(NamedTuple):
    """A statement of a fact: its version, the digest of its content, where it was read."""

    version: int
    digest: bytes
    place: Place


class Verdict(Enum):
    """What becomes of an incoming statement, given the one that counts so far."""

    REPLACES = "it counts, the other is superseded"
    DISPLACES = "it counts, the other conflicts and becomes a dead letter"
    EARLIER_COPY = "it is the same and takes the other's place"
    DUPLICATE = "it is the same and comes later"
    SUPERSEDED = "a newer one counts"
    CONFLICT = "it contradicts an earlier one and becomes a dead letter"


def weigh(standing: Statement, incoming: Statement) -> Verdict:
    """Compare an incoming statement with the one that counts. Total, and free of order."""
    if incoming.version != standing.version:
        newer = incoming.version > standing.version
        return Verdict.REPLACES if newer else Verdict.SUPERSEDED
    if incoming.digest == standing.digest:
        earlier = incoming.place < standing.place
        return Verdict.EARLIER_COPY if earlier else Verdict.DUPLICATE
    if incoming.version != 0:
        greater = incoming.digest > standing.digest
        return Verdict.REPLACES if greater else Verdict.SUPERSEDED
    return Verdict.DISPLACES if incoming.place < standing.place else Verdict.CONFLICT
