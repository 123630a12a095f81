"""What a source of Medallia can say."""

from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from connectors.contract import ConnectorOptions
from connectors.feedback.questions import Questions
from connectors.feedback.respondents import FIELDS


class RecordFields(BaseModel):
    """What the fields of a record are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    time: str
    updated: str = ""
    language: str = ""
    channel: str = ""


class MedalliaOptions(ConnectorOptions):
    """Keys of a source of Medallia."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the field of the answer."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which parameters and fields name the customer, with their namespaces."""

    fields: RecordFields | None = None
    """For records of Experience Cloud: the fields that are no answers."""

    zone: ZoneInfo | None = None
    """The zone of times that state none; without it such a time is refused."""

    @cached_property
    def apart(self) -> frozenset[str]:
        """Fields of a record that are no attributes."""
        about = () if self.fields is None else self.fields.model_dump().values()
        return frozenset({*about, *self.questions, *self.identifiers})
