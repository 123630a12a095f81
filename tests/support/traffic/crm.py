"""Stories of a CRM that publishes in canonical form, read from two topics of one system.

Here lie the stories about facts: answers that are changed, moved to another customer, taken back
and given again, versions that tie, facts of which the earliest statement counts, and ids under
which two different things are said.
"""

from typing import Any

from tests.support.payloads import dumped, in_microseconds
from tests.support.traffic.desk import DAY_US, HOUR_US, SECOND_US, Desk, Draft
from tests.support.truth import Linked, Meaning, Stated, Subject, Withdrawn, linked

SYSTEM = "crm"
CARRIERS = ("NordPost", "Alsterkurier", "Blitzpaket")
WORDS = (
    "The parcel never came",
    "Your courier rang at the wrong door",
    "My invoice is wrong",
    "How do I change my password? 🙂",
    'She said "never again", twice\nand hung up',
    "Das Päckchen ist kaputt",
)
LONG = "We waited all day. " * 8
TEXT_LIMIT = 16_384


Named = tuple[dict[str, str], Subject]
"""An identifier as the payload writes it and as it is normalised."""


def subject_of(desk: Desk) -> Named:
    """A customer as the payload names it and as it is normalised: by e-mail or by CRM id."""
    number = desk.dice.randrange(desk.customers)
    if desk.chance(0.5):
        written = (
            f" Kim.{number}@Mail.example" if desk.chance(0.2) else f"kim.{number}@mail.example"
        )
        return {"namespace": "email", "value": written}, ("email", f"kim.{number}@mail.example")
    return {"namespace": "contact", "value": f"C-{number}"}, ("crm:contact", f"C-{number}")


class Said:
    """One canonical statement: its payload and its meaning, made together."""

    def __init__(self, kind: str, id: str, occurred_us: int) -> None:
        self.kind, self.id, self.occurred_us = kind, id, occurred_us
        self.fact: tuple[str, int] | None = None
        self.subject: Named = ({}, ("", ""))
        self.others: tuple[Subject, ...] = ()
        self.links: tuple[Linked, ...] = ()
        self.payload: dict[str, Any] = {}
        self.content: dict[str, Any] = {}

    def by(self, desk: Desk) -> "Said":
        self.subject = subject_of(desk)
        return self

    def known_as(self, other: Named, strong: bool) -> "Said":  # noqa: FBT001 - a link is either
        """Another identifier, and a link to it that is written in either direction."""
        ends = [self.subject[0], other[0]][:: 1 if strong else -1]
        link: dict[str, Any] = {"one": ends[0], "other": ends[1]}
        if not strong:
            link["strength"] = "weak"
        self.payload |= {"identifiers": [other[0]], "links": [link]}
        self.others = (other[1],)
        self.links = linked(self.subject[1], other[1], strong=strong)
        return self

    def version(self, fact: str, version: int) -> "Said":
        self.fact = (fact, version)
        return self

    def text(self, text: str) -> "Said":
        self.payload["text"] = text
        self.content["text"] = text
        return self

    def tags(self, *tags: str) -> "Said":
        self.payload["tags"] = list(tags)
        self.content["tags"] = tags
        return self

    def score(self, value: int, low: int, high: int) -> "Said":
        self.payload["score"] = {"value": value, "low": low, "high": high, "best": high}
        self.content["score"] = (value, low, high, high)
        return self

    def euros(self, cents: int) -> "Said":
        amount = f"{cents // 100}.{cents % 100:02d}"
        self.payload["money"] = {"amount": amount, "currency": "EUR"}
        self.content["money"] = (cents, "EUR", 2)
        return self

    def attributes(self, **attributes: str | float) -> "Said":
        self.payload["attributes"] = attributes
        self.content |= {f"attributes.{name}": value for name, value in attributes.items()}
        return self

    def draft(self, topic: str, time_us: int) -> Draft:
        """The record, padded to the size of a real one, with its truth."""
        payload: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "occurred_at": in_microseconds(self.occurred_us),
            "subject": self.subject[0],
            **self.payload,
            "title": LONG,
            "channel": "phone",
            "language": "de",
        }
        if self.fact is not None:
            payload["fact"] = {"id": self.fact[0], "version": self.fact[1]}
        fact, version = self.fact or (self.id, 0)
        meaning = Stated(
            SYSTEM, self.id, fact, version, self.kind, self.occurred_us, self.subject[1],
            self.content, self.others, self.links,
        )  # fmt: skip
        key = self.subject[0]["value"].encode()
        return Draft(topic, time_us, key, (), dumped(payload), (meaning,))


def retraction(desk: Desk, id: str, fact: str, version: int, time_us: int) -> Draft:
    payload = {
        "id": id,
        "fact": {"id": fact, "version": version},
        "retracted": True,
        "occurred_at": in_microseconds(time_us),
    }
    meaning: Meaning = Withdrawn(SYSTEM, fact, version)
    return Draft(_topic(desk), time_us, None, (), dumped(payload), (meaning,))


def _topic(desk: Desk) -> str:
    return "crm.events" if desk.chance(0.7) else "crm.mirror"


def _put(desk: Desk, phase: int, said: Said, time_us: int) -> None:
    desk.put(phase, said.draft(_topic(desk), time_us))


def _stars(desk: Desk, phase: int) -> int:
    good = desk.chance(desk.moods[phase].good)
    return desk.dice.choice((4, 5)) if good else desk.dice.choice((1, 2, 3))


def carrier_of(desk: Desk, *, bad: bool) -> str:
    """One of them has more than its share of what is bad."""
    return CARRIERS[0] if bad and desk.chance(0.5) else desk.dice.choice(CARRIERS)


def delivery_answer(desk: Desk, phase: int) -> None:
    """An answer that is never changed."""
    record_us = desk.record_time(phase)
    said = Said("feedback.csat", desk.uuid(), desk.happened(record_us)).by(desk)
    stars = _stars(desk, phase)
    said.score(stars, 1, 5).attributes(form="delivery", carrier=carrier_of(desk, bad=stars < 4))
    _put(desk, phase, said, record_us)


def other_answer(desk: Desk, phase: int) -> None:
    """NPS and CES, and a CSAT of another form, which no rule places."""
    record_us = desk.record_time(phase)
    kind, low, high = desk.dice.choice(
        (("feedback.nps", 0, 10), ("feedback.ces", 1, 7), ("feedback.csat", 1, 5))
    )
    said = Said(kind, desk.uuid(), desk.happened(record_us)).by(desk)
    said.score(desk.dice.randint(low, high), low, high).attributes(form="relation")
    _put(desk, phase, said, record_us)


def order(desk: Desk, phase: int) -> None:
    record_us = desk.record_time(phase)
    said = Said("sales.order.placed", desk.uuid(), desk.happened(record_us)).by(desk)
    said.euros(desk.dice.randrange(500, 50_000)).attributes(carrier=desk.dice.choice(CARRIERS))
    _put(desk, phase, said, record_us)


def parcel(desk: Desk, phase: int) -> None:
    """Some say how long it took and some do not."""
    record_us = desk.record_time(phase)
    said = Said("sales.order.delivered", desk.uuid(), desk.happened(record_us)).by(desk)
    late = desk.chance(desk.moods[phase].late)
    hours = desk.dice.uniform(72.1, 200) if late else desk.dice.uniform(10, 72)
    carrier = carrier_of(desk, bad=late)
    if desk.chance(0.9):
        said.attributes(carrier=carrier, hours_in_transit=round(hours, 2))
    else:
        said.attributes(carrier=carrier)
    _put(desk, phase, said, record_us)


def contacts(desk: Desk, phase: int) -> None:
    """A customer comes one to five times within two months, heard of in any order."""
    who = subject_of(desk)
    for _ in range(desk.dice.randint(1, 5)):
        heard = desk.later(phase)
        record_us = desk.record_time(heard)
        said = Said("support.contact", desk.uuid(), record_us - desk.dice.randrange(60 * DAY_US))
        said.subject = who
        said.text(desk.dice.choice(WORDS)).tags(*desk.dice.choice(((), ("vip",), ("delivery",))))
        _put(desk, heard, said, record_us)


def unplaced(desk: Desk, phase: int) -> None:
    """Of no interest to any rule, one with a text that is cut and one with a NUL in it."""
    record_us = desk.record_time(phase)
    kind = desk.dice.choice(("behaviour.page", "x.shop.wish", "support.solved"))
    said = Said(kind, desk.uuid(), desk.happened(record_us)).by(desk)
    drawn = desk.dice.random()
    if drawn < 0.02:
        said.text("ä" * TEXT_LIMIT)
        said.content["text"] = "ä" * (TEXT_LIMIT // 2)
    elif drawn < 0.05:
        said.text("before\0after")
    _put(desk, phase, said, record_us)


def known_twice(desk: Desk, phase: int) -> None:
    """Who calls has an e-mail address and a CRM id, which belong together for sure or perhaps."""
    record_us = desk.record_time(phase)
    number = desk.dice.randrange(desk.customers)
    mail, contact = f"kim.{number}@mail.example", f"C-{number}"
    said = Said("support.message", desk.uuid(), desk.happened(record_us)).text("It is me again")
    said.subject = ({"namespace": "email", "value": mail}, ("email", mail))
    if desk.chance(0.3):
        phone = f"0049 30 {number:05d}"
        other: Named = ({"namespace": "phone", "value": phone}, ("phone", f"+4930{number:05d}"))
    else:
        other = ({"namespace": "contact", "value": contact}, ("crm:contact", contact))
    _put(desk, phase, said.known_as(other, desk.chance(0.5)), record_us)


def restated_answer(desk: Desk, phase: int) -> None:
    """Up to four versions of an answer, which arrive in any order."""
    fact, who, made_us = desk.uuid(), subject_of(desk), desk.happened(desk.record_time(phase))
    for version in range(1, desk.dice.randint(2, 4) + 1):
        heard = desk.later(phase)
        said = Said("feedback.csat", f"{fact}:{version}", made_us).version(fact, made_us + version)
        said.subject = who
        said.score(_stars(desk, heard), 1, 5).attributes(form="delivery", carrier="NordPost")
        _put(desk, heard, said, desk.record_time(heard))


def moved_order(desk: Desk, phase: int) -> None:
    """An order that a newer version gives to somebody else, at another time."""
    fact, made_us = desk.uuid(), desk.happened(desk.record_time(phase))
    for version in (1, 2):
        heard = desk.later(phase)
        moved_us = made_us - desk.dice.randrange(3 * HOUR_US)
        said = Said("sales.order.placed", fact, moved_us).by(desk).version(fact, version)
        said.euros(desk.dice.randrange(500, 50_000))
        _put(desk, heard, said, desk.record_time(heard))


def tied_contact(desk: Desk, phase: int) -> None:
    """Two contents under one version: which one counts hangs on their digests alone."""
    fact, made_us = desk.uuid(), desk.happened(desk.record_time(phase))
    for words in desk.dice.sample(WORDS, 2):
        heard = desk.later(phase)
        said = Said("support.contact", fact, made_us).by(desk).version(fact, 7).text(words)
        _put(desk, heard, said, desk.record_time(heard))


def earliest_counts(desk: Desk, phase: int) -> None:
    """A parcel whose arrival is told several times: the version is the negated time."""
    fact, who = desk.uuid(), subject_of(desk)
    arrived_us = desk.happened(desk.record_time(phase))
    for _ in range(desk.dice.randint(2, 4)):
        heard = desk.later(phase)
        told_us = arrived_us + desk.dice.randrange(5) * SECOND_US
        said = Said("sales.order.delivered", fact, told_us).version(fact, -told_us)
        said.subject = who
        _put(desk, heard, said.attributes(carrier="Blitzpaket"), desk.record_time(heard))


def retracted(desk: Desk, phase: int) -> None:
    """An order that is taken back, and now and then given again; or taken back unseen."""
    fact, who, made_us = desk.uuid(), subject_of(desk), desk.happened(desk.record_time(phase))
    heard = desk.later(phase)
    if desk.chance(0.9):
        said = Said("sales.order.placed", fact, made_us).version(fact, 1).euros(1_999)
        said.subject = who
        _put(desk, heard, said, desk.record_time(heard))
    heard = desk.later(phase)
    desk.put(heard, retraction(desk, f"{fact}:r", fact, 2, desk.record_time(heard)))
    if desk.chance(0.3):
        heard = desk.later(phase)
        said = Said("sales.order.placed", fact, made_us).version(fact, 3).euros(2_999)
        said.subject = who
        _put(desk, heard, said, desk.record_time(heard))


def contradiction(desk: Desk, phase: int) -> None:
    """Two or three different things under one id that is never restated, some told twice."""
    id_, made_us = desk.uuid(), desk.happened(desk.record_time(phase))
    for words in desk.dice.sample(WORDS, desk.dice.choice((2, 2, 3))):
        said = Said("support.contact", id_, made_us).by(desk).text(words)
        for _ in range(desk.dice.choice((1, 1, 2, 3))):
            heard = desk.later(phase)
            _put(desk, heard, said, desk.record_time(heard))


def same_moment(desk: Desk, phase: int) -> None:
    """Orders of one customer in one microsecond: their ids say in which order they count."""
    who, made_us = subject_of(desk), desk.happened(desk.record_time(phase))
    for _ in range(3):
        heard = desk.later(phase)
        said = Said("sales.order.placed", desk.uuid(), made_us).euros(999)
        said.subject = who
        _put(desk, heard, said, desk.record_time(heard))
