"""`segment`: what customers do, buy and say, by types of messages and events of the specs."""

from typing import Any

import pytest

from connectors.behaviour.segment_events import IGNORED
from connectors.contract import NOTHING_IN_IT
from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Money, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.segment import ORDER, answer, message, track

TIME_US = 1_748_772_120_250_000
USER = Identifier("user", "u-5")
ANONYMOUS = Identifier("anonymous", "anon-1")


def items(payload: dict[str, Any], **options: Any) -> list[Item]:
    return convert("segment", payload, options=options)


def expected(kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": "m-1",
        "kind": kind,
        "occurred_at_us": TIME_US,
        "subject": USER,
        "identifiers": (ANONYMOUS,),
        "links": (Link(USER, ANONYMOUS),),
        "channel": "browser",
        "language": "en-US",
        "attributes": {"path": "/cart"},
    }
    return Event(**{**common, **fields})


def test_an_event_that_a_company_made_up_is_an_action_by_its_name() -> None:
    about = {"title": "Intro", "lessons": 3, "done": True, "path": "/cart"}
    payload = track("Course Clicked", title="Intro", lessons=3, done=True, tags=["a"], x=None)
    assert items(payload) == [
        expected("behaviour.action", title="Course Clicked", attributes=about)
    ]


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_page_is_known_by_its_name_or_else_its_title(kind: str) -> None:
    named = items(message(kind, name="Cart", properties={"path": "/c", "title": "Your cart"}))
    about = {"path": "/c", "title": "Your cart"}
    assert named == [expected(f"behaviour.{kind}", title="Cart", attributes=about)]
    assert only_event(items(message(kind, properties={"title": "Your cart"}))).title == "Your cart"


def test_who_logs_in_is_who_browsed_before() -> None:
    traits = {
        "name": "Ann",
        "email": "ann@mail.example",
        "plan": "pro",
        "address": {"city": "Kiel"},
    }
    email = Identifier("email", "ann@mail.example")
    assert items(message("identify", traits=traits)) == [
        expected(
            "customer.updated",
            identifiers=(ANONYMOUS, email),
            links=(Link(USER, ANONYMOUS), Link(USER, email)),
            attributes={"plan": "pro", "path": "/cart"},
        )
    ]


def test_a_group_is_shared_by_its_members_and_so_are_its_traits() -> None:
    traits = {"email": "office@acme.example", "plan": "pro"}
    event = only_event(items(message("group", groupId="g-1", traits=traits)))
    group = Identifier("group", "g-1")
    assert event.identifiers == (ANONYMOUS, group)
    assert event.links == (Link(USER, ANONYMOUS), Link(USER, group, "weak"))
    assert event.attributes == {"plan": "pro", "path": "/cart"}


def test_an_alias_joins_the_new_id_with_the_one_before_of_either_sort() -> None:
    event = only_event(items(message("alias", previousId="old-1")))
    before = (Identifier("user", "old-1"), Identifier("anonymous", "old-1"))
    assert event.kind == "customer.merged"
    assert event.identifiers == (ANONYMOUS, *before)
    assert event.links == tuple(Link(USER, other) for other in (ANONYMOUS, *before))


def test_a_deletion_is_a_request_for_erasure() -> None:
    assert items(message("delete")) == [expected("customer.erasure_requested")]


def test_an_order_is_placed_once_however_often_its_page_is_loaded() -> None:
    order = Identifier("order", "50314")
    event = only_event(items(track("Order Completed", **ORDER)))
    assert event == expected(
        "sales.order.placed",
        identifiers=(ANONYMOUS, order),
        links=(Link(USER, ANONYMOUS), Link(USER, order)),
        fact=Fact("order:50314:placed", -TIME_US),
        money=Money(2750, "USD", 2),
        attributes={
            "order_id": "50314",
            "total": 27.5,
            "revenue": 25.0,
            "currency": "usd",
            "coupon": "hasbros",
            "path": "/cart",
        },
    )
    again = only_event(items(track("Completed Order", **ORDER) | {"messageId": "m-2"}))
    assert (again.fact, again.id) == (event.fact, "m-2")


@pytest.mark.parametrize(
    ("properties", "options", "money"),
    [
        ({"total": 27.500000000000004, "currency": "EUR"}, {}, Money(2750, "EUR", 2)),
        ({"revenue": "25", "currency": "JPY"}, {}, Money(25, "JPY", 0)),
        ({"value": 3, "currency": "EUR"}, {}, Money(300, "EUR", 2)),
        ({"total": 27.5}, {"currency": "EUR"}, Money(2750, "EUR", 2)),
        ({"total": 27.5}, {}, None),
        ({"currency": "EUR"}, {}, None),
    ],
)
def test_money_is_exact_or_not_told(
    properties: dict[str, Any], options: dict[str, Any], money: Money | None
) -> None:
    event = only_event(items(track("Order Refunded", order_id="1", **properties), **options))
    assert (event.kind, event.money, event.fact) == ("sales.order.refunded", money, None)


def test_an_order_is_cancelled_once() -> None:
    event = only_event(items(track("Order Cancelled", order_id=7)))
    assert (event.kind, event.fact) == (
        "sales.order.cancelled",
        Fact("order:7:cancelled", -TIME_US),
    )


def test_a_review_is_text_until_the_source_says_its_scale() -> None:
    payload = track("Product Reviewed", review_id="r-1", review_body="Nice", rating="4")
    plain = only_event(items(payload))
    assert (plain.kind, plain.text, plain.score) == ("feedback.review", "Nice", None)
    assert plain.fact == Fact("review:r-1", TIME_US)
    assert only_event(items(track("Product Reviewed", review_id=""))).fact is None
    asked = {"product_rating": {"kind": "feedback.rating", "scale": "1-5"}}
    rated = only_event(items(payload, questions=asked))
    assert (rated.kind, rated.score) == ("feedback.rating", Score(4, 1, 5, 5))


def test_a_survey_of_delighted_has_its_known_scale() -> None:
    event = only_event(items(answer(9)))
    assert (event.kind, event.score) == ("feedback.nps", Score(9, 0, 10, 10))
    assert (event.title, event.channel) == ("Would you recommend us?", "email")


@pytest.mark.parametrize(
    "properties",
    [{"survey_tool": "Other"}, {"survey_question_id": "q-2"}, {"survey_type": "PMF"}],
)
def test_an_answer_without_a_known_scale_is_never_a_score(properties: dict[str, Any]) -> None:
    assert items(answer(9, **properties)) == [UNMAPPED]
    event = only_event(items(answer("Too slow", **properties)))
    assert (event.kind, event.text, event.score) == ("feedback.comment", "Too slow", None)


def test_the_source_says_what_other_questions_ask() -> None:
    asked = {"q-2": {"kind": "feedback.csat", "scale": "1-3", "choices": {"Good": 3, "Bad": 1}}}
    good, odd = (
        items(answer(said, survey_question_id="q-2"), questions=asked)[0]
        for said in ("Good", "Odd")
    )
    assert isinstance(good, Event)
    assert good.score == Score(3, 1, 3, 3)
    assert isinstance(odd, Failed)


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        ("Live Chat Conversation Started", "support.contact", ""),
        ("Live Chat Message Sent", "support.message", "Hello?"),
        ("Live Chat Conversation Ended", "support.closed", ""),
        ("Signed Up", "customer.created", ""),
    ],
)
def test_events_of_other_specs_have_their_kinds(event: str, kind: str, text: str) -> None:
    told = only_event(items(track(event, **({"message_body": text} if text else {}))))
    assert (told.kind, told.text) == (kind, text)


def test_an_address_among_the_properties_may_be_a_friends() -> None:
    event = only_event(items(track("Friend Invited", email="bo@mail.example")))
    friend = Identifier("email", "bo@mail.example")
    assert event.links == (Link(USER, ANONYMOUS), Link(USER, friend, "weak"))
    assert event.attributes == {"path": "/cart"}


def test_traits_of_the_context_and_a_device_belong_to_the_customer_more_or_less() -> None:
    context = {"traits": {"email": "ann@mail.example"}, "device": {"id": "d-1"}, "groupId": "g-1"}
    event = only_event(items(message("screen", name="Cart", context=context)))
    email, group, device = (
        Identifier("email", "ann@mail.example"),
        Identifier("group", "g-1"),
        Identifier("device", "d-1"),
    )
    assert event.links == (
        Link(USER, ANONYMOUS),
        Link(USER, email),
        Link(USER, group, "weak"),
        Link(USER, device, "weak"),
    )


def test_the_messages_of_a_batch_stand_for_themselves() -> None:
    batch = [message("page", name="A"), {"type": "page"}, 7, message("page", messageId="m-2")]
    first, nameless, odd, last = items({"batch": batch, "sentAt": "2025-06-01T10:00:00Z"})
    assert isinstance(first, Event)
    assert nameless == Failed("missing_field", "`messageId` is missing")
    assert isinstance(odd, Failed)
    assert isinstance(last, Event)
    assert items({"batch": []}) == [NOTHING_IN_IT]


def test_the_next_best_time_counts_where_segment_corrected_none() -> None:
    event = only_event(items(message("page", timestamp=None)))
    assert event.occurred_at_us == 1_748_772_129_000_000


def test_a_source_can_choose_among_properties() -> None:
    event = only_event(items(track("Course Clicked", a=1, b=2), properties=["b"]))
    assert event.attributes == {"b": 2}


def test_too_many_properties_say_how_to_choose_among_them() -> None:
    payload = track("Course Clicked", **{f"p{i}": i for i in range(70)})
    (item,) = items(payload)
    assert isinstance(item, Failed)
    assert (item.reason, "`properties`" in item.detail) == ("too_many_attributes", True)
    assert len(only_event(items(payload, properties=["p1", "p2"])).attributes) == 2


@pytest.mark.parametrize("event", sorted(IGNORED))
def test_what_is_done_to_a_customer_is_ignored(event: str) -> None:
    assert items(track(event)) == [Ignored(IGNORED[event])]


def test_a_source_can_leave_out_single_events() -> None:
    assert isinstance(items(track("Course Clicked"), ignore=["Course Clicked"])[0], Ignored)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", message("teleport")),
        ("missing_field", {"event": "Course Clicked"}),
        ("missing_field", message("track")),
        ("missing_field", message("page", userId=None, anonymousId=None)),
        ("missing_field", {"type": "page", "messageId": "m-1", "userId": "u-5"}),
        ("bad_time", message("page", timestamp="yesterday")),
        ("bad_money", track("Order Completed", total=1.005, currency="EUR")),
        ("bad_money", track("Order Completed", total="many", currency="EUR")),
        ("out_of_scale", answer(11)),
        ("wrong_type", answer("nine")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = items(payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
