"""The example payloads of Qualtrics, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from connectors.feedback.qualtrics_responses import DERIVED
from service.event import Event, Fact, Failed, Identifier, Link, Lookup, Score, Telling
from tests.contract.converting import convert
from tests.contract.shared.payloads import PAYLOADS, payload

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
def test_each_question_of_a_response_that_is_mapped_is_an_event(name: str) -> None:
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
        DERIVED,
    ]


@pytest.mark.parametrize("name", ["completed_response.decoded.json", "completed_response.form.txt"])
def test_a_notification_waits_for_its_response_to_be_told(name: str) -> None:
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
