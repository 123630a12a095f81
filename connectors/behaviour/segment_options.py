"""What a source of Segment can say about its messages."""

from pydantic import Field

from connectors.contract import ConnectorOptions
from connectors.feedback.questions import Questions


class SegmentOptions(ConnectorOptions):
    """Keys of a source of Segment."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by `survey_question_id`; the rating of products is `product_rating`."""

    currency: str = ""
    """The currency of amounts whose message names none."""

    properties: tuple[str, ...] | None = None
    """Which properties and traits are attributes, where it is not all of them."""
