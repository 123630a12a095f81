"""What a source of SurveyMonkey can say."""

from pydantic import Field

from connectors.contract import ConnectorOptions
from connectors.feedback.questions import Questions
from connectors.feedback.respondents import FIELDS
from connectors.lookups import Address


class SurveyMonkeyOptions(ConnectorOptions):
    """Keys of a source of SurveyMonkey."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the question's id or `<question>.<row>`."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which custom variables name the customer, with their namespaces; the first is the subject."""

    api: Address | None = None
    """Whom `signalbox enrich` asks for responses, such as `https://api.surveymonkey.com`."""
