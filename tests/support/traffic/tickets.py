"""Stories of tickets, as Zendesk's event subscriptions tell them."""

from collections.abc import Mapping
from typing import Any

from tests.support.payloads import Ticket, in_nanoseconds, zendesk, zendesk_comment
from tests.support.traffic.desk import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Desk, Draft
from tests.support.truth import Broken, Meaning, Stated, Unwanted, Withdrawn

SYSTEM = "zendesk-de"
TOPIC = "support.tickets"
AGENT = "8447388090494"
DESCRIPTIONS = (
    "Parcel 4512 arrived damaged, please advise",
    "Where is the COURIER? Nobody rang",
    "I cannot log in",
    "The invoice has the wrong name on it",
)
TAGS: tuple[tuple[str, ...], ...] = ((), ("delivery", "damaged"), ("login",), ("delivery",))


class Case:
    """A ticket and its subject."""

    def __init__(self, desk: Desk, created_us: int, submitter: str = "") -> None:
        requester = str(5_000_000 + desk.dice.randrange(desk.customers))
        self.desk = desk
        self.subject = ("zendesk-de:user", requester)
        self.ticket = Ticket(
            number=desk.number(),
            requester=requester,
            submitter=submitter or requester,
            subject="About my order " + "- it is urgent " * desk.dice.randrange(6),
            description=desk.dice.choice(DESCRIPTIONS),
            tags=desk.dice.choice(TAGS),
            created_us=created_us,
        )

    def stated(self, id: str, fact: str, kind: str, time_us: int, **content: object) -> Stated:
        """An event of the ticket; its version is its time."""
        told: dict[str, object] = {
            "title": self.ticket.subject,
            "tags": tuple(self.ticket.tags),
            "channel": "web_service",
            "attributes.ticket_id": str(self.ticket.number),
            "attributes.priority": "low",
            **content,
        }
        return Stated(SYSTEM, id, fact, time_us, kind, time_us, self.subject, told)

    def tell(
        self, phase: int, kind: str, id: str, time_us: int, event: Mapping[str, Any],
        *meanings: Meaning,
    ) -> None:  # fmt: skip
        """Put down one notice. It is heard of in the phase, after it happened."""
        time = in_nanoseconds(time_us, self.desk.dice.randrange(1_000))
        value = zendesk(kind, id, time, self.ticket, event)
        heard_us = max(self.desk.record_time(phase), time_us // 1_000 * 1_000 + 1_000)
        draft = Draft(TOPIC, heard_us, str(self.ticket.number).encode(), (), value, meanings)
        self.desk.put(phase, draft)

    def contact(self, id: str, time_us: int) -> Stated:
        fact = f"ticket:{self.ticket.number}:contact"
        return self.stated(id, fact, "support.contact", time_us, text=self.ticket.description)


def _case(desk: Desk, phase: int, submitter: str = "") -> tuple[Case, int]:
    """A ticket that was opened early enough for all that follows to lie in the past."""
    created_us = min(desk.happened(desk.record_time(phase)), desk.now_us - 4 * HOUR_US)
    return Case(desk, created_us, submitter), created_us


def ticket(desk: Desk, phase: int) -> None:
    """Opened, answered, solved, at times opened again, rated, at times rated again."""
    case, time_us = _case(desk, phase)
    opened = desk.uuid()
    case.tell(phase, "ticket.created", opened, time_us, {}, case.contact(opened, time_us))
    heard = desk.later(phase)
    if desk.chance(0.6):
        time_us += desk.dice.randrange(2 * MINUTE_US, 40 * MINUTE_US)
        _comment(case, heard, time_us)
    if desk.chance(0.7):
        time_us += desk.dice.randrange(2 * MINUTE_US, 40 * MINUTE_US)
        _status(case, heard, time_us, "OPEN", "SOLVED")
    if desk.chance(0.25):
        time_us += desk.dice.randrange(2 * MINUTE_US, 30 * MINUTE_US)
        _status(case, desk.later(heard), time_us, "SOLVED", "OPEN")
    for _ in range(desk.dice.choice((0, 1, 1, 2, 3))):
        time_us += desk.dice.randrange(SECOND_US, 30 * MINUTE_US)
        _rating(case, desk.later(phase), time_us)


def _comment(case: Case, phase: int, time_us: int) -> None:
    """By the customer, by an agent, in private, or by somebody else."""
    id_, requester = case.desk.uuid(), case.ticket.requester
    author, public, staff = case.desk.dice.choice(
        ((requester, True, False), (AGENT, True, True), (AGENT, False, True), ("77", True, False))
    )
    body = f"Any news? I wait since day {case.desk.dice.randrange(100)}"
    meaning: Meaning = Unwanted()
    if author == requester:
        meaning = case.stated(id_, id_, "support.message", time_us, text=body)
    event = zendesk_comment(str(case.desk.number()), author, body, public, staff)
    case.tell(phase, "ticket.comment_added", id_, time_us, event, meaning)


def _status(case: Case, phase: int, time_us: int, before: str, after: str) -> None:
    """A ticket that is open again is a contact, too."""
    id_ = case.desk.uuid()
    content = {"status": after.lower(), "previous_status": before.lower()}
    event = {"current": after, "previous": before, "meta": {"sequence": {"id": "1", "position": 1}}}
    kind = {"SOLVED": "support.solved", "CLOSED": "support.closed"}.get(after)
    if before == "SOLVED" and after == "OPEN":
        again = f"{id_}:contact"
        meanings = (
            case.stated(id_, id_, "support.reopened", time_us, **content),
            case.stated(again, again, "support.contact", time_us, **content),
        )
        case.tell(phase, "ticket.status_changed", id_, time_us, event, *meanings)
    else:
        meaning = case.stated(id_, id_, kind or "support.status_changed", time_us, **content)
        case.tell(phase, "ticket.status_changed", id_, time_us, event, meaning)


def _rating(case: Case, phase: int, time_us: int) -> None:
    id_, good = case.desk.uuid(), case.desk.chance(0.3)
    fact = f"ticket:{case.ticket.number}:csat"
    score = (int(good), 0, 1, 1)
    meaning = case.stated(id_, fact, "feedback.csat", time_us, score=score)
    event = {"satisfaction_score": {"score": "GOOD" if good else "BAD"}}
    case.tell(phase, "ticket.csat_received", id_, time_us, event, meaning)


def opened_by_agent(desk: Desk, phase: int) -> None:
    case, time_us = _case(desk, phase, AGENT)
    case.tell(phase, "ticket.created", desk.uuid(), time_us, {}, Unwanted())


def deleted(desk: Desk, phase: int) -> None:
    """Opened, taken for spam, and now and then brought back; the notices in any order."""
    case, created_us = _case(desk, phase)
    opened, back = desk.uuid(), desk.uuid()
    contact = case.contact(opened, created_us)
    case.tell(desk.later(phase), "ticket.created", opened, created_us, {}, contact)
    gone_us = created_us + desk.dice.randrange(SECOND_US, 30 * MINUTE_US)
    kind = desk.dice.choice(("ticket.soft_deleted", "ticket.marked_as_spam"))
    withdrawn = Withdrawn(SYSTEM, f"ticket:{case.ticket.number}:contact", gone_us)
    case.tell(desk.later(phase), kind, desk.uuid(), gone_us, {}, withdrawn)
    if desk.chance(0.4):
        back_us = gone_us + desk.dice.randrange(SECOND_US, 30 * MINUTE_US)
        again = case.contact(back, back_us)._replace(
            occurred_at_us=created_us // SECOND_US * SECOND_US
        )
        case.tell(desk.later(phase), "ticket.undeleted", back, back_us, {}, again)


def handled(desk: Desk, phase: int) -> None:
    """What goes on inside, housekeeping, and ratings that nobody gave."""
    case, time_us = _case(desk, phase)
    kind, event = desk.dice.choice(
        (
            ("ticket.priority_changed", {"current": "HIGH", "previous": "LOW"}),
            ("ticket.tags_changed", {}),
            ("user.tags_changed", {}),
            ("ticket.status_changed", {"current": "ARCHIVED", "previous": "CLOSED"}),
            ("ticket.csat_received", {"satisfaction_score": {"score": "OFFERED"}}),
        )
    )
    case.tell(phase, kind, desk.uuid(), time_us, event, Unwanted())


def registered(desk: Desk, phase: int) -> None:
    """A user who is new, heard of once or twice, and now and then deleted."""
    case, created_us = _case(desk, phase)
    number = str(case.ticket.number)
    fact, subject = f"user:{number}:created", ("zendesk-de:user", number)
    at_us = created_us // SECOND_US * SECOND_US
    created = Stated(SYSTEM, fact, fact, at_us, "customer.created", at_us, subject, {})
    for _ in range(desk.dice.randint(1, 2)):
        case.tell(desk.later(phase), "user.created", desk.uuid(), created_us, {}, created)
    if desk.chance(0.3):
        gone_us = created_us + desk.dice.randrange(SECOND_US, 30 * MINUTE_US)
        gone = Withdrawn(SYSTEM, fact, gone_us)
        case.tell(desk.later(phase), "user.deleted", desk.uuid(), gone_us, {}, gone)


def moved_on(desk: Desk, phase: int) -> None:
    """Changes of status that end nothing and begin nothing."""
    case, time_us = _case(desk, phase)
    before, after = desk.dice.choice((("NEW", "OPEN"), ("OPEN", "PENDING"), ("SOLVED", "CLOSED")))
    _status(case, phase, time_us, before, after)


def not_understood(desk: Desk, phase: int) -> None:
    """Types, statuses and ratings that are not documented."""
    case, time_us = _case(desk, phase)
    reason, kind, event = desk.dice.choice(
        (
            ("unknown_type", "ticket.teleported", {}),
            ("unknown_status", "ticket.status_changed", {"current": "GONE", "previous": "OPEN"}),
            ("unknown_score", "ticket.csat_received", {"satisfaction_score": {"score": "MEH"}}),
            ("missing_field", "ticket.csat_received", {}),
            ("wrong_type", "ticket.comment_added", {"comment": "text"}),
        )
    )
    case.tell(phase, kind, desk.uuid(), time_us, event, Broken(reason))


def contacts_in_a_month(desk: Desk, phase: int) -> None:
    """One customer opens several tickets within two months, heard of in any order."""
    first, created_us = _case(desk, phase)
    who = first.ticket.requester
    for _ in range(desk.dice.randint(2, 5)):
        time_us = created_us - desk.dice.randrange(60 * DAY_US)
        case = Case(desk, time_us)
        case.ticket = case.ticket._replace(requester=who, submitter=who, created_us=time_us)
        case.subject = ("zendesk-de:user", who)
        opened = desk.uuid()
        contact = case.contact(opened, time_us)
        case.tell(desk.later(phase), "ticket.created", opened, time_us, {}, contact)
