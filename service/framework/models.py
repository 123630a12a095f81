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
    """What the docstrings of models and fields say is what editors and `docs/framework.md` show."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


class Team(Model):
    """Who can own a journey or a stage."""

    id: Identity
    """What owners are named by."""

    title: Title
    """As people call the team."""

    contact: str = ""
    """Where the reader of an opportunity turns to: an address, a channel."""


class Touchpoint(Model):
    """Where customer and company meet inside a stage. Rules place events here."""

    id: Identity
    """The last part of the path that rules and metrics name. Once in its stage."""

    title: Title
    """In the customer's words: "My parcel arrives"."""

    moment_of_truth: bool = False
    """It makes or breaks the journey: what goes wrong here weighs 1.5 times for the customer. A
    company has 10 to 20; more are a warning."""

    wow_moment: bool = False
    """Nobody expects it, everybody remembers it. Shown with a star."""


class Stage(Model):
    """A step of one journey, with exactly one accountable owner. It cuts across departments: an
    event belongs to the stage that the customer is in, whoever answered.
    """

    id: Identity
    """The second part of paths. Once in its journey."""

    title: Title
    """In the customer's words: "I wait for my parcel"."""

    owner: Owner
    """The id of the one team that answers for it."""

    contributing: tuple[Identity, ...] = ()
    """Ids of other teams that do their part. They are named in its opportunities."""

    touchpoints: tuple[Touchpoint, ...] = Field(min_length=1)
    """In the order in which customers meet them; at least one."""


class Journey(Model):
    """What a customer is trying to get done."""

    id: Identity
    """The first part of paths. A title may change at any time; an id only together with all that
    names it, and what was counted follows by `signalbox rebuild`."""

    title: Title
    """In the customer's words: "I buy something and get it"."""

    owner: Owner
    """The id of the one team that answers for the whole."""

    part_of: Identity | None = None
    """The id of the larger journey that this one belongs to."""

    linked: tuple[Identity, ...] = ()
    """Ids of journeys that have to do with this one."""

    stages: tuple[Stage, ...] = Field(min_length=1)
    """In the order in which customers pass them; at least one."""


FormulaName: TypeAlias = Literal["count", "rate", "ratio", "mean", "sum", "nps", "csat", "ces"]


class Metric(Model):
    """What is counted, of which events, at which place. An event counts once at its touchpoint and
    once at its stage. A source may correct an event: its old contribution is taken out exactly.
    """

    id: Identity
    """What objectives name."""

    title: Title
    """What people read: "Parcels that arrive late"."""

    formula: FormulaName
    """`count`: how many events. `rate`: how many percent of the events meet `counts_when`. `ratio`:
    events at `at` per 100 at `per`. `mean`, `sum`: of `value`, in `unit`. `nps`: promoters minus
    detractors, -100 to 100 points. `csat`: percent of answers in the best steps (4 and 5 of five).
    `ces`: percent of answers above the middle of the scale. Scores are turned so that up is
    good."""

    of: str
    """The kind of event that is counted, such as `support.contact`; of `nps`, `csat` and `ces` one
    that begins with `feedback.`"""

    at: Path
    """The touchpoint or the stage where it is counted."""

    where: Expression | None = None
    """Only events for which this is true are counted."""

    counts_when: Expression | None = None
    """Of a `rate`, and needed there: what the counted events are asked."""

    value: Expression | None = None
    """Of a `mean` or `sum`, and needed there: the number that an event adds, such as
    `event.amount`. An event that has none is not counted."""

    unit: Annotated[str, Field(max_length=16)] = ""
    """Of a `mean` or `sum`: what its numbers are in, such as EUR or hours. Only shown."""

    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    """Of a `mean` or `sum`: how many digits behind the point are kept. Numbers are added as whole
    ones, so that a correction leaves no rest."""

    per: Path | None = None
    """Of a `ratio`, and needed there: the touchpoint or the stage whose events are the hundred."""

    per_kind: str | None = None
    """Of a `ratio`: the kind of event that is counted at `per`. Without it, any."""


class Objective(Model):
    """What is good enough: a target for a metric over a rolling window, for a goal of the company.
    Exactly one of `at_least` and `at_most`; one objective for each metric.
    """

    metric: Identity
    """The id of the metric."""

    at_least: float | None = None
    """The target of what should be high, in what the metric is read in: percent of a `rate`, `csat`
    or `ces` (85 is 85 %), points of an `nps`, events per 100 of a `ratio`, else its unit."""

    at_most: float | None = None
    """The target of what should be low, in the same."""

    window: Duration
    """How much of the past one look takes in: whole quarters of an hour, at least `check_every`."""

    check_every: Duration
    """How often to look: a part of a day, or whole days."""

    min_n: Annotated[int, Field(ge=1)] = 30
    """How many events must be in the window before anything is said; of a `ratio`, events at
    `per`."""

    goal: Title
    """What the company wants from meeting it: "More second orders". It travels with each
    opportunity."""


class Rule(Model):
    """Which event belongs to which touchpoint. In each journey the first rule that matches places
    the event, from the top. How to write one: [rules](rules.md).
    """

    id: Identity
    """What `signalbox explain` names when it says why."""

    when: Expression
    """Decides, by the event and by what the customer did before. One that ends in an error does not
    match, and is counted."""

    place: Path
    """The touchpoint, as journey/stage/touchpoint."""

    also: bool = False
    """Places in addition to the first match, and never ends the search."""


class Breach(Model):
    """Opens an opportunity when a metric of a stage lies beyond its target, and not by chance. It
    recovers when every missed objective is met again at as many checks in a row.
    """

    id: Identity
    """Once among the detectors. One detector and stage have one opportunity at a time."""

    kind: Literal["breach"]
    """Says that it is this one."""

    stage: Path
    """The stage, as journey/stage, with at least one objective."""

    min_customers: Annotated[int, Field(ge=1)] = 5
    """How many different customers must be behind the numbers, so that one of them does not speak
    for all."""

    checks: Annotated[int, Field(ge=1, le=100)] = 2
    """At how many checks in a row it must be missed, and met again."""

    cooldown: Duration = timedelta(days=7)
    """A new miss this soon after the recovery reopens the same opportunity."""


class Milestone(Model):
    """Tells once for each customer that a touchpoint was reached."""

    id: Identity
    """Once among the detectors."""

    kind: Literal["milestone"]
    """Says that it is this one."""

    touchpoint: Path
    """The touchpoint, as journey/stage/touchpoint."""

    send: Literal["each_customer"] = "each_customer"
    """A signal of its own for each customer, at the first time."""


Detector: TypeAlias = Annotated[Breach | Milestone, Field(discriminator="kind")]


class Weights(Model):
    """How the value of an opportunity, 0 to 100, is made of customer value and business value."""

    customer: Annotated[float, Field(ge=0)] = 0.5
    """The weight of what it means to customers: how far off, and how many of them."""

    business: Annotated[float, Field(ge=0)] = 0.5
    """The weight of what it means to business: the share of the order money that is affected. The
    two need not add up to 1, but one must be more than 0."""


class Source(Model):
    """One topic and the connector that reads it. Further fields are the connector's own options."""

    model_config = ConfigDict(extra="allow")

    id: Identity
    """What dead letters, events and `signalbox load` name."""

    connector: str
    """The kind of tool; each has a [page](connectors/README.md) with its options."""

    system: Identity
    """The installation of the tool that mints the ids. Sources of one system share what happened:
    an event that comes in two topics counts once. They must agree in the options that change
    events."""

    topic: Annotated[str, Field(pattern=TOPIC_PATTERN)]
    """The topic that is read. One source for each."""

    start: str = "earliest"
    """Where a topic is read from when it is new: `earliest`, `latest`, or a day such as 2025-01-31.
    Later changes of it do nothing."""

    expect_every: Duration | None = None
    """A topic that is silent for longer makes the metrics that it feeds "source is silent" instead
    of healthy. Without it, silence is no news."""

    customer: Literal["clear", "hashed"] = "hashed"
    """Whether e-mail addresses and ids of customers are kept readable or only as keyed hashes.
    Either way they join across tools."""

    text: Literal["keep", "drop"] = "keep"
    """Whether what customers wrote is kept."""

    attributes: dict[Attribute, str | bool | int | float] = Field(
        default_factory=dict, max_length=64
    )
    """The same values for every event of this source, such as `form: delivery`, for conditions and
    the segment."""

    ignore: tuple[str, ...] = ()
    """Event types of the tool to leave out, counted as ignored."""

    @property
    def options(self) -> dict[str, Any]:
        """The keys that belong to the connector."""
        return dict(self.model_extra or {})


class Framework(Model):
    """Everything that one revision says. All *.yaml files of a directory are one framework: each
    field at the top of one file, the lists in as many as you like.
    """

    framework: Identity
    """The framework's name."""

    timezone: str = "UTC"
    """Where days and weeks begin on screens and in reports, such as Europe/Berlin."""

    segment: Attribute | None = None
    """Metrics are also kept for each value of this attribute of events, such as `carrier`, so that
    an opportunity can say which stands out. Events without it count as "unknown"."""

    score: Weights = Weights()
    """How the value of an opportunity is made."""

    teams: tuple[Team, ...] = ()
    """Who can own a journey or a stage."""

    journeys: tuple[Journey, ...] = ()
    """What customers are trying to get done."""

    metrics: tuple[Metric, ...] = ()
    """What is counted."""

    objectives: tuple[Objective, ...] = ()
    """What is good enough."""

    rules: tuple[Rule, ...] = ()
    """Which event belongs where."""

    detectors: tuple[Detector, ...] = ()
    """What is looked for."""

    sources: tuple[Source, ...] = ()
    """Where events come from."""
