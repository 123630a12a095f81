"""What the questions of a survey ask, as a source says it."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.feedback.questions import Question
from service.event import Score


@pytest.mark.parametrize(
    ("written", "score"),
    [
        ({"kind": "feedback.csat", "scale": "1-5", "best": 5}, Score(2, 1, 5, 5)),
        ({"kind": "feedback.csat", "scale": "1-5"}, Score(2, 1, 5, 5)),
        ({"kind": "feedback.ces", "scale": "1-7", "best": 1}, Score(2, 1, 7, 1)),
        ({"kind": "feedback.rating", "scale": "-3-3"}, Score(2, -3, 3, 3)),
        ({"kind": "feedback.rating", "scale": "0.5-5"}, Score(2, 0.5, 5, 5)),
        ({"kind": "feedback.nps"}, Score(2, 0, 10, 10)),
        ({"kind": "feedback.nps", "scale": "0-10", "best": 10}, Score(2, 0, 10, 10)),
        ({"kind": "x.effort", "scale": "0-3"}, Score(2, 0, 3, 3)),
        ({"kind": "feedback.review"}, None),
        ({"kind": "feedback.comment"}, None),
    ],
)
def test_an_answer_is_a_score_on_the_scale_that_was_said(
    written: dict[str, Any], score: Score | None
) -> None:
    assert Question.model_validate(written).score(2) == score


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"kind": "feedback.csat"}, "needs a scale"),
        ({"kind": "feedback.review", "best": 5}, "needs a scale"),
        ({"kind": "feedback.csat", "scale": "5-1"}, "from its low to its high end"),
        ({"kind": "feedback.csat", "scale": "1 to 5"}, "pattern"),
        ({"kind": "feedback.csat", "scale": "1-5", "best": 3}, "one end of the scale 1-5"),
        ({"kind": "feedback.nps", "scale": "1-10"}, "scale of 0-10"),
        ({"kind": "feedback.csta", "scale": "1-5"}, "kind of feedback"),
        ({"kind": "support.contact"}, "kind of feedback"),
        ({"kind": "feedback.csat", "scale": "1-5", "max": 5}, "Extra inputs"),
        ({"kind": "feedback.csat", "scale": "1-5", "choices": {"Fine": 6}}, "on the scale 1-5"),
        ({"kind": "feedback.comment", "choices": {"Fine": 5}}, "needs a scale"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(written: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Question.model_validate(written)


def test_a_choice_is_worth_what_was_said_by_any_of_its_names() -> None:
    written = {"kind": "feedback.csat", "scale": "1-3", "choices": {3057839051: 1, "Fine": 3}}
    question = Question.model_validate(written)
    assert question.worth(("3057839051", "Awful")) == 1
    assert question.worth(("3057839052", "Fine")) == 3
    assert question.worth(("3057839053", "So, so")) is None
