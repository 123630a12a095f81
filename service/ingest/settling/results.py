"""How a try to settle a batch ends."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from service.event import Position


class Committed(NamedTuple):
    """The batch is settled (now, or already before): where each of its partitions goes on."""

    next_offsets: Mapping[tuple[str, int], int]
    outcomes: Counter[tuple[str, str]]
    """Items by (topic, outcome)."""
    rule_errors: tuple[str, ...]
    """The rules that ended in an error, once for each event."""


class Behind(NamedTuple):
    """Something before the batch is missing, or the ledger is elsewhere: read from here."""

    next_offsets: Mapping[tuple[str, int], int]


class OtherRevision(NamedTuple):
    """Another revision is in force: prepare again under it."""

    revision: int


class NeedsRecords(NamedTuple):
    """Stored events turned out to be conflicts; their bytes must be read from the topic."""

    positions: tuple[Position, ...]


class NeedsRevisions(NamedTuple):
    """Stored events are placed again under older revisions, which must be compiled first."""

    revisions: tuple[int, ...]


Result: TypeAlias = Committed | Behind | OtherRevision | NeedsRecords | NeedsRevisions

UNSETTLED: Final = (Behind, OtherRevision, NeedsRecords, NeedsRevisions)
"""Results that roll the transaction back."""
