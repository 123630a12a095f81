"""The example payloads of Segment, with the events that they must become, in full."""

from typing import Any

import pytest

from service.event import Event, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def of_message(user: str, anonymous: str, **fields: Any) -> Event:
    names = Identifier("user", user), Identifier("anonymous", anonymous)
    common: dict[str, Any] = {
        "kind": "behaviour.action",
        "subject": names[0],
        "identifiers": (names[1],),
        "links": (Link(*names),),
    }
    return Event(**{**common, **fields})


def test_what_is_tracked_is_an_action() -> None:
    assert convert("segment", payload("segment/track.json")) == [
        of_message(
            "AiUGstSDIg",
            "23adfd82-aa0f-45a7-a756-24f2a7a4c895",
            id="ajs-f8ca1e4de5024d9430b3928bd8ac6b96",
            occurred_at_us=1_449_947_461_249_000,
            title="Course Clicked",
            attributes={"title": "Intro to Analytics", "path": "/academy/"},
        )
    ]


def test_everything_that_messages_have_is_kept_of_an_action() -> None:
    user = Identifier("user", "97980cfea0067")
    others = (
        Identifier("anonymous", "507f191e810c19729de860ea"),
        Identifier("group", "12345"),
        Identifier("device", "B5372DB0-C21E-11E4-8DFC-AA07A5B093DB"),
    )
    (event,) = convert("segment", payload("segment/track_common.json"))
    assert event == Event(
        id="022bb90c-bbac-11e4-8dfc-aa07a5b093db",
        kind="behaviour.action",
        occurred_at_us=1_449_720_511_905_000,
        subject=user,
        identifiers=others,
        links=(
            Link(user, others[0]),
            Link(user, others[1], "weak"),
            Link(user, others[2], "weak"),
        ),
        title="Report Submitted",
        language="en-US",
        attributes={"path": "/academy/"},
    )


def test_who_is_identified_is_an_updated_customer() -> None:
    user = Identifier("user", "97980cfea0067")
    others = (
        Identifier("anonymous", "507f191e810c19729de860ea"),
        Identifier("email", "peter@example.com"),
    )
    assert convert("segment", payload("segment/identify.json")) == [
        Event(
            id="022bb90c-bbac-11e4-8dfc-aa07a5b093db",
            kind="customer.updated",
            occurred_at_us=1_424_730_535_111_000,
            subject=user,
            identifiers=others,
            links=tuple(Link(user, other) for other in others),
            channel="browser",
            attributes={"plan": "premium", "logins": 5},
        )
    ]


def test_an_answer_to_a_survey_of_delighted_is_an_nps() -> None:
    user = Identifier("user", "cust-123")
    others = (
        Identifier("anonymous", "507f191e810c19729de860ea"),
        Identifier("email", "jane.doe@example.com"),
    )
    path = "segment/delighted_survey_question_answered.json"
    properties = payload(path)["properties"]
    (event,) = convert("segment", payload(path))
    assert event == Event(
        id="022bb90c-bbac-11e4-8dfc-aa07a5b093de",
        kind="feedback.nps",
        occurred_at_us=1_734_775_200_000_000,
        subject=user,
        identifiers=others,
        links=tuple(Link(user, other) for other in others),
        title="How likely are you to recommend Acme to a friend?",
        channel="email",
        score=Score(9, 0, 10, 10),
        attributes={
            name: value for name, value in properties.items() if isinstance(value, str | int)
        },
    )
