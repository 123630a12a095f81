"""Stories of the delivery survey, as Typeform's webhooks tell them: an item for each answer."""

from typing import Any

from tests.support.payloads import QUESTIONS, dumped, typeform
from tests.support.traffic.crm import CARRIERS
from tests.support.traffic.desk import SECOND_US, Desk, Draft
from tests.support.truth import Broken, Meaning, Stated, Subject, Unwanted, linked

SYSTEM = "typeform"
TOPIC = "surveys.delivery"
SCALES = {
    "how_was_delivery": ("feedback.csat", 1, 5),
    "how_easy_was_it": ("feedback.ces", 1, 7),
    "would_you_recommend": ("feedback.nps", 0, 10),
}
COMMENTS = ("Third day out for delivery, nobody rings.", "All fine, thank you 👍", "Zu spät!")


class Response:
    """A response before it is sent: who answers, and when."""

    def __init__(self, desk: Desk, phase: int) -> None:
        self.token = f"{desk.dice.getrandbits(128):032x}"
        self.submitted_us = desk.happened(desk.record_time(phase)) // SECOND_US * SECOND_US
        self.hidden: dict[str, str] = {}
        self.subject: Subject = ("typeform:response", self.token)
        self.others: tuple[Subject, ...] = ()
        drawn, number = desk.dice.random(), desk.dice.randrange(desk.customers)
        if drawn < 0.5:
            self.hidden["email"] = f"kim.{number}@mail.example"
            self.subject = ("email", self.hidden["email"])
        elif drawn < 0.8:
            self.hidden["user_id"] = f"u-{number}"
            self.subject = ("typeform:user", self.hidden["user_id"])
            if desk.chance(0.3):
                self.hidden["email"] = f" Kim.{number}@Mail.example"
                self.others = (("email", f"kim.{number}@mail.example"),)
        self.attributes = {"attributes.form": "delivery", "attributes.response": self.token}
        if desk.chance(0.7):
            self.hidden["carrier"] = desk.dice.choice(CARRIERS)
            self.attributes["attributes.carrier"] = self.hidden["carrier"]

    def put(
        self, desk: Desk, phase: int, answers: dict[str, int | str], meanings: tuple[Meaning, ...]
    ) -> None:
        """The response, and at times the same once more under another event id."""
        for _ in range(2 if desk.chance(0.05) else 1):
            event_id = f"{desk.dice.getrandbits(64):016x}"
            value = typeform(event_id, self.token, self.submitted_us, self.hidden, answers)
            desk.put(phase, Draft(TOPIC, desk.record_time(phase), None, (), value, meanings))
            phase = desk.later(phase)

    def meaning(self, question: str, answer: int | str, said: str) -> Meaning:
        """What an answer means; one outside its scale is broken."""
        id_ = f"{self.token}:{QUESTIONS[question][0]}"
        content: dict[str, Any] = {**self.attributes, "text": said, "title": QUESTIONS[question][1]}
        kind = "feedback.comment"
        if not isinstance(answer, str):
            kind, low, high = SCALES[question]
            if not low <= answer <= high:
                return Broken("out_of_scale")
            content["score"] = (answer, low, high, high)
        return Stated(
            SYSTEM, id_, id_, self.submitted_us, kind, self.submitted_us, self.subject, content,
            self.others, linked(self.subject, *self.others),
        )  # fmt: skip


def response(desk: Desk, phase: int) -> None:
    """One to four answers, rarely one of them outside its scale."""
    made = Response(desk, phase)
    good = desk.chance(desk.moods[phase].good)
    answers: dict[str, int | str] = {
        "how_was_delivery": desk.dice.choice((4, 5) if good else (1, 2, 3))
    }
    if desk.chance(0.3):
        answers["how_easy_was_it"] = desk.dice.randint(1, 7)
    if desk.chance(0.3):
        answers["would_you_recommend"] = desk.dice.randint(0, 11 if desk.chance(0.1) else 10)
    if desk.chance(0.4):
        answers["anything_else"] = desk.dice.choice(COMMENTS)
    said = str(answers.get("anything_else", ""))
    meanings = tuple(made.meaning(question, answers[question], said) for question in answers)
    made.put(desk, phase, answers, meanings)


def partial(desk: Desk, phase: int) -> None:
    """A response that was not sent."""
    made = Response(desk, phase)
    value = typeform(
        "p", made.token, made.submitted_us, made.hidden, {"how_was_delivery": 3},
        kind="form_response_partial",
    )  # fmt: skip
    desk.put(phase, Draft(TOPIC, desk.record_time(phase), None, (), value, (Unwanted(),)))


def not_understood(desk: Desk, phase: int) -> None:
    """Unknown types, lost fields, and a text where a number is asked for."""
    made = Response(desk, phase)
    reason, payload = desk.dice.choice(
        (
            ("unknown_type", {"event_type": "form_opened", "padding": "p" * 400}),
            ("missing_field", {"event_id": "no type", "padding": "p" * 400}),
            ("wrong_type", {"event_type": "form_response", "form_response": []}),
        )
    )
    value = dumped(payload)
    if desk.chance(0.5):
        reason = "wrong_type"
        answers: dict[str, int | str] = {"how_was_delivery": "five"}
        value = typeform("t", made.token, made.submitted_us, made.hidden, answers)
    desk.put(phase, Draft(TOPIC, desk.record_time(phase), None, (), value, (Broken(reason),)))
