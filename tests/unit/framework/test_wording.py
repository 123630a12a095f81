"""What models refuse is said in plain sentences, whatever models connectors bring."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from service.framework.problems import nearest
from service.framework.wording import findings


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    depth: int = 0
    int: str = ""


class Exotic(BaseModel):
    model_config = ConfigDict(extra="forbid")

    day: date = date(2025, 1, 1)
    key: UUID | None = None
    size: Annotated[float, Field(gt=0, lt=10)] = 1
    even: Annotated[int, Field(multiple_of=2)] = 2
    form: Annotated[str, Field(pattern="^x+$", min_length=2)] = "xx"
    mode: Literal["fast", "slow"] = "fast"
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    either: Inner | list[Inner] | None = None
    tags: set[str] = set()

    @model_validator(mode="after")
    def _together(self) -> "Exotic":
        if self.even > self.size * 100:
            raise ValueError("even is far more than size")
        return self


def said(**options: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        Exotic.model_validate(options)
    return [
        f"{'.'.join(map(str, one.location))}: {one.message}"
        + (f" ({guess})" if (guess := nearest(one.wrong, one.candidates)) else "")
        for one in findings(refused.value, Exotic, ("sources", 0), options)
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"day": "soon"},
            'sources.0.day: field "day" is not accepted (date from datetime parsing)',
        ),
        ({"size": 0}, 'sources.0.size: field "size" must be more than 0'),
        ({"size": 10}, 'sources.0.size: field "size" must be less than 10'),
        ({"size": "7 %"}, 'sources.0.size: field "size" must be a number, without quotes or unit'),
        ({"even": 3}, 'sources.0.even: field "even" must be a multiple of 2'),
        ({"form": "xy"}, 'sources.0.form: field "form" must have the form ^x+$'),
        ({"form": "x"}, 'sources.0.form: field "form" is too short'),
        ({"mode": "slwo"}, 'sources.0.mode: field "mode" must be fast or slow (slow)'),
        ({"inner": 3}, 'sources.0.inner: field "inner" must be fields with values'),
        ({"inner": {"dept": 1}}, 'sources.0.inner.dept: unknown field "dept" (depth)'),
        (
            {"by_name": {"a": {"dept": 1}}},
            'sources.0.by_name.a.dept: unknown field "dept" (depth)',
        ),
        (
            {"by_name": {"a": {"int": 1}}},
            'sources.0.by_name.a.int: field "int" must be text; put it in quotes',
        ),
        ({"either": 3}, 'sources.0.either: field "either" must be a list or fields with values'),
        (
            {"tags": "a"},
            'sources.0.tags: field "tags" must be a list; begin each entry with "- "',
        ),
        (
            {"even": 200},
            'sources.0: this entry of "sources" is not accepted: even is far more than size',
        ),
        ({"key": None, "day": None}, 'sources.0.day: field "day" has no value'),
    ],
    ids=str,
)
def test_a_refusal_reads_as_a_sentence(options: dict[str, object], expected: str) -> None:
    assert said(**options) == [expected]


def test_an_unfinished_path_is_near_to_the_only_one_that_ends_so() -> None:
    assert nearest("call", ["buy/help/call", "buy/order/placed", "cal"]) == "buy/help/call"
    assert nearest("call", ["buy/help/call", "sell/help/call"]) == ""
    assert nearest("buy/order/call", ["buy/help/call", "buy/order/placed"]) == "buy/help/call"
    assert nearest("buy/help/cal", ["buy/help/call", "buy/help/mail"]) == "buy/help/call"
    assert nearest("buy/help/visit", ["buy/help/call", "buy/help/mail"]) == ""
