"""What feedback of Medallia Digital and records of its Experience Cloud have alike."""

from typing import Any

from connectors.feedback.answers import Answer, as_number
from connectors.feedback.medallia_options import MedalliaOptions
from connectors.naming import Named
from service.event import AttributeValue, Event, Fact


def answer_in(field: str, value: Any, options: MedalliaOptions) -> Answer:
    """An answer as such, or with its label beside it."""
    title = ""
    label = ""
    if isinstance(value, dict):
        title, label = text_of(value.get("title")), text_of(value.get("label"))
        value = value.get("value")
    if isinstance(value, list):
        label = ", ".join(part for part in value if isinstance(part, str))
    number = as_number(value)
    text = value if isinstance(value, str) and number is None and not label else None
    one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return Answer(
        id=field,
        name=field,
        mapped=options.questions.get(field),
        title=title,
        text=text,
        number=number,
        choices=(str(value), label) if one else (),
        label=label or (text or ""),
        long=text is not None,
    )


def frame_of(
    id_: str, time_us: int, version: int, who: Named, about: dict[str, AttributeValue]
) -> Event:
    """What every event of a response has."""
    return Event(
        id=id_,
        kind="feedback.comment",
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, version),
        attributes=about | {"response": id_},
    )


def text_of(value: object) -> str:
    """A text; "" for anything else."""
    return value if isinstance(value, str) else ""
