"""What the ledger says of a partition, held against what the broker says of it.

Pure: the one place where it is decided whether a partition can be read on.
"""

from typing import Final, NamedTuple, TypeAlias

from service.ingest.reading.extent import Extent
from service.offsets import incarnation, offset_in, own_offset


class Known(NamedTuple):
    """A partition as the ledger has it. `topic_id` is None where the broker gave none."""

    next_offset: int
    topic_id: str | None
    made_anew: bool


NOTHING_KNOWN: Final = Known(0, None, made_anew=False)


class GoOn(NamedTuple):
    """The next record is there, or will be."""

    offset: int


class Gone(NamedTuple):
    """These records were gone before they were read."""

    first_offset: int
    next_offset: int


class MadeAnew(NamedTuple):
    """Not what was read before: going on would skip records without a word."""

    reason: str


Standing: TypeAlias = GoOn | Gone | MadeAnew


def standing(known: Known, extent: Extent) -> Standing:
    """How a partition stands. What was once found made anew stays so until that is accepted."""
    own = own_offset(known.next_offset)
    if known.topic_id and extent.topic_id and known.topic_id != extent.topic_id:
        return MadeAnew("it has another id than the topic that was read")
    if own > extent.end:
        return MadeAnew(f"a partition was read up to offset {own} and now ends at {extent.end}")
    if known.made_anew:
        return MadeAnew("this was seen before, and nobody has accepted it yet")
    if own < extent.beginning:
        beginning = offset_in(incarnation(known.next_offset), extent.beginning)
        return Gone(known.next_offset, beginning)
    return GoOn(known.next_offset)
