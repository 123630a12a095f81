"""What a mapping says in YAML."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from connectors.contract import ConnectorOptions
from connectors.limits import SCORED_KINDS
from connectors.mapping.expressions import Condition, Expression
from connectors.timestamps import parse_microseconds, parse_milliseconds, parse_seconds
from service.event import KINDS, known_kind

_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_SCALE: Final = r"^(?P<low>-?\d{1,6}(\.\d{1,3})?)-(?P<high>-?\d{1,6}(\.\d{1,3})?)$"
_SCALE_OF_NPS: Final = "0-10"
_NPS: Final = "feedback.nps"

COUNTED: Final[Mapping[str, Callable[[Any, str], int]]] = {
    "epoch_s": parse_seconds,
    "epoch_ms": parse_milliseconds,
    "epoch_us": parse_microseconds,
}
"""Formats of times that count from 1970."""

MAX_ENTRIES: Final = 64


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _kind(kind: str) -> str:
    if known_kind(kind):
        return kind
    (nearest,) = get_close_matches(kind, KINDS, n=1) or ("",)
    meant = f"; did you mean {nearest}?" if nearest else ""
    raise ValueError(f"it is no kind of the catalogue and does not begin with x.{meant}")


def _format(written: str) -> str:
    if written == "iso" or written in COUNTED or "%" in written:
        return written
    raise ValueError(f"it is iso, {', '.join(COUNTED)} or a pattern of strptime: %d.%m.%Y %H:%M")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("there is no such time zone; Europe/Berlin would be one") from None
    return name


def _currency(written: object) -> object:
    """Three capitals are a currency, and nothing else: no expression looks like that."""
    if not isinstance(written, str) or not _CURRENCY.fullmatch(written.upper()):
        return written
    if written != written.upper():
        raise ValueError(f"a currency is three capitals: {written.upper()}")
    return f'"{written}"'


def _one_subject(written: object) -> object:
    if isinstance(written, dict) and len(written) > 1:
        raise ValueError("an event has one subject; the other names go to its identifiers")
    return written


def _as(field: str) -> BeforeValidator:
    """An expression alone stands for the part with only this field."""
    return BeforeValidator(
        lambda written: {field: written} if isinstance(written, str) else written
    )


KindName: TypeAlias = Annotated[str, AfterValidator(_kind)]
Zone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Expressions: TypeAlias = dict[Annotated[str, Field(min_length=1, max_length=512)], Expression]


class Kind(_Part):
    """The kind of an event: always the same, or by an event type that the payload has."""

    of: Expression | None = None
    is_: dict[str, KindName] = Field(default_factory=dict, alias="is")
    always: KindName = ""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.always) == bool(self.of and self.is_):
            raise ValueError('it must be a kind, or "of" an expression with kinds in "is"')
        return self

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset({self.always} if self.always else self.is_.values())


class Moment(_Part):
    """A time. Text is ISO 8601 unless a `format` of strptime says otherwise; numbers need one."""

    at: Expression
    format: Annotated[str, Field(max_length=64), AfterValidator(_format)] = "iso"
    zone: Zone | None = None
    """What is meant where the text has no zone."""


class FactOf(_Part):
    """Which fact the event states; the greater version counts."""

    id: Expression
    version: Annotated[Moment, _as("at")]


class ScoreOf(_Part):
    """An answer on a scale that is written here or lies in the payload."""

    value: Expression
    scale: Annotated[str, Field(pattern=_SCALE)] | None = None
    low: Expression | None = None
    high: Expression | None = None
    best: float | Literal["low", "high"] = "high"

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the scale that is written here; of an NPS it needs not be."""
        match = re.match(_SCALE, self.scale or _SCALE_OF_NPS)
        return (float(match["low"]), float(match["high"])) if match else (0.0, 0.0)

    @model_validator(mode="after")
    def _has_its_scale(self) -> Self:
        if self.ends[0] >= self.ends[1]:
            raise ValueError('its scale must run from the low to the high end, such as "1-5"')
        if self.scale and isinstance(self.best, float) and self.best not in self.ends:
            raise ValueError(f'"best" must be one end of the scale {self.scale}')
        if (self.low is None) != (self.high is None):
            raise ValueError('it needs both "low" and "high", or neither')
        if self.scale is not None and self.low is not None:
            raise ValueError('it has "scale" or "low" and "high", not both')
        return self


class MoneyOf(_Part):
    """An amount as a decimal number, or in whole minor units such as cents."""

    amount: Expression | None = None
    minor: Expression | None = None
    currency: Annotated[Expression, BeforeValidator(_currency)]

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.amount is None) == (self.minor is None):
            raise ValueError('it needs "amount" or "minor", not both')
        return self


class EventOf(_Part):
    """What gives one event, of the payload or of each item of a list in it."""

    kind: Annotated[Kind, _as("always")]
    when: Condition | None = None
    each: Expression | None = None
    id: Expression
    time: Annotated[Moment, _as("at")]
    subject: Annotated[Expressions, Field(min_length=1), BeforeValidator(_one_subject)]
    identifiers: Expressions = Field(default_factory=dict)
    links: dict[str, Literal["strong", "weak"]] = Field(default_factory=dict)
    fact: FactOf | None = None
    retract: Condition | None = None
    score: ScoreOf | None = None
    money: MoneyOf | None = None
    title: Expression | None = None
    text: Expression | None = None
    channel: Expression | None = None
    language: Expression | None = None
    status: Expression | None = None
    previous_status: Expression | None = None
    tags: Expression | None = None
    attributes: Annotated[Expressions, Field(max_length=64)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        strangers = sorted(self.links.keys() - self.identifiers.keys())
        if strangers:
            raise ValueError(f'links names "{strangers[0]}", which is not among its identifiers')
        if self.retract is not None and self.fact is None:
            raise ValueError('"retract" needs a "fact" to take back')
        if self.kind.kinds & SCORED_KINDS and self.score is None:
            raise ValueError('a kind that is scored needs a "score"')
        if self.score and not self.score.scale and not self.score.low and not self._is_nps:
            raise ValueError('its score needs a scale, such as "1-5"')
        return self

    @property
    def _is_nps(self) -> bool:
        return self.kind.kinds == {_NPS}


def _some(entries: tuple[EventOf, ...]) -> tuple[EventOf, ...]:
    if 0 < len(entries) <= MAX_ENTRIES:
        return entries
    raise ValueError(f"it needs 1 to {MAX_ENTRIES} entries")


class MappingOptions(ConnectorOptions):
    """Keys of a source that is mapped."""

    events: Annotated[tuple[EventOf, ...], AfterValidator(_some)]
    """What gives events, each by itself."""
