"""A shop whose parcels are late: the framework and the numbers of the example in the design."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from service.canonical import CanonicalEvent, Subject
from service.framework.models import Breach, Framework, Milestone
from service.metrics.formulas import read
from service.metrics.objectives import judge
from service.metrics.statistics import Statistics
from service.opportunities import documents
from service.opportunities.documents import InForce, Turn
from service.opportunities.evidence import Around, Counted, Crowd, Orders, evidence
from service.opportunities.lifecycle import Check, Transition
from service.opportunities.models import Opportunity

AT: Final = datetime(2026, 5, 7, 8, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

FRAMEWORK: Final = Framework.model_validate(
    {
        "framework": "shop",
        "timezone": "Europe/Berlin",
        "segment": "carrier",
        "teams": [
            {"id": "delivery", "title": "Delivery"},
            {"id": "service", "title": "Customer service"},
        ],
        "journeys": [
            {
                "id": "purchase",
                "title": "I buy something and get it",
                "owner": "delivery",
                "stages": [
                    {
                        "id": "receive",
                        "title": "I wait for my parcel",
                        "owner": "delivery",
                        "contributing": ["service"],
                        "touchpoints": [
                            {
                                "id": "parcel-arrives",
                                "title": "My parcel arrives",
                                "moment_of_truth": True,
                            },
                            {"id": "delivery-survey", "title": "I say how delivery went"},
                            {"id": "delivery-complaint", "title": "I ask where my parcel is"},
                        ],
                    }
                ],
            }
        ],
        "metrics": [
            {
                "id": "delivery-csat",
                "title": "Satisfied with delivery",
                "formula": "csat",
                "of": "feedback.csat",
                "at": "purchase/receive/delivery-survey",
            },
            {
                "id": "late-parcels",
                "title": "Late parcels",
                "formula": "rate",
                "of": "sales.order.delivered",
                "counts_when": "event.attributes.hours_in_transit > 72",
                "at": "purchase/receive/parcel-arrives",
            },
            {
                "id": "delivery-contacts",
                "title": "Delivery contacts",
                "formula": "ratio",
                "of": "support.contact",
                "at": "purchase/receive/delivery-complaint",
                "per": "purchase/receive/parcel-arrives",
            },
        ],
        "objectives": [
            {
                "metric": metric,
                side: target,
                "window": "24h",
                "check_every": "1h",
                "goal": goal,
            }
            for metric, side, target, goal in (
                ("delivery-csat", "at_least", 85, "More second orders"),
                ("late-parcels", "at_most", 5, "More second orders"),
                ("delivery-contacts", "at_most", 3, "Lower cost to serve"),
            )
        ],
        "detectors": [
            {"id": "late", "kind": "breach", "stage": "purchase/receive"},
            {"id": "first", "kind": "milestone", "touchpoint": "purchase/receive/parcel-arrives"},
        ],
    }
)
IN_FORCE: Final = InForce(3, FRAMEWORK)
DETECTOR: Final = next(one for one in FRAMEWORK.detectors if isinstance(one, Breach))
MILESTONE: Final = next(one for one in FRAMEWORK.detectors if isinstance(one, Milestone))

NOW: Final = {
    "delivery-csat": Statistics(n=68, hits=41),
    "late-parcels": Statistics(n=212, hits=74),
    "delivery-contacts": Statistics(n=209, hits=19),
}
BEFORE: Final = {
    "delivery-csat": Statistics(n=468, hits=412),
    "late-parcels": Statistics(n=1400, hits=42),
    "delivery-contacts": Statistics(n=1450, hits=30),
}
CARRIERS: Final = {
    "NordPost": Statistics(n=110, hits=68),
    "Blitz": Statistics(n=60, hits=4),
    "Kurier": Statistics(n=42, hits=2),
}
AROUND: Final = Around(
    crowds=(Crowd("shop-de", 71, 205), Crowd("typeform", 27, 68), Crowd("zendesk-de", 19, 19)),
    orders=Orders({("EUR", 2): (584_000, 1_730_000)}, 71, frozenset({"shop-de"})),
    sample=(
        CanonicalEvent(
            system="typeform",
            id="r-9",
            kind="feedback.csat",
            occurred_at_us=0,
            subject=Subject("typeform:response", "00"),
            fact_id="r-9",
            text="Third day out for delivery, nobody rings.",
        ),
    ),
)


def counted(
    now: Mapping[str, Statistics] = NOW, checks: int = 2, customers: int = 60
) -> dict[str, Counted]:
    """The stage's metrics, each found the same at so many checks."""
    found = {}
    for metric, objective in zip(FRAMEWORK.metrics, FRAMEWORK.objectives, strict=True):
        reading = read(metric, now[metric.id])
        assert reading is not None
        check = Check(
            AT,
            judge(metric, objective, reading).health.value,
            reading.n,
            customers,
            reading.value,
            reading.low,
            reading.high,
        )
        rows = [check._replace(checked_at=AT - age * HOUR) for age in range(checks)]
        parts = CARRIERS if metric.id == "late-parcels" else {}
        found[metric.id] = Counted(
            metric, objective, rows, now[metric.id], BEFORE[metric.id], parts
        )
    return found


def opened(
    missed: tuple[str, ...] = ("delivery-csat", "late-parcels", "delivery-contacts"),
    around: Around = AROUND,
) -> Opportunity:
    """The opportunity of the design's example, number 7."""
    transition = Transition("opened", "open", missed, "objective_missed")
    proof = evidence(FRAMEWORK, counted(), missed, around)
    return documents.found(IN_FORCE, Turn(AT, DETECTOR, transition, None), 7, proof)
