"""What the questions of a survey ask: the option `questions` of feedback sources.

A score is worth nothing without its scale, and no payload states it. So the source does, once for
each question that is asked for a score:

    questions:
      how_was_delivery: {kind: feedback.csat, scale: 1-5, best: 5}
      recommend: {kind: feedback.nps}
      what_happened: {kind: feedback.review}
      was_it_easy: {kind: feedback.ces, scale: 1-3, choices: {Hard: 1, "So, so": 2, Easy: 3}}

How answers become events by them is told in `connectors.feedback.answers`.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Final, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.limits import SCORED_KINDS
from service.event import Score, known_kind

_SCALE: Final = re.compile(r"(-?\d{1,6}(?:\.\d{1,3})?)-(-?\d{1,6}(?:\.\d{1,3})?)", re.ASCII)
_SCALE_OF_NPS: Final = "0-10"

Name: TypeAlias = Annotated[str, Field(coerce_numbers_to_str=True)]
"""Of a question or a choice. Many tools name them by numbers, which YAML takes for such."""


class Question(BaseModel):
    """The kind of a question's answers, and their scale if they are scores.

    `scale` is `low-high`; only `feedback.nps` needs none, it has 0 to 10. `best` is the end that
    is good, the high one unless said otherwise. Without a scale the answers are texts. `choices`
    says what each choice is worth, by its id or its label, where the answer is no number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    scale: Annotated[str, Field(pattern=_SCALE.pattern)] | None = None
    best: float | None = None
    choices: dict[Name, float] = Field(default_factory=dict)

    @field_validator("kind")
    @classmethod
    def _is_feedback(cls, kind: str) -> str:
        if known_kind(kind) and kind.startswith(("feedback.", "x.")):
            return kind
        raise ValueError("must be a kind of feedback, such as feedback.csat, or begin with x.")

    @model_validator(mode="after")
    def _has_its_scale(self) -> Self:
        if self.kind == "feedback.nps" and self.scale not in (None, _SCALE_OF_NPS):
            raise ValueError("feedback.nps is asked on a scale of 0-10")
        if self.ends is None:
            if self.kind in SCORED_KINDS or self.best is not None or self.choices:
                raise ValueError("needs a scale, such as 1-5")
        elif self.ends[0] >= self.ends[1]:
            raise ValueError("a scale runs from its low to its high end: 1-5")
        elif self.best is not None and self.best not in self.ends:
            raise ValueError(f"best must be one end of the scale {self.scale}")
        elif any(not self.ends[0] <= worth <= self.ends[1] for worth in self.choices.values()):
            raise ValueError(f"choices must be worth something on the scale {self.scale or '0-10'}")
        return self

    @cached_property
    def ends(self) -> tuple[float, float] | None:
        """The low and the high end of the scale; None if the answers are texts."""
        scale = self.scale or (_SCALE_OF_NPS if self.kind == "feedback.nps" else "")
        match = _SCALE.fullmatch(scale)
        return None if match is None else (float(match[1]), float(match[2]))

    def score(self, value: float) -> Score | None:
        """The answer on its scale, which it may lie outside of; None if the answers are texts."""
        if self.ends is None:
            return None
        low, high = self.ends
        return Score(value, low, high, high if self.best is None else self.best)

    def worth(self, names: Iterable[str]) -> float | None:
        """What the choice with these names is worth; None if `choices` has none of them."""
        return next((self.choices[name] for name in names if name in self.choices), None)


Questions: TypeAlias = dict[Name, Question]
"""The option `questions`: what is asked, by what its tool calls the question."""


def kinds_asked(questions: Questions) -> frozenset[str]:
    """The kinds that answers can have: those in `questions`, and comments for all others."""
    return frozenset({"feedback.comment", *(question.kind for question in questions.values())})
