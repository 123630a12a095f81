"""What a source of Qualtrics can say, and which keys of `values` it can say it of."""

from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.contract import ConnectorOptions
from connectors.feedback.questions import Questions
from connectors.feedback.respondents import FIELDS
from connectors.lookups import Address

_ABOUT_RESPONSE: Final = frozenset(
    {
        "_recordId",
        "distributionChannel",
        "duration",
        "endDate",
        "externalDataReference",
        "finished",
        "ipAddress",
        "locationLatitude",
        "locationLongitude",
        "progress",
        "recipientEmail",
        "recipientFirstName",
        "recipientLastName",
        "recordedDate",
        "startDate",
        "status",
        "userLanguage",
    }
)
"""Keys of `values` that Qualtrics itself sets; all other keys are answers and embedded data."""


class QualtricsOptions(ConnectorOptions):
    """Keys of a source of Qualtrics."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the question's key in `values`."""

    identifiers: dict[str, str] = Field(
        default_factory=lambda: {
            "recipientEmail": "email",
            "externalDataReference": "customer",
            **FIELDS,
        }
    )
    """Which keys of `values` name the customer, with their namespaces; the first is the subject."""

    embedded_data: tuple[str, ...] | None = None
    """Which embedded data are attributes, where it is not all of them."""

    zone: ZoneInfo | None = None
    """The zone of `CompletedDate` in notifications."""

    api: Address | None = None
    """Whom `signalbox enrich` asks for responses, such as `https://fra1.qualtrics.com`."""

    @cached_property
    def named(self) -> frozenset[str]:
        """Keys of `values` that `questions` may name, with or without their survey."""
        return frozenset({*self.questions, *(key.partition(".")[2] for key in self.questions)})

    @cached_property
    def apart(self) -> frozenset[str]:
        """Keys of `values` that are no embedded data, beside those of answers."""
        return _ABOUT_RESPONSE | self.identifiers.keys() | self.questions.keys()
