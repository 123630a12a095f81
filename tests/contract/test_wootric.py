"""`wootric`: a response each time it is told, on the scale of its mode."""

from typing import Any

import pytest

from connectors.feedback.wootric import IGNORED
from service.event import Event, Fact, Failed, Identifier, Ignored, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.wootric import told

CREATED_US = 1_748_772_120_000_000
UPDATED_US = CREATED_US + 60_000_000
EMAIL = Identifier("email", "ann@mail.example")
OTHERS = (
    Identifier("customer", "C-7"),
    Identifier("end_user", "30"),
    Identifier("order", "4512"),
)


def test_a_response_is_a_score_with_what_was_said() -> None:
    assert convert("wootric", told("created")) == [
        Event(
            id="1128",
            kind="feedback.nps",
            occurred_at_us=CREATED_US,
            subject=EMAIL,
            identifiers=OTHERS,
            links=tuple(Link(EMAIL, other) for other in OTHERS),
            fact=Fact("1128", UPDATED_US),
            text="Quick!",
            score=Score(7, 0, 10, 10),
            attributes={"plan": "pro", "survey": "1146", "response": "1128"},
        )
    ]


@pytest.mark.parametrize(
    ("mode", "kind", "score"),
    [
        ("CES", "feedback.ces", Score(5, 1, 7, 7)),
        ("CSAT", "feedback.csat", Score(5, 1, 5, 5)),
        ("csat", "feedback.csat", Score(5, 1, 5, 5)),
    ],
)
def test_each_mode_has_its_scale(mode: str, kind: str, score: Score) -> None:
    event = only_event(convert("wootric", told("updated", mode, score="5")))
    assert (event.kind, event.score) == (kind, score)


def test_an_older_webhook_has_the_mode_of_its_source_or_fails() -> None:
    payload = told("created", None, score=5)
    (item,) = convert("wootric", payload)
    assert isinstance(item, Failed)
    assert item.reason == "unknown_scale"
    event = only_event(convert("wootric", payload, options={"survey_mode": "CSAT"}))
    assert event.score == Score(5, 1, 5, 5)


def test_a_response_that_is_excluded_counts_no_more() -> None:
    payload = told("updated", excluded_from_calculations="true")
    assert convert("wootric", payload) == [
        Retraction(id="1128", fact=Fact("1128", UPDATED_US), occurred_at_us=UPDATED_US)
    ]


def test_a_form_is_the_same() -> None:
    form = (
        b"response[id]=1128&response[email]=ann@mail.example&response[score]=7"
        b"&response[created_at]=2025-06-01%2003%3A02%3A00%20-0700"
        b"&response[updated_at]=2025-06-01%2003%3A03%3A00%20-0700"
        b"&response[end_user_properties][plan]=Web%20App&event_name=created&survey_mode=NPS"
    )
    event = only_event(convert("wootric", form))
    assert (event.subject, event.score) == (EMAIL, Score(7, 0, 10, 10))
    assert event.attributes == {"plan": "Web App", "response": "1128"}


def test_who_closes_the_survey_says_nothing() -> None:
    payload = {"event_name": "created", "decline": {"id": "19"}}
    assert convert("wootric", payload) == [Ignored(IGNORED["decline created"])]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", told("deleted")),
        ("missing_field", {"response": {}}),
        ("missing_field", {"event_name": "created", "response": {}}),
        ("unknown_scale", told("created", "PMF")),
        ("out_of_scale", told("created", score="11")),
        ("wrong_type", told("created", score="")),
        ("bad_time", told("created", created_at="2025-06-01 03:02:00")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("wootric", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
