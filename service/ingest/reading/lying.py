"""What the broker says of a partition."""

from typing import NamedTuple


class Lying(NamedTuple):
    """A partition as it lies on the broker, in the topic's own offsets."""

    topic_id: str | None
    beginning: int
    end: int
