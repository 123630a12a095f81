"""The example payloads of feedback and behaviour systems, with the events that they must become."""

from typing import Any

import pytest

from connectors.feedback import medallia, qualtrics
from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Link, Lookup, Score, Telling
from tests.contract.converting import convert
from tests.contract.shared_payloads import PAYLOADS, payload

pytestmark = pytest.mark.shared


RESPONSE = "R_1l9mcVuXubb4aGm"
RECORDED_US = 1_720_454_423_994_000
JANE = Identifier("email", "jane.doe@example.com")
OF_JANE = (Identifier("customer", "cust-123"), Identifier("order", "4512"))
BUT_LATE = "Delivery was late but support helped"


def of_question(key: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"{RESPONSE}:{key}",
        "kind": "feedback.comment",
        "occurred_at_us": RECORDED_US,
        "subject": JANE,
        "identifiers": OF_JANE,
        "links": tuple(Link(JANE, other) for other in OF_JANE),
        "fact": Fact(f"{RESPONSE}:{key}", RECORDED_US),
        "text": BUT_LATE,
        "channel": "email",
        "language": "en",
        "attributes": {"journey_stage": "delivery", "response": RESPONSE, "question": key},
    }
    return Event(**{**common, **fields})


@pytest.mark.parametrize("name", ["get_response_api", "response"])
def test_qualtrics_response(name: str) -> None:
    options = {
        "questions": {
            "QID1": {"kind": "feedback.nps"},
            "QID3": {"kind": "feedback.ces", "scale": "1-7", "best": 1},
        }
    }
    assert convert("qualtrics", payload(f"qualtrics/{name}.json"), options=options) == [
        of_question("QID1", kind="feedback.nps", score=Score(8, 0, 10, 10)),
        of_question("QID2_TEXT"),
        of_question("QID3", kind="feedback.ces", score=Score(6, 1, 7, 1)),
        UNMAPPED,
        UNMAPPED,
        qualtrics.DERIVED,
    ]


@pytest.mark.parametrize("name", ["completed_response.decoded.json", "completed_response.form.txt"])
def test_qualtrics_notification(name: str) -> None:
    (item,) = convert("qualtrics", (PAYLOADS / "qualtrics" / name).read_bytes().rstrip())
    assert item == Failed(
        "needs_enrichment",
        "the notification carries no answers: "
        "publish the response itself, GET /surveys/<id>/responses/<id>, as well",
        # 2019-09-06 23:08:09, in whichever zone.
        awaits=Telling("response:R_1l9mcVuXubb4aGm", 1_567_760_889_000_000),
        lookup=Lookup(
            "/API/v3/surveys/SV_22VlHYNeldrrrkp/responses/R_1l9mcVuXubb4aGm",
            {"surveyId": "SV_22VlHYNeldrrrkp"},
        ),
    )


def test_medallia_preview() -> None:
    assert convert("medallia", payload("medallia/digital_feedback.json")) == [medallia.PREVIEW]


def test_app_store_review() -> None:
    review = "00000028-b08c-0014-9674-c54800000000"
    written_us = 1_704_219_576_000_000
    assert convert("app_reviews", payload("app_reviews/app_store_review.json")) == [
        Event(
            id=review,
            kind="feedback.review",
            occurred_at_us=written_us,
            subject=Identifier("review", review),
            fact=Fact(review, written_us),
            title="Pretty Stellar",
            text="I love how creative I can be when I use this app.",
            channel="app_store",
            score=Score(5, 1, 5, 5),
            attributes={"store": "app_store", "territory": "USA"},
        )
    ]


def of_message(user: str, anonymous: str, **fields: Any) -> Event:
    names = Identifier("user", user), Identifier("anonymous", anonymous)
    common: dict[str, Any] = {
        "kind": "behaviour.action",
        "subject": names[0],
        "identifiers": (names[1],),
        "links": (Link(*names),),
    }
    return Event(**{**common, **fields})


def test_segment_track() -> None:
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


def test_segment_track_with_everything_that_messages_have() -> None:
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


def test_segment_identify() -> None:
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


def test_segment_answer_to_a_survey_of_delighted() -> None:
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


CHARLIE = Identifier("email", "charlie_gravis@example.com")


def of_delighted(*others: Identifier, **fields: Any) -> Event:
    names = (Identifier("person", "5975"), *others)
    common: dict[str, Any] = {
        "id": "5435",
        "kind": "feedback.nps",
        "occurred_at_us": 1_734_830_850_000_000,
        "subject": CHARLIE,
        "identifiers": names,
        "links": tuple(Link(CHARLIE, other) for other in names),
        "score": Score(9, 0, 10, 10),
    }
    return Event(**{**common, **fields})


def test_delighted_response_created() -> None:
    assert convert("delighted", payload("delighted/survey_response_created.json")) == [
        of_delighted(fact=Fact("5435", 1_734_830_850_000_000), attributes={"response": "5435"})
    ]


def test_delighted_response_updated() -> None:
    options = {"questions": {"question_2": {"kind": "feedback.csat", "scale": "1-5"}}}
    customer = Identifier("customer", "cust-123")
    about = {"country": "USA", "response": "5435"}
    changed_us = 1_734_831_450_000_000
    body = payload("delighted/survey_response_updated.json")
    assert convert("delighted", body, options=options) == [
        of_delighted(
            customer,
            fact=Fact("5435", changed_us),
            text="Your service is fast and flawless!",
            attributes=about,
        ),
        UNMAPPED,
        of_delighted(
            customer,
            id="5435:question_2",
            kind="feedback.csat",
            fact=Fact("5435:question_2", changed_us),
            title="How satisfied were you with shipping?",
            score=Score(4, 1, 5, 5),
            attributes=about | {"question": "question_2"},
        ),
    ]


def test_surveymonkey_webhook() -> None:
    (item,) = convert("surveymonkey", payload("surveymonkey/response_completed.json"))
    assert item == Failed(
        "needs_enrichment",
        "the notification carries no answers: "
        "publish the response, GET /surveys/<id>/responses/<id>/details, as well",
        awaits=Telling("response:5007154402"),
        lookup=Lookup("/v3/surveys/105724755/responses/5007154402/details?simple=true"),
    )


def test_surveymonkey_details() -> None:
    choices = {3057839051: 4, 3057839052: 5}
    options = {
        "questions": {319352786: {"kind": "feedback.csat", "scale": "1-5", "choices": choices}}
    }
    late = "Delivery was late"
    common: dict[str, Any] = {
        "occurred_at_us": 1_451_339_834_000_000,
        "subject": Identifier("customer", "cust-123"),
        "text": late,
    }
    about: dict[str, Any] = {
        "custvar_1": "one",
        "custom_value": "custom identifier for the response",
        "survey": "105724755",
        "collector": "50253690",
        "response": "5007154402",
    }
    modified_us = 1_451_339_978_000_000
    body = payload("surveymonkey/response_details.json")
    assert convert("surveymonkey", body, options=options) == [
        Event(
            id="5007154402:319352786",
            kind="feedback.csat",
            fact=Fact("5007154402:319352786", modified_us),
            score=Score(4, 1, 5, 5),
            attributes=about | {"question": "319352786"},
            **common,
        ),
        UNMAPPED,
        Event(
            id="5007154402:319352788",
            kind="feedback.comment",
            fact=Fact("5007154402:319352788", modified_us),
            attributes=about | {"question": "319352788"},
            **common,
        ),
    ]


def test_trustpilot_review() -> None:
    consumer = Identifier("consumer", "53bffc3900006400017e5db8")
    order = Identifier("order", "ABC-123-xyz")
    created_us = 1_495_272_884_000_000
    assert convert("trustpilot", payload("trustpilot/service_review_created.json")) == [
        Event(
            id="53bffd360000640002975387",
            kind="feedback.review",
            occurred_at_us=created_us,
            subject=consumer,
            identifiers=(order,),
            links=(Link(consumer, order),),
            fact=Fact("53bffd360000640002975387", created_us),
            title="Great service",
            text="Nothing other than excellent customer service.",
            channel="trustpilot",
            language="en",
            tags=("Tag value",),
            score=Score(5, 1, 5, 5),
            attributes={
                "location": "43f51215-a1fc-4c60-b6dd-e4afb6d7b831",
                "verified": True,
            },
        )
    ]


def test_asknicely_response() -> None:
    email, person = Identifier("email", "tester@asknice.ly"), Identifier("person", "163012")
    assert convert("asknicely", payload("asknicely/response.json")) == [
        Event(
            id="345094",
            kind="feedback.nps",
            occurred_at_us=1_774_990_125_000_000,
            subject=email,
            identifiers=(person,),
            links=(Link(email, person),),
            fact=Fact("345094", 1),
            text="Great service",
            channel="email",
            score=Score(10, 0, 10, 10),
            attributes={"segment": "general", "response": "345094"},
        )
    ]


def test_wootric_form() -> None:
    email = Identifier("email", "nps@example.com")
    others = (Identifier("customer", "123abc"), Identifier("end_user", "30"))
    created_us = 1_470_344_246_000_000
    body = (PAYLOADS / "wootric" / "response_created.form.txt").read_bytes().rstrip()
    assert convert("wootric", body) == [
        Event(
            id="1128",
            kind="feedback.nps",
            occurred_at_us=created_us,
            subject=email,
            identifiers=others,
            links=tuple(Link(email, other) for other in others),
            fact=Fact("1128", created_us),
            score=Score(7, 0, 10, 10),
            attributes={
                "pricing_plan": "Enterprise",
                "product_plan": "Web App",
                "survey": "1146",
                "response": "1128",
            },
        )
    ]


def test_wootric_json_that_does_not_say_what_was_asked() -> None:
    body = payload("wootric/response_updated.json")
    (item,) = convert("wootric", body)
    assert isinstance(item, Failed)
    assert item.reason == "unknown_scale"
    email, end_user = (
        Identifier("email", "jane.doe@example.com"),
        Identifier("end_user", "62707387"),
    )
    assert convert("wootric", body, options={"survey_mode": "NPS"}) == [
        Event(
            id="15181514",
            kind="feedback.nps",
            occurred_at_us=1_522_275_891_000_000,
            subject=email,
            identifiers=(end_user,),
            links=(Link(email, end_user),),
            fact=Fact("15181514", 1_522_275_903_000_000),
            text="updated event?",
            score=Score(10, 0, 10, 10),
            attributes={"survey": "207594715", "response": "15181514"},
        )
    ]


def test_zenloop_alert() -> None:
    others = (Identifier("recipient", "UmVjaXBpZW50Ojk5"), Identifier("order", "4512"))
    assert convert("zenloop", payload("zenloop/alert_webhook.json")) == [
        Event(
            id="QW5zd2VyOjE3MzM",
            kind="feedback.nps",
            occurred_at_us=1_709_629_960_000_000,
            subject=JANE,
            identifiers=others,
            links=tuple(Link(JANE, other) for other in others),
            fact=Fact("QW5zd2VyOjE3MzM", 1_709_629_964_000_000),
            text="Schnelle Lieferung",
            channel="email",
            tags=("delivery",),
            score=Score(10, 0, 10, 10),
            attributes={"survey": "U3VydmV5OjQy", "response": "QW5zd2VyOjE3MzM"},
        )
    ]


@pytest.mark.parametrize("name", ["enriched.tsv", "enriched_analytics_sdk.json"])
def test_snowplow_event(name: str) -> None:
    user = Identifier("user", "jon.doe@email.com")
    cookie = Identifier("domain_user", "bc2e92ec6c204a14")
    network = Identifier("network_user", "ecdff4d0-9175-40ac-a8bb-325c49733607")
    id_ = "c6ef3124-b53a-4b13-a233-0088f79dcbcb:e3dbfa9cca0412c3d4052863cefb547f"
    assert convert("snowplow", (PAYLOADS / "snowplow" / name).read_bytes()) == [
        Event(
            id=id_,
            kind="behaviour.page",
            occurred_at_us=1_385_424_237_886_000,
            subject=user,
            identifiers=(cookie, network),
            links=(Link(user, cookie), Link(user, network, "weak")),
            fact=Fact(id_, -1_385_424_125_000_000),
            title="On Analytics",
            channel="web",
            attributes={"app": "angry-birds", "path": "/product/index.html", "country": "US"},
        )
    ]


def test_airbyte_record() -> None:
    ratings = {
        "kind": "feedback.csat",
        "when": 'payload.score in ["good", "bad"]',
        "id": 'string(payload.id) + ":" + payload.updated_at',
        "time": "payload.created_at",
        "fact": {"id": "string(payload.id)", "version": "payload.updated_at"},
        "subject": {"user": "payload.requester_id"},
        "text": "payload.comment",
        "score": {"value": 'payload.score == "good" ? 1 : 0', "scale": "0-1"},
        "attributes": {"ticket_id": "string(payload.ticket_id)"},
    }
    stream = {"connector": "mapping", "events": [ratings]}
    record = payload("airbyte/kafka_destination.kafka_record.json")
    options = {"streams": {"satisfaction_ratings": stream}}
    assert convert("airbyte", record["value"], options=options) == [
        Event(
            id="35436:2025-01-11T12:05:10Z",
            kind="feedback.csat",
            occurred_at_us=1_736_596_893_000_000,
            subject=Identifier("user", "7881"),
            fact=Fact("35436", 1_736_597_110_000_000),
            text="Nobody called me back",
            score=Score(0, 0, 1, 1),
            attributes={"ticket_id": "5158"},
        )
    ]
