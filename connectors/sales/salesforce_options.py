"""What a source of Salesforce can say about its organisation: its words, fields and events."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.custom_fields import CustomFields
from connectors.feedback.questions import Questions
from connectors.limits import SCORED_KINDS
from connectors.lookups import Address
from connectors.stand_ins import TypeOptions
from service.event import known_kind


class PlatformEvent(BaseModel):
    """What a platform event of the company's own is: fields of its payload by what they mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    identifiers: Annotated[dict[str, str], Field(min_length=1)]
    """Fields that name the customer, with their namespaces; the first of them is the subject."""
    time: str = "CreatedDate"
    title: str = ""
    text: str = ""
    status: str = ""
    amount: str = ""
    currency: str = ""
    """The field with the currency of the amount, or the currency itself: EUR."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Fields to keep as attributes, with the attributes' names."""

    @field_validator("kind")
    @classmethod
    def _is_a_kind(cls, kind: str) -> str:
        if not known_kind(kind):
            raise ValueError("must be a kind of the catalogue, or begin with x.")
        if kind in SCORED_KINDS:
            raise ValueError("a platform event has no score that could be read")
        return kind

    @model_validator(mode="after")
    def _has_a_currency(self) -> Self:
        if self.amount and not self.currency:
            raise ValueError("an amount needs its currency")
        return self


class SalesforceOptions(CustomFields, TypeOptions):
    """Keys of a source of Salesforce."""

    currency: str = ""
    """The currency of amounts whose records have none: that of an organisation with one."""

    won_stages: tuple[str, ...] = ("closed won",)
    """Stages in which a deal is won, in lower case, where `IsClosed` and `IsWon` are not sent."""

    lost_stages: tuple[str, ...] = ("closed lost",)
    """Stages in which a deal is lost, in lower case, where these are not sent."""

    questions: Questions = Field(default_factory=dict)
    """What is asked in Salesforce Surveys, by the id of the question."""

    platform_events: dict[str, PlatformEvent] = Field(default_factory=dict)
    """What platform events of the company's own are, by their names: the kind, the identifiers and
    which fields say what of it."""

    api: Address | None = None
    """Whom `signalbox enrich` asks for records, such as `https://shop.my.salesforce.com`."""
