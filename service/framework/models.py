"""The framework as its YAML says it: what a CX team writes, one model per thing.

The models hold what was written, checked field by field. What needs more than one field
(paths that must exist, expressions that must type-check, owners that must be teams) is checked
by `service.framework.checking`, and text with positions is read by `service.framework.loading`.
Paths are `journey`, `journey/stage` or `journey/stage/touchpoint`.
"""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from service.framework.durations import DURATION_PATTERN, duration_text, parse_duration

IDENTITY_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PATH_PATTERN: Final = r"^[a-z0-9-]+(/[a-z0-9-]+){0,2}$"
TOPIC_PATTERN: Final = r"^[a-zA-Z0-9._-]{1,249}$"
ATTRIBUTE_PATTERN: Final = r"^[a-z][a-z0-9_]*$"

Identity: TypeAlias = Annotated[str, Field(pattern=IDENTITY_PATTERN, max_length=64)]
"""An id: small letters, digits, single hyphens. What rules and metrics point to."""


def _one_owner(value: object) -> object:
    if isinstance(value, list | tuple):
        raise ValueError("exactly one team answers; name the others of a stage in contributing")  # noqa: TRY004 - pydantic's way
    return value


Owner: TypeAlias = Annotated[Identity, BeforeValidator(_one_owner)]
"""The id of the one accountable team."""

Path: TypeAlias = Annotated[str, Field(pattern=PATH_PATTERN, max_length=200)]
Attribute: TypeAlias = Annotated[str, Field(pattern=ATTRIBUTE_PATTERN, max_length=64)]
"""The name of an attribute of an event, as conditions and the segment use it."""

Title: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(duration_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION_PATTERN}$"}),
]
"""`15m`, `24h`, `7d`: a whole number and one unit of s, m, h, d, w. In JSON it is such a text."""

Expression: TypeAlias = Annotated[str, Field(min_length=1, max_length=2_000)]
"""CEL source."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Team(Model):
    id: Identity
    title: Title
    contact: str = ""


class Touchpoint(Model):
    """Where customer and company meet inside a stage."""

    id: Identity
    title: Title
    moment_of_truth: bool = False
    wow_moment: bool = False


class Stage(Model):
    """A step of one journey, with exactly one accountable owner."""

    id: Identity
    title: Title
    owner: Owner
    contributing: tuple[Identity, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = Field(min_length=1)


class Journey(Model):
    """What a customer is trying to get done, titled in the customer's words."""

    id: Identity
    title: Title
    owner: Owner
    part_of: Identity | None = None
    linked: tuple[Identity, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)


FormulaName: TypeAlias = Literal["count", "rate", "ratio", "mean", "sum", "nps", "csat", "ces"]


class Metric(Model):
    """What is counted, of which events, at which place.

    `at` is a touchpoint or a stage. An event counts once at its touchpoint and once at its
    stage. `where` leaves events out; `counts_when` says which of the counted meet the condition
    of a rate; `value` is what a mean or sum adds, kept as whole numbers of
    10**-`decimals` `unit`. Of a ratio, `of` at `at` is per 100 `per_kind` events at `per`.
    """

    id: Identity
    title: Title
    formula: FormulaName
    of: str
    at: Path
    where: Expression | None = None
    counts_when: Expression | None = None
    value: Expression | None = None
    unit: Annotated[str, Field(max_length=16)] = ""
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    per: Path | None = None
    per_kind: str | None = None


class Objective(Model):
    """Target for a metric over a rolling window, checked every so often, serving a goal."""

    metric: Identity
    at_least: float | None = None
    at_most: float | None = None
    window: Duration
    check_every: Duration
    min_n: Annotated[int, Field(ge=1)] = 30
    goal: Title


class Rule(Model):
    """`when` decides, `place` is the touchpoint. `also` places in addition to the first match."""

    id: Identity
    when: Expression
    place: Path
    also: bool = False


class Breach(Model):
    """Finds a stage whose metrics lie wholly beyond their targets."""

    id: Identity
    kind: Literal["breach"]
    stage: Path
    min_customers: Annotated[int, Field(ge=1)] = 5
    checks: Annotated[int, Field(ge=1, le=100)] = 2
    cooldown: Duration = timedelta(days=7)


class Milestone(Model):
    """Tells once for each customer that a touchpoint was reached."""

    id: Identity
    kind: Literal["milestone"]
    touchpoint: Path
    send: Literal["each_customer"] = "each_customer"


Detector: TypeAlias = Annotated[Breach | Milestone, Field(discriminator="kind")]


class Weights(Model):
    """How much of the value of an opportunity is customer value and how much business value."""

    customer: Annotated[float, Field(ge=0)] = 0.5
    business: Annotated[float, Field(ge=0)] = 0.5


class Source(Model):
    """One configured instance of a connector. Further keys are the connector's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Identity
    connector: str
    system: Identity
    topic: Annotated[str, Field(pattern=TOPIC_PATTERN)]
    start: str = "earliest"
    expect_every: Duration | None = None
    customer: Literal["clear", "hashed"] = "hashed"
    text: Literal["keep", "drop"] = "keep"
    attributes: dict[Attribute, str | bool | int | float] = Field(
        default_factory=dict, max_length=64
    )
    ignore: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the connector."""
        return dict(self.model_extra or {})


class Framework(Model):
    """Everything that one revision says."""

    framework: Identity
    timezone: str = "UTC"
    segment: Attribute | None = None
    score: Weights = Weights()
    teams: tuple[Team, ...] = ()
    journeys: tuple[Journey, ...] = ()
    metrics: tuple[Metric, ...] = ()
    objectives: tuple[Objective, ...] = ()
    rules: tuple[Rule, ...] = ()
    detectors: tuple[Detector, ...] = ()
    sources: tuple[Source, ...] = ()
