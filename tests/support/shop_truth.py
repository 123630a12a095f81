"""The shop of `shop.yaml` once more, by hand: each rule a Python predicate, each metric a sum.

What is written here was derived from the framework's text and from the definitions of the
formulas, not from the service's code.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from string import Template
from typing import Any

from tests.support.oracle import Adds, Count, Placement
from tests.support.oracle_checks import Target, Watch
from tests.support.truth import Stated

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

ORDER = "purchase/buy/order-placed"
PARCEL = "purchase/receive/parcel-arrives"
SURVEY = "purchase/receive/delivery-survey"
COMPLAINT = "purchase/receive/delivery-complaint"
RATING = "purchase/get-help/help-rating"
EFFORT = "purchase/get-help/help-effort"
REPEATED = "purchase/get-help/repeated-contact"
HUNDREDTH = "loyalty/celebrate/hundredth-order"
REGULAR = "loyalty/celebrate/regular-order"
RECOMMENDATION = "loyalty/celebrate/recommendation"


def _order(event: Stated, count: Count) -> bool:
    return event.kind == "sales.order.placed"


def _hundredth(event: Stated, count: Count) -> bool:
    return event.kind == "sales.order.placed" and count("sales.order.placed") == 100


def _regular(event: Stated, count: Count) -> bool:
    return event.kind == "sales.order.placed" and count("sales.order.placed", 90 * DAY_US) >= 3


def _parcel(event: Stated, count: Count) -> bool:
    return event.kind == "sales.order.delivered"


def _survey(event: Stated, count: Count) -> bool:
    return event.kind == "feedback.csat" and event.content.get("attributes.form") == "delivery"


def _rating(event: Stated, count: Count) -> bool:
    return event.kind == "feedback.csat" and event.system == "zendesk-de"


def _effort(event: Stated, count: Count) -> bool:
    return event.kind == "feedback.ces"


def _recommendation(event: Stated, count: Count) -> bool:
    return event.kind == "feedback.nps" and event.content.get("score") is not None


def _complaint(event: Stated, count: Count) -> bool:
    if event.kind != "support.contact":
        return False
    text = event.content.get("text", "").lower()
    tagged = "delivery" in event.content.get("tags", ())
    return tagged or "parcel" in text or "courier" in text


def _third(event: Stated, count: Count) -> bool:
    return event.kind == "support.contact" and count("support.contact", 30 * DAY_US) == 3


RECEIVE = "purchase/receive"
GET_HELP = "purchase/get-help"
CELEBRATE = "loyalty/celebrate"

TARGETS = (
    Target("delivery-csat", RECEIVE, SURVEY, "csat", 85, None, DAY_US, 2 * SECOND_US, 30),
    Target("late-parcels", RECEIVE, PARCEL, "rate", None, 10, DAY_US, 2 * SECOND_US, 30),
    Target("help-csat", GET_HELP, RATING, "csat", 50, None, DAY_US, 3 * SECOND_US, 30),
    Target(
        "recommend", CELEBRATE, RECOMMENDATION, "nps", 90, None, DAY_US // 2, 3_000_000, 1_000_000
    ),
)
"""The objectives, in the framework's order."""

WATCHES = (
    Watch("receive-below-objective", RECEIVE, 20, 2, 7 * DAY_US),
    Watch("help-below-objective", GET_HELP, 20, 3, 7 * DAY_US),
)
MILESTONE_DETECTOR = "hundredth-orders"

Predicate = Callable[[Stated, Count], bool]

PURCHASE: tuple[tuple[str, Predicate, str], ...] = (
    ("order", _order, ORDER),
    ("parcel-arrived", _parcel, PARCEL),
    ("delivery-survey", _survey, SURVEY),
    ("help-rating", _rating, RATING),
    ("help-effort", _effort, EFFORT),
    ("delivery-complaint", _complaint, COMPLAINT),
)
LOYALTY: tuple[tuple[str, Predicate, str], ...] = (
    ("hundredth-order", _hundredth, HUNDREDTH),
    ("regular-order", _regular, REGULAR),
    ("recommendation", _recommendation, RECOMMENDATION),
)


def framework(topics: Mapping[str, str]) -> str:
    """The text of `shop.yaml`, with the topics by the names that they have in this run."""
    text = Path(__file__).with_name("shop.yaml").read_text(encoding="utf-8")
    return Template(text).substitute({n.replace(".", "_"): topic for n, topic in topics.items()})


class ShopTruth:
    """`tests.support.oracle.Shop` for `shop.yaml`."""

    asked_kinds = frozenset({"sales.order.placed", "support.contact"})

    def place(self, event: Stated, count: Count) -> frozenset[Placement]:
        """The first match in each journey, and the third contact in addition."""
        placements = set()
        for journey in (PURCHASE, LOYALTY):
            for rule, holds, touchpoint in journey:
                if holds(event, count):
                    placements.add((touchpoint, rule))
                    break
        if _third(event, count):
            placements.add((REPEATED, "third-contact-in-a-month"))
        return frozenset(placements)

    def adds(self, event: Stated, placements: frozenset[Placement]) -> Iterator[Adds]:
        """Once for all events and once for its carrier, at the touchpoint and at the stage."""
        touchpoints = {touchpoint for touchpoint, _ in placements}
        carrier = event.content.get("attributes.carrier", "unknown")
        for segment in ("", f"carrier={carrier}"):
            for metric, scope, numbers in _measures(event, touchpoints):
                yield Adds(metric, scope, segment, *numbers)


Numbers = tuple[int, int, int, int]
"""Counted, hit, low, value."""


def _measures(event: Stated, touchpoints: set[str]) -> Iterator[tuple[str, str, Numbers]]:
    content = event.content
    if SURVEY in touchpoints:
        yield from _at(SURVEY, "delivery-csat", _csat(content["score"]))
    if PARCEL in touchpoints and "attributes.hours_in_transit" in content:
        hours = content["attributes.hours_in_transit"]
        yield from _at(PARCEL, "late-parcels", (1, int(hours > 72), 0, 0))
        yield from _at(PARCEL, "transit", (1, 0, 0, _whole(hours, 1)))
    if ORDER in touchpoints:
        yield from _at(COMPLAINT, "delivery-contacts", (1, 0, 0, 0))
        if content.get("money") is not None:
            yield from _at(ORDER, "order-money", (1, 0, 0, content["money"][0]))
    if event.kind == "support.contact" and COMPLAINT in touchpoints:
        yield from _at(COMPLAINT, "delivery-contacts", (0, 1, 0, 0))
    if RATING in touchpoints:
        yield from _at(RATING, "help-csat", _csat(content["score"]))
    if EFFORT in touchpoints:
        yield from _at(EFFORT, "help-effort", _ces(content["score"]))
    if RECOMMENDATION in touchpoints:
        yield from _at(RECOMMENDATION, "recommend", _nps(content["score"]))
    if REPEATED in touchpoints:
        yield from _at(REPEATED, "repeated-contacts", (1, 0, 0, 0))


def _at(touchpoint: str, metric: str, numbers: Numbers) -> Iterator[tuple[str, str, Numbers]]:
    yield metric, touchpoint, numbers
    yield metric, touchpoint.rsplit("/", 1)[0], numbers


def _csat(score: Any) -> Numbers:
    """Satisfied are 4 and 5 of 1 to 5, and the better of two."""
    value, _, high, _ = score
    good = value >= 4 if high == 5 else value == high
    return (1, int(good), 0, int(value))


def _ces(score: Any) -> Numbers:
    """Of 1 to 7, 5 to 7 is easy and 1 to 3 difficult."""
    value = score[0]
    return (1, int(value >= 5), int(value <= 3), int(value))


def _nps(score: Any) -> Numbers:
    """Of 0 to 10, 9 and 10 promote and 0 to 6 detract."""
    value = score[0]
    return (1, int(value >= 9), int(value <= 6), int(value))


def _whole(number: float, decimals: int) -> int:
    shifted = Decimal(repr(number)).scaleb(decimals)
    return int(shifted.to_integral_value(ROUND_HALF_EVEN))
