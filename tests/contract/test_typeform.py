"""`typeform`: an item for each answer, a score only where its scale is known."""

from typing import Any

import pytest

from connectors.feedback.answers import NO_ANSWERS, UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.typeform import NAME, QUESTIONS, listed, mail, response, stars, words

SUBMITTED_US = 1_748_772_120_000_000
USER = Identifier("user", "u-5")


def items(*answers: dict[str, Any], **fields: Any) -> list[Item]:
    return convert("typeform", response(*answers, **fields), options=QUESTIONS)


def expected(field: str, question: str, kind: str, **fields: Any) -> Event:
    id_ = f"tok-1:{field}"
    common: dict[str, Any] = {
        "id": id_,
        "kind": kind,
        "occurred_at_us": SUBMITTED_US,
        "subject": USER,
        "fact": Fact(id_, SUBMITTED_US),
        "attributes": {
            "carrier": "NordPost",
            "form_id": "form-1",
            "response": "tok-1",
            "question": question,
        },
    }
    return Event(**{**common, **fields})


def test_a_response_of_the_api_is_that_of_the_webhook_without_its_questions() -> None:
    told = listed(stars(4), words("Nobody rang"))
    score, comment = convert("typeform", told, options=QUESTIONS)
    assert isinstance(score, Event)
    assert (score.id, score.kind) == ("tok-1:f-stars", "feedback.csat")
    assert (score.fact, score.score) == (Fact(score.id, SUBMITTED_US), Score(4, 1, 5, 5))
    assert score.attributes == {"carrier": "NordPost", "response": "tok-1", "question": "stars"}
    assert isinstance(comment, Event)
    page = {"total_items": 2, "items": [told, {"token": "tok-2"}]}
    *same, torn = convert("typeform", page, options=QUESTIONS)
    assert same == [score, comment]
    assert isinstance(torn, Failed)


SCORED = {"title": "How was delivery?", "score": Score(4, 1, 5, 5)}


def test_a_mapped_question_gives_a_score_on_its_scale() -> None:
    assert items(stars(4)) == [expected("f-stars", "stars", "feedback.csat", **SCORED)]


def test_a_text_is_a_comment_and_is_read_beside_the_score() -> None:
    assert items(stars(4), words("Nobody rang")) == [
        expected("f-stars", "stars", "feedback.csat", text="Nobody rang", **SCORED),
        expected(
            "f-words", "words", "feedback.comment", title="Anything else?", text="Nobody rang"
        ),
    ]


def test_of_several_long_texts_none_is_read_beside_the_score() -> None:
    more = words("And late", {"id": "f-more", "type": "long_text", "ref": "more"})
    score, *comments = items(stars(4), words("Nobody rang"), more)
    assert isinstance(score, Event)
    assert (score.text, len(comments)) == ("", 2)


def test_a_short_text_is_a_comment_and_is_not_read_beside_the_score() -> None:
    score, name = items(stars(4), words("Ann", NAME))
    assert isinstance(score, Event)
    assert isinstance(name, Event)
    assert (score.text, name.kind) == ("", "feedback.comment")


def test_a_number_without_a_scale_is_never_a_score() -> None:
    other = {"id": "f-born", "type": "number", "ref": "born"}
    assert items(stars(9, **other)) == [UNMAPPED]


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "boolean", "boolean": True},
        {"type": "choice", "choice": {"label": "London"}},
        {"type": "choices", "choices": {"labels": ["London", "Sydney"]}},
        {"type": "date", "date": "2005-10-15"},
        {"type": "url", "url": "https://a.example"},
        {"type": "file_url", "file_url": "https://a.example"},
        {"type": "payment", "payment": {"amount": "1", "last4": "4242", "name": "A"}},
    ],
)
def test_other_answers_are_ignored(answer: dict[str, Any]) -> None:
    assert items(answer | {"field": {"id": "f", "type": "?"}}) == [UNMAPPED]


def test_a_question_is_known_by_its_ref_in_the_definition_or_by_its_id() -> None:
    by_definition = items({"type": "number", "number": 4, "field": {"id": "f-stars"}})
    by_id = convert(
        "typeform",
        response(stars(4)),
        options={"questions": {"f-stars": {"kind": "feedback.csat", "scale": "1-5"}}},
    )
    assert by_definition == by_id == items(stars(4))


def test_a_mapped_text_has_the_kind_that_the_source_says() -> None:
    options = {"questions": {"words": {"kind": "feedback.review"}}}
    event = only_event(convert("typeform", response(words("Fine")), options=options))
    assert (event.kind, event.text, event.score) == ("feedback.review", "Fine", None)


def choice(label: str) -> dict[str, Any]:
    return {"type": "choice", "choice": {"label": label}, "field": {"id": "f-how", "ref": "how"}}


def test_a_choice_is_a_score_where_the_source_says_what_it_is_worth() -> None:
    how = {"kind": "feedback.ces", "scale": "1-3", "choices": {"Hard": 1, "Easy": 3}}
    options = {"questions": {"how": how}}
    easy, odd = convert("typeform", response(choice("Easy"), choice("Odd")), options=options)
    assert isinstance(easy, Event)
    assert easy.score == Score(3, 1, 3, 3)
    assert odd == Failed(
        "wrong_type",
        "the answer to `how` is not one of its `choices`: it has a scale in `questions`",
    )


def test_a_choice_reads_as_its_label_where_it_is_no_score() -> None:
    options = {"questions": {"how": {"kind": "feedback.comment"}}}
    event = only_event(convert("typeform", response(choice("Easy")), options=options))
    assert (event.kind, event.text) == ("feedback.comment", "Easy")
    other = choice("") | {"choice": {"other": "By drone"}}
    assert only_event(convert("typeform", response(other), options=options)).text == "By drone"


def test_nps_needs_no_scale() -> None:
    options = {"questions": {"stars": {"kind": "feedback.nps"}}}
    event = only_event(convert("typeform", response(stars(0)), options=options))
    assert event.score == Score(0, 0, 10, 10)


@pytest.mark.parametrize("number", [0, 6, 5.5, -1])
def test_an_answer_outside_its_scale_fails_alone(number: float) -> None:
    failed, comment = items(stars(number), words("Nobody rang"))
    assert failed == Failed("out_of_scale", "the answer to `stars` is outside its scale")
    assert isinstance(comment, Event)


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        (words("five", {"id": "f-stars", "type": "short_text", "ref": "stars"}), "stars"),
        (stars(3, id="f-words", ref="words"), "words"),
    ],
)
def test_an_answer_of_the_wrong_sort_fails(answer: dict[str, Any], question: str) -> None:
    options = {"questions": {**QUESTIONS["questions"], "words": {"kind": "feedback.review"}}}
    (item,) = convert("typeform", response(answer), options=options)
    assert isinstance(item, Failed)
    assert (item.reason, f"`{question}`" in item.detail) == ("wrong_type", True)


def test_a_redelivery_under_another_event_id_is_the_same() -> None:
    again = response(stars(4)) | {"event_id": "01Y"}
    assert convert("typeform", again, options=QUESTIONS) == items(stars(4))


def test_what_is_typed_in_is_an_identifier_that_joins_nothing() -> None:
    event = only_event(items(stars(4), mail("ann@mail.example")))
    typed = Identifier("email", "ann@mail.example")
    assert (event.subject, event.identifiers) == (USER, (typed,))
    assert event.links == (Link(USER, typed, "weak"),)


def test_hidden_identifiers_are_joined_and_are_no_attributes() -> None:
    hidden = {"email": "ann@mail.example", "customer_id": 77, "user_id": "u-5", "plan": "pro"}
    event = only_event(items(stars(4), hidden=hidden))
    others = (Identifier("customer", "77"), Identifier("email", "ann@mail.example"))
    assert (event.subject, event.identifiers) == (USER, others)
    assert event.links == tuple(Link(USER, other) for other in others)
    assert set(event.attributes) == {"plan", "form_id", "response", "question"}


def test_a_source_can_name_its_own_hidden_fields() -> None:
    options = QUESTIONS | {"identifiers": {"member": "member"}}
    payload = response(stars(4), hidden={"member": "M-1", "user_id": "u-5"})
    event = only_event(convert("typeform", payload, options=options))
    assert event.subject == Identifier("member", "M-1")
    assert event.attributes["user_id"] == "u-5"


@pytest.mark.parametrize("hidden", [None, {}, {"user_id": ""}, {"user_id": None}])
def test_an_anonymous_answer_is_that_of_its_response(hidden: dict[str, Any] | None) -> None:
    event = only_event(items(stars(4), hidden=hidden))
    assert (event.subject, event.identifiers) == (Identifier("response", "tok-1"), ())


def test_the_typed_address_is_the_subject_of_who_came_without_a_link() -> None:
    phone = {"type": "phone_number", "phone_number": "+4940", "field": {"id": "p"}}
    event = only_event(items(phone, stars(4), mail("ann@mail.example"), hidden={}))
    assert event.subject == Identifier("email", "ann@mail.example")
    assert event.identifiers == (Identifier("phone", "+4940"),)


@pytest.mark.parametrize("answers", [[], None])
def test_a_response_without_answers_is_ignored(answers: list[Any] | None) -> None:
    assert items(answers=answers) == [NO_ANSWERS]
    assert items(mail("ann@mail.example")) == [NO_ANSWERS]


def test_a_partial_response_is_ignored_though_it_has_no_time() -> None:
    partial = {"event_type": "form_response_partial", "form_response": {"answers": []}}
    assert convert("typeform", partial) == [
        Ignored("a response that was not sent, and may be completed later")
    ]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", {"event_type": "form_opened"}),
        ("missing_field", {"form_response": {}}),
        ("missing_field", response(stars(4), token=None) | {"event_type": None}),
        ("missing_field", {"event_type": "form_response"}),
        ("wrong_type", response(stars(4), token=None)),
        ("wrong_type", response(stars("4"))),
        ("wrong_type", response(stars(True))),  # noqa: FBT003
        ("bad_time", response(stars(4), submitted_at="2025-06-01")),
        ("bad_id", response(stars(4), token="")),
        ("bad_id", response(stars(4, id=""))),
        ("too_many_attributes", response(stars(4), hidden={f"h{i}": "x" for i in range(64)})),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("typeform", payload, options=QUESTIONS)
    assert isinstance(item, Failed)
    assert item.reason == reason
