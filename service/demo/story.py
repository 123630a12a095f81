"""The story of a shop: four quiet weeks, then five days in which a carrier fails and is replaced.

Pure and seeded: the same seed tells the same story. Times are hours of story time; hour 0 is where
the five days begin, the quiet weeks lie before it. What the shop's tools publish about all this
is made by `service.demo.records`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

QUIET_HOURS: Final = 28 * 24
PLAYED_HOURS: Final = 5 * 24
ORDERS_A_DAY: Final = 130
OTHER_TICKETS_A_DAY: Final = 14

FAILING_CARRIER: Final = "NordPost"
REPLACEMENT: Final = "Hansebote"
OTHER_CARRIERS: Final = ("Alsterkurier", "Blitzpaket")

FAILS_AT: Final = 20.0
"""From this hour on, most parcels that NordPost should bring lie in its depot."""

REPLACED_AT: Final = 60.0
"""The shop hands new parcels to the replacement, which also empties the depot within hours."""

LATE_AFTER_HOURS: Final = 72.0
HUNDREDTH_ORDER_AT: Final = 104.0
REGULAR_ORDERS_EVERY: Final = (QUIET_HOURS + HUNDREDTH_ORDER_AT) / 100


@dataclass(frozen=True)
class Customer:
    number: int
    name: str

    @property
    def email(self) -> str:
        return f"{self.name.lower()}.{self.number}@mail.example"


@dataclass(frozen=True)
class Order:
    number: int
    customer: Customer
    at: float
    cents: int


@dataclass(frozen=True)
class Parcel:
    """`planned` is when it would have arrived had its carrier done its work."""

    order: Order
    carrier: str
    sent: float
    planned: float
    arrived: float

    @property
    def late(self) -> bool:
        return self.arrived - self.sent > LATE_AFTER_HOURS

    @property
    def disappoints(self) -> bool:
        """Late, or half a day after the day on which it was expected."""
        return self.late or self.arrived - self.planned > 12


@dataclass(frozen=True)
class Answer:
    """What a customer says about a delivery: 1 to 5 stars, of which 4 and 5 are good."""

    parcel: Parcel
    at: float
    stars: int
    comment: str


@dataclass(frozen=True)
class Ticket:
    """`rating` is what the customer said about the help: good, bad, changed, or nothing."""

    number: int
    customer: Customer
    at: float
    subject: str
    text: str
    tags: tuple[str, ...]
    solved: float
    comes_back: float | None
    rating: str


@dataclass(frozen=True)
class Story:
    orders: tuple[Order, ...]
    parcels: tuple[Parcel, ...]
    answers: tuple[Answer, ...]
    tickets: tuple[Ticket, ...]


def tell(seed: int) -> Story:
    """The whole story, each part in order of time."""
    random = Random(seed)
    people = _people(random)
    orders = tuple(sorted(_orders(random, people), key=lambda order: order.at))
    parcels = tuple(_parcel(random, order) for order in orders)
    answers = tuple(answer for parcel in parcels if (answer := _answer(random, parcel)))
    calls = [
        *_held_parcel_calls(random, parcels),
        *_impatient_calls(random, people),
        *_other_calls(random, people),
    ]
    calls.sort(key=lambda call: call.at)
    tickets = tuple(_ticket(random, number, call) for number, call in enumerate(calls, 5_001))
    return Story(orders, parcels, answers, tickets)


_NAMES: Final = (
    *("Jo", "Mia", "Ben", "Ida", "Tom", "Eva", "Kai", "Lea", "Max", "Nina", "Ole", "Pia", "Ria"),
    *("Sam", "Tea", "Udo", "Vera", "Wim", "Yara", "Zoe", "Emil", "Anna", "Finn", "Hanna", "Jan"),
    *("Klara", "Lars", "Marie", "Nils", "Paula", "Rosa", "Sven", "Tilda", "Ulla", "Vito", "Cem"),
)


def _people(random: Random) -> list[Customer]:
    return [Customer(number, random.choice(_NAMES)) for number in range(1, 2_401)]


_REGULAR: Final = Customer(9_000, "CafeLindenweg")


def _orders(random: Random, people: list[Customer]) -> Iterator[Order]:
    """Evenly spread with some jitter, so that no hour is silent; one customer orders most."""
    total = ORDERS_A_DAY * (QUIET_HOURS + PLAYED_HOURS) // 24
    step = 24 / ORDERS_A_DAY
    for number in range(total):
        at = -QUIET_HOURS + (number + random.random()) * step
        cents = 100 * random.randint(12, 140) - random.choice((1, 5, 10, 50))
        yield Order(1_001 + number, random.choice(people), at, cents)
    regular = int((QUIET_HOURS + PLAYED_HOURS) / REGULAR_ORDERS_EVERY)
    for number in range(1, regular + 1):
        at = -QUIET_HOURS + number * REGULAR_ORDERS_EVERY
        yield Order(90_000 + number, _REGULAR, at, 100 * random.randint(30, 60))


def _parcel(random: Random, order: Order) -> Parcel:
    sent = order.at + random.uniform(3, 14)
    carrier = _carrier(random, sent)
    planned = sent + (random.uniform(75, 92) if random.random() < 0.015 else random.uniform(42, 64))
    held = carrier == FAILING_CARRIER and FAILS_AT <= planned < REPLACED_AT + 8
    arrived = _held_until(random, sent, planned) if held and random.random() < 0.9 else planned
    return Parcel(order, carrier, sent, planned, arrived)


def _carrier(random: Random, sent: float) -> str:
    if random.random() < 0.5:
        return FAILING_CARRIER if sent < REPLACED_AT else REPLACEMENT
    return random.choice(OTHER_CARRIERS)


def _held_until(random: Random, sent: float, planned: float) -> float:
    """A few trickle out of the depot; what is left there is brought after the replacement."""
    trickles = max(planned, sent + LATE_AFTER_HOURS + random.uniform(0.5, 16))
    return min(trickles, max(planned, REPLACED_AT + random.uniform(2, 10)))


_ANGRY: Final = (
    "Third day out for delivery, nobody rings.",
    "I waited at home for two days for nothing.",
    "Tracking has not moved since Monday.",
    "It came when I no longer needed it.",
    "Nobody could tell me where it was.",
)
_PLEASED: Final = (
    "Quick as always.",
    "Left with my neighbour, just as I asked.",
    "All good, thank you!",
    "The driver was friendly.",
)
_PARCEL_QUESTIONS: Final = (
    ("Where is my parcel?", "My parcel should have been here yesterday. Where is it?"),
    ("Order not here", "The courier did not come, and tracking says nothing."),
    ("Parcel missing", "Three days and no parcel. Please look into it."),
    ("Delivery", "Is somebody going to bring it this week?"),
)
_OTHER_QUESTIONS: Final = (
    ("Invoice", "Could you send me the invoice again?"),
    ("Wrong size", "I would like to exchange the shoes for a size 41."),
    ("Voucher", "My voucher code is not accepted at the checkout."),
    ("Account", "I cannot change my address in my account."),
    ("Question about a product", "Is the blue one machine-washable?"),
)


def _answer(random: Random, parcel: Parcel) -> Answer | None:
    if random.random() >= 0.5:
        return None
    at = parcel.arrived + random.uniform(0.5, 6)
    if parcel.disappoints:
        stars = random.choice((1, 1, 1, 2, 2, 3, 3, 4))
        return Answer(parcel, at, stars, random.choice(_ANGRY) if random.random() < 0.6 else "")
    stars = random.choice((4, 5, 5)) if random.random() < 0.94 else random.choice((2, 3, 3))
    comment = random.choice(_PLEASED) if stars > 3 and random.random() < 0.3 else ""
    return Answer(parcel, at, stars, comment)


@dataclass(frozen=True)
class _Call:
    customer: Customer
    at: float
    question: tuple[str, str]
    tags: tuple[str, ...]


def _held_parcel_calls(random: Random, parcels: tuple[Parcel, ...]) -> Iterator[_Call]:
    """Every second whose parcel is held asks, some hours after it should have come."""
    disappointing = [parcel for parcel in parcels if parcel.disappoints]
    for parcel in disappointing[::2]:
        waits = min(random.uniform(9, 18), parcel.arrived - parcel.planned + 2)
        yield _parcel_call(random, parcel.order.customer, parcel.planned + waits)


def _impatient_calls(random: Random, people: list[Customer]) -> Iterator[_Call]:
    """About once a day somebody asks although nothing is wrong."""
    for number in range((QUIET_HOURS + PLAYED_HOURS) // 22):
        at = -QUIET_HOURS + (number + random.random()) * 22
        yield _parcel_call(random, random.choice(people), at)


def _parcel_call(random: Random, customer: Customer, at: float) -> _Call:
    return _Call(customer, at, random.choice(_PARCEL_QUESTIONS), ("delivery",))


def _other_calls(random: Random, people: list[Customer]) -> Iterator[_Call]:
    """Spread evenly; a few people ask again and again."""
    total = OTHER_TICKETS_A_DAY * (QUIET_HOURS + PLAYED_HOURS) // 24
    step = 24 / OTHER_TICKETS_A_DAY
    for number in range(total):
        at = -QUIET_HOURS + (number + random.random()) * step
        asker = random.choice(people[:12] if random.random() < 0.1 else people)
        yield _Call(asker, at, random.choice(_OTHER_QUESTIONS), ())


def _ticket(random: Random, number: int, call: _Call) -> Ticket:
    solved = call.at + random.uniform(1.5, 20)
    comes_back = solved + random.uniform(2, 30) if random.random() < 0.04 else None
    rating = random.choices(("", "good", "bad", "changed"), (60, 30, 6, 4))[0]
    subject, text = call.question
    return Ticket(
        number, call.customer, call.at, subject, text, call.tags, solved, comes_back, rating
    )
