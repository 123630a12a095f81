"""Answers to surveys of ServiceNow, rows of `asmt_metric_result`: one answer to one question each.

A row has the worth of what was chosen (`actual_value`) and how it reads (`string_value`), and not
the scale. So `questions` of the source says of a question, by the sys_id or the name of its
`metric`, what its answers are; any other text is a `feedback.comment`, any other number is ignored.
A worth below zero stands for none. Who answered is `user`, else the `instance` of the survey.
"""

from connectors.feedback.answers import Answer, answer_item, as_number
from connectors.feedback.questions import Questions
from connectors.naming import name, named
from connectors.support.servicenow_options import ServicenowOptions
from connectors.support.servicenow_records import (
    Reference,
    Result,
    created_us_of,
    id_of,
    text_of,
    version_of,
)
from service.event import Event, Fact, Item


def answered(result: Result, options: ServicenowOptions) -> Item:
    """The event that an answer is. Raises `Refused`."""
    id_ = f"asmt_metric_result:{id_of(result.sys_id)}"
    question, instance = id_of(result.metric), id_of(result.instance)
    title = text_of(result.metric) if isinstance(result.metric, Reference) else ""
    who = named(name("user", id_of(result.user)), name("survey", instance))
    event = Event(
        id=id_,
        kind="feedback.comment",
        occurred_at_us=created_us_of(result, options.zone),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, version_of(result, options.zone)),
        title="" if title == question else title,
        attributes={"question": question, "survey": instance},
    )
    return answer_item(_answer(result, question, title, options.questions), event)


def _answer(result: Result, question: str, title: str, questions: Questions) -> Answer:
    worth, text = as_number(text_of(result.actual_value)), text_of(result.string_value)
    number = None if worth is None or worth < 0 else worth
    return Answer(
        id=question,
        name=question,
        mapped=questions.get(question) or questions.get(title),
        text=text if text and number is None else None,
        number=number,
        choices=(text,) if text else (),
        label=text,
    )
