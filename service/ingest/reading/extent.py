"""What the broker says of a partition."""

from typing import NamedTuple


class Extent(NamedTuple):
    """From where to where records of a partition lie, in the topic's own offsets.

    `topic_id` is None where the broker gave none.
    """

    topic_id: str | None
    beginning: int
    end: int
