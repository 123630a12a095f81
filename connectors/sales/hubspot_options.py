"""What a source of HubSpot can say about its account: its stages, its surveys, its currency."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from connectors.custom_fields import CustomFields
from connectors.feedback.questions import Question, Questions
from connectors.stand_ins import TypeOptions

_STAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "deal": {
        "appointmentscheduled": "appointment scheduled",
        "qualifiedtobuy": "qualified to buy",
        "presentationscheduled": "presentation scheduled",
        "decisionmakerboughtin": "decision maker bought in",
        "contractsent": "contract sent",
        "closedwon": "closed won",
        "closedlost": "closed lost",
    },
    "ticket": {
        "1": "new",
        "2": "waiting on contact",
        "3": "waiting on us",
        "4": "closed",
    },
}
"""The stages of the pipelines that every account begins with."""

_BY_STAFF: Final = frozenset(
    {"CRM", "CRM_UI", "CRM_UI_BULK_ACTION", "MOBILE_ANDROID", "MOBILE_IOS", "IMPORT"}
)
"""Sources of a change that are an employee at work."""

_SURVEYS: Final = {
    "NPS": Question(kind="feedback.nps"),
    "CES": Question(kind="feedback.ces", scale="1-7"),
}
"""The types of HubSpot's surveys that are always asked on the same scale."""


class HubspotOptions(CustomFields, TypeOptions):
    """Keys of a source of HubSpot."""

    customer_is: Literal["contact", "company"] = "contact"
    """Whom deals and tickets belong to."""

    on_behalf: Literal["ignore", "contact"] = "ignore"
    """Whether a ticket that an employee opened is a contact."""

    won_stages: tuple[str, ...] = ("closedwon",)
    """Ids of the stages in which a deal is won."""

    lost_stages: tuple[str, ...] = ("closedlost",)
    """Ids of the stages in which a deal is lost."""

    closed_stages: tuple[str, ...] = ("4",)
    """Ids of the stages in which a ticket is closed."""

    stages: dict[str, str] = Field(default_factory=dict)
    """What stages are called, by their ids."""

    surveys: Questions = Field(default_factory=dict)
    """What the surveys of polled feedback ask, by their ids or their types (CSAT, CUSTOM). NPS and
    CES are known."""

    currency: str = ""
    """The currency of the amounts of polled deals that name none."""

    def status(self, thing: str, stage: str) -> str:
        """What a stage of deals or tickets is called, in lower case."""
        return (self.stages.get(stage) or _STAGES[thing].get(stage, stage)).lower()

    def outcome(self, stage: str) -> str:
        """`won`, `lost`, or "" for a deal that is open."""
        if stage in self.won_stages:
            return "won"
        return "lost" if stage in self.lost_stages else ""

    def leaves_out(self, thing: str, opened_by: object) -> bool:
        """Whether this is a ticket that an employee opened, and those are no contacts."""
        return thing == "ticket" and self.on_behalf == "ignore" and opened_by in _BY_STAFF

    def survey(self, *names: str) -> Question | None:
        """What the survey with one of these names asks, if that is known."""
        known = {**_SURVEYS, **self.surveys}
        return next((known[name] for name in names if name in known), None)
