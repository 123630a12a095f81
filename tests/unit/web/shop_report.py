"""A report on the shop of the design's example, with something to say in every part."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from service.framework.models import Framework, Milestone
from service.metrics.buckets import window_ending
from service.metrics.courses import course, steps_of, window_of
from service.metrics.journey_map import Found, asked, journey_map
from service.metrics.objectives import Feed
from service.opportunities.models import Opportunity
from service.store.reading import Incident, Outcomes, Placed, Progress
from service.store.report import Heard, Reached, Report
from service.store.status import Status
from service.store.times import microseconds
from service.web.report import View
from tests.unit.opportunities.parcels import AT, FRAMEWORK, NOW, opened

DAY: Final = timedelta(days=1)
TOPIC: Final = "shop.webhooks"
SOURCE: Final = {"id": "shop", "connector": "shopify", "system": "shop-de", "topic": TOPIC}
DECIDED: Final = {"action": "start", "author": "Ada", "because": "A strike.", "at": AT.isoformat()}


def framework() -> dict[str, Any]:
    """The framework as JSON."""
    return {**FRAMEWORK.model_dump(mode="json"), "sources": [SOURCE]}


def opportunity() -> dict[str, Any]:
    """The opportunity of the example, with a decision, as JSON."""
    return {**opened().model_dump(mode="json"), "decision": DECIDED}


def view(
    shop: Mapping[str, Any], found: Mapping[str, Any] | None, word: str = "invalid_json"
) -> View:
    """The report on these. `word` stands for what events and their topics may bring along."""
    checked = Framework.model_validate_json(json.dumps(shop))
    at_us, window = microseconds(AT), 28 * DAY
    period = window_ending(at_us, window)
    sums = {one: NOW[one.metric] for one in asked(checked, window)}
    volumes = {"purchase/receive/parcel-arrives": 212}
    feed = Feed("shop", frozenset({"support.contact"}), DAY, None)
    map_ = journey_map(checked, Found(at_us, window, sums, volumes, [feed]))
    courses = []
    for standing in map_.journeys[0].stages[0].metrics:
        steps = steps_of(window_of(standing), period)
        daily = {steps.end_us - n * steps.step_us: NOW[standing.metric.id] for n in range(1, 30)}
        courses.append(course(standing, steps, daily))
    opportunities = [] if found is None else [Opportunity.model_validate_json(json.dumps(found))]
    status = Status(
        map=map_,
        outcomes=Outcomes(220, 220, 212, 2, 1, 1, 4),
        placed=Placed(200, 12),
        postponed=3,
        rebuilding=True,
        progress=[Progress(TOPIC, 0, 0, 220, AT - 28 * DAY)],
        opportunities=opportunities,
        milestones=1,
        signals={},
        incidents=[Incident(word, 0, 3, 9, AT)],
    )
    milestone = next(one for one in checked.detectors if isinstance(one, Milestone))
    reached = [Reached(milestone, 7, 2, AT)]
    heard = {"shop": Heard(200, 12, AT, {word: 4})}
    return View(3, Report(checked, status, period, courses, reached, heard), {(TOPIC, 0): 221})
