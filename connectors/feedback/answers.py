"""Answers to the questions of a survey, as events.

| answer                                             | becomes                                   |
|----------------------------------------------------|-------------------------------------------|
| to a question in `questions` of the source, scored | an event of its kind, with the score      |
| to a question in `questions`, not scored           | an event of its kind, with the text       |
| a text to any other question                       | `feedback.comment`                        |
| anything else to any other question                | ignored: a score is never guessed         |

An answer's event id and fact are those of its response with the id of the question behind them, so
that a response which is told again corrects itself answer by answer. Where exactly one answer of
those that `questions` does not name is a long text, the scores carry it as their text too, so that
what people say can be read beside how they scored.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from connectors.feedback.questions import Question
from connectors.refusal import plain
from service.event import Event, Fact, Failed, Ignored, Item

UNMAPPED: Final = Ignored("an answer to a question that `questions` of the source does not name")
NO_ANSWERS: Final = Ignored("a response without an answer")


class Answer(NamedTuple):
    """What was answered to one question, as far as the payload says it."""

    id: str
    """Of the question, in its survey."""
    name: str
    """By which `questions` knows the question, or would."""
    mapped: Question | None
    title: str = ""
    """How it was asked."""
    text: str | None = None
    """Written by the customer."""
    number: float | None = None
    choices: tuple[str, ...] = ()
    """Names of the one choice that was made: its id, its label."""
    label: str = ""
    """What was chosen, of one or several choices, as it reads."""
    long: bool = False
    """A text of which several sentences are asked."""

    @property
    def ignored(self) -> bool:
        """Whether nothing can be said of it: it is no text, and nobody told what it is worth."""
        return self.mapped is None and self.text is None


def answer_items(response: Event, answers: Sequence[Answer]) -> list[Item]:
    """An item for each answer. `response` is what their events share, a comment with its fact."""
    said = _only_long_text(answers)
    items = [
        UNMAPPED if answer.ignored else answer_item(answer, _of_question(answer, response, said))
        for answer in answers
    ]
    return items or [NO_ANSWERS]


def answer_item(answer: Answer, event: Event) -> Item:
    """`event` as the answer that it is, told alone or of a response; text stays beside a score."""
    mapped = answer.mapped
    if answer.ignored:
        return UNMAPPED
    if mapped is None:
        return msgspec.structs.replace(event, text=answer.text)
    if mapped.ends is None:
        text = answer.label if answer.text is None else answer.text
        if not text:
            return _wrong_answer(answer, "a text", "give it a scale in `questions`")
        return msgspec.structs.replace(event, kind=mapped.kind, text=text)
    number = mapped.worth(answer.choices) if mapped.choices else answer.number
    if number is None and mapped.choices:
        return _wrong_answer(answer, "one of its `choices`", "it has a scale in `questions`")
    return scored(event, mapped, answer.name, number)


def scored(event: Event, asked: Question, name: str, number: float | None) -> Item:
    """`event` as the answer to what is `asked` under this name; a failure if it is none."""
    if number is None:
        return Failed("wrong_type", f"the answer to {plain(name)} is not a number: it has a scale")
    score = asked.score(number)
    if score is None or not score.low <= score.value <= score.high:
        return Failed("out_of_scale", f"the answer to {plain(name)} is outside its scale")
    return msgspec.structs.replace(event, kind=asked.kind, score=score)


def as_number(value: object) -> float | None:
    """A number, or the one that a text consists of; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not (value.isascii() and value.strip().lstrip("-")[:1].isdigit()):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _only_long_text(answers: Sequence[Answer]) -> str:
    texts = [answer.text or "" for answer in answers if answer.long and answer.mapped is None]
    return texts[0] if len(texts) == 1 else ""


def _of_question(answer: Answer, response: Event, said: str) -> Event:
    """The response's event that the answer is, as far as its question says it."""
    id_ = f"{response.id}:{answer.id}"
    version = 0 if response.fact is None else response.fact.version
    return msgspec.structs.replace(
        response,
        id=id_,
        fact=Fact(id_, version),
        title=answer.title,
        text=said,
        attributes=response.attributes | {"question": answer.name},
    )


def _wrong_answer(answer: Answer, expected: str, why: str) -> Failed:
    return Failed("wrong_type", f"the answer to {plain(answer.name)} is not {expected}: {why}")
