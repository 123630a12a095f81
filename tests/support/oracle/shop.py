"""The shop of `shop.yaml` once more, by hand: each rule a Python predicate, each metric a sum.

There are two revisions of it: the second asks of histories that nobody asked about before, says
otherwise when a parcel is late and what a complaint is, and asks more of help.
What is written here was derived from the framework's text and from the definitions of the
formulas, not from the service's code.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from string import Template
from typing import Any, TypeAlias

from tests.support.oracle.checks import Aims, Target, Watch
from tests.support.oracle.tables import Adds, Count, Offsets, Placement, Revision
from tests.support.truth import Stated

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

ORDER = "purchase/buy/order-placed"
PARCEL = "purchase/receive/parcel-arrives"
SURVEY = "purchase/receive/delivery-survey"
FREQUENT = "purchase/receive/frequent-answer"
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


def _complains_of(*words: str) -> "Predicate":
    def complaint(event: Stated, count: Count) -> bool:
        if event.kind != "support.contact":
            return False
        text = event.content.get("text", "").lower()
        return "delivery" in event.content.get("tags", ()) or any(word in text for word in words)

    return complaint


def _third(event: Stated, count: Count) -> bool:
    return event.kind == "support.contact" and count("support.contact", 30 * DAY_US) == 3


def _frequent(event: Stated, count: Count) -> bool:
    return event.kind == "feedback.csat" and count("sales.order.delivered", 30 * DAY_US) >= 2


RECEIVE = "purchase/receive"
GET_HELP = "purchase/get-help"
CELEBRATE = "loyalty/celebrate"

DELIVERY_CSAT = Target(
    "delivery-csat", RECEIVE, SURVEY, "csat", 85, None, DAY_US, 2 * SECOND_US, 30
)
LATE_PARCELS = Target(
    "late-parcels", RECEIVE, PARCEL, "rate", None, 10, DAY_US, 2 * SECOND_US, 30,
    moment_of_truth=True,
)  # fmt: skip
HELP_CSAT = Target("help-csat", GET_HELP, RATING, "csat", 50, None, DAY_US, 3 * SECOND_US, 30)
RECOMMEND = Target(
    "recommend", CELEBRATE, RECOMMENDATION, "nps", 90, None, DAY_US // 2, 3_000_000, 1_000_000
)
WATCHES = (
    Watch("receive-below-objective", RECEIVE, 20, 2, 7 * DAY_US),
    Watch("help-below-objective", GET_HELP, 20, 3, 7 * DAY_US),
)
MILESTONE_DETECTOR = "hundredth-orders"
AIMS: Mapping[int, Aims] = {
    1: Aims((DELIVERY_CSAT, LATE_PARCELS, HELP_CSAT, RECOMMEND), WATCHES, HUNDREDTH, "carrier"),
    2: Aims(
        (DELIVERY_CSAT, LATE_PARCELS, HELP_CSAT._replace(at_least=60), RECOMMEND),
        WATCHES, HUNDREDTH, "carrier",
    ),
}  # fmt: skip
"""By revision; the objectives in the framework's order."""

Predicate: TypeAlias = Callable[[Stated, Count], bool]
Rules: TypeAlias = tuple[tuple[str, Predicate, str], ...]

LOYALTY: Rules = (
    ("hundredth-order", _hundredth, HUNDREDTH),
    ("regular-order", _regular, REGULAR),
    ("recommendation", _recommendation, RECOMMENDATION),
)


def _purchase(*complaint_words: str) -> Rules:
    return (
        ("order", _order, ORDER),
        ("parcel-arrived", _parcel, PARCEL),
        ("delivery-survey", _survey, SURVEY),
        ("help-rating", _rating, RATING),
        ("help-effort", _effort, EFFORT),
        ("delivery-complaint", _complains_of(*complaint_words), COMPLAINT),
    )


FREQUENT_TOUCHPOINT = "    - {id: frequent-answer, title: I answer again and again}\n"
FREQUENT_METRIC = f"""\
- {{id: frequent-answers, title: Answers of frequent customers, formula: count,
   of: feedback.csat, at: {FREQUENT}}}
"""
FREQUENT_RULE = f"""\
- id: frequent-answer
  when: event.kind == "feedback.csat" && history.count("sales.order.delivered", days(30)) >= 2
  place: {FREQUENT}
  also: true
"""
REVISED = (
    ("hours_in_transit > 72", "hours_in_transit > 48"),
    ("parcel|courier", "parcel|courier|invoice"),
    ("help-csat, at_least: 50", "help-csat, at_least: 60"),
    ("    - {id: delivery-complaint", FREQUENT_TOUCHPOINT + "    - {id: delivery-complaint"),
    ("\nobjectives:", FREQUENT_METRIC + "\nobjectives:"),
    ("\ndetectors:", FREQUENT_RULE + "\ndetectors:"),
)
"""What the second revision says in place of the first."""


def framework(topics: Mapping[str, str], revision: int = 1) -> str:
    """The text of `shop.yaml`, with the topics by the names that they have in this run."""
    text = Path(__file__).with_name("shop.yaml").read_text(encoding="utf-8")
    for before, after in REVISED if revision == 2 else ():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return Template(text).substitute({n.replace(".", "_"): topic for n, topic in topics.items()})


QUESTIONS = re.compile(r"  questions:\n(    .*\n)+")


def survey_not_opened(text: str) -> str:
    """The survey is read by a connector that understands nothing of it."""
    return QUESTIONS.sub("", text.replace("connector: typeform", "connector: canonical"))


def survey_half_right(text: str) -> str:
    """One of the survey's scales is missing."""
    return text.replace("{kind: feedback.ces, scale: 1-7, best: 7}", "{kind: feedback.review}")


@dataclass(frozen=True)
class ShopTruth:
    """`tests.support.oracle.Shop` for a revision of `shop.yaml`."""

    kept_kinds: frozenset[str]
    journeys: tuple[Rules, ...]
    also: Rules
    late_after_h: float
    hashed_systems = frozenset({"typeform"})
    watched = frozenset({HUNDREDTH})

    def place(self, event: Stated, count: Count) -> frozenset[Placement]:
        """The first match in each journey, and what is placed in addition."""
        placements = set()
        for journey in self.journeys:
            for rule, holds, touchpoint in journey:
                if holds(event, count):
                    placements.add((touchpoint, rule))
                    break
        for rule, holds, touchpoint in self.also:
            if holds(event, count):
                placements.add((touchpoint, rule))
        return frozenset(placements)

    def adds(self, event: Stated, placements: frozenset[Placement]) -> Iterator[Adds]:
        """Once for all events and once for its carrier, at the touchpoint and at the stage."""
        touchpoints = {touchpoint for touchpoint, _ in placements}
        carrier = event.content.get("attributes.carrier", "unknown")
        for segment in ("", f"carrier={carrier}"):
            for metric, scope, numbers in _measures(event, touchpoints, self.late_after_h):
                yield Adds(metric, scope, segment, *numbers)


COUNTED_AT_FIRST = frozenset({"sales.order.placed", "support.contact"})
THIRD = ("third-contact-in-a-month", _third, REPEATED)
FIRST = ShopTruth(COUNTED_AT_FIRST, (_purchase("parcel", "courier"), LOYALTY), (THIRD,), 72)
SECOND = ShopTruth(
    COUNTED_AT_FIRST | {"feedback.csat", "sales.order.delivered"},
    (_purchase("parcel", "courier", "invoice"), LOYALTY),
    (THIRD, ("frequent-answer", _frequent, FREQUENT)),
    48,
)


def revisions(first_offsets: Mapping[int, Offsets]) -> list[Revision]:
    """The revisions that were applied, by their numbers, with what is journaled of each."""
    shops = {1: FIRST, 2: SECOND}
    return [Revision(n, first_offsets[n], shops[n]) for n in sorted(first_offsets)]


COUNTS = {REPEATED: "repeated-contacts", FREQUENT: "frequent-answers"}
"""Metrics that count what is placed at a touchpoint."""

Numbers = tuple[int, int, int, int]
"""Counted, hit, low, value."""


def _measures(
    event: Stated, touchpoints: set[str], late_after_h: float
) -> Iterator[tuple[str, str, Numbers]]:
    content = event.content
    if SURVEY in touchpoints:
        yield from _at(SURVEY, "delivery-csat", _csat(content["score"]))
    if PARCEL in touchpoints and "attributes.hours_in_transit" in content:
        hours = content["attributes.hours_in_transit"]
        yield from _at(PARCEL, "late-parcels", (1, int(hours > late_after_h), 0, 0))
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
    for touchpoint in touchpoints & COUNTS.keys():
        yield from _at(touchpoint, COUNTS[touchpoint], (1, 0, 0, 0))


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
