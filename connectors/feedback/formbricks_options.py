"""What a source of Formbricks can say."""

from pydantic import Field

from connectors.contract import ConnectorOptions
from connectors.feedback.questions import Questions
from connectors.feedback.respondents import FIELDS


class FormbricksOptions(ConnectorOptions):
    """Keys of a source of Formbricks Hub."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by `field_id`, of Formbricks itself by the question's id."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which metadata name the customer beside the user, with their namespaces."""
