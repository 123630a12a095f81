"""The journey map: every place of the framework, with what was counted there."""

from datetime import timedelta

from service.framework.models import (
    Framework,
    Journey,
    Metric,
    Objective,
    Stage,
    Team,
    Touchpoint,
)
from service.metrics.journey_map import Asked, Found, JourneyMap, asked, journey_map
from service.metrics.objectives import Feed, Health
from service.metrics.statistics import Statistics

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PARCEL, SURVEY = "purchase/receive/parcel", "purchase/receive/survey"

SHOP = Framework(
    framework="shop",
    teams=(Team(id="delivery", title="Delivery"), Team(id="service", title="Service")),
    journeys=(
        Journey(
            id="purchase",
            title="I buy something",
            owner="delivery",
            stages=(
                Stage(
                    id="receive",
                    title="I wait",
                    owner="delivery",
                    contributing=("service",),
                    touchpoints=(
                        Touchpoint(id="parcel", title="It arrives", moment_of_truth=True),
                        Touchpoint(id="survey", title="I say how it was"),
                    ),
                ),
            ),
        ),
    ),
    metrics=(
        Metric(id="late", title="Late", formula="rate", of="sales.order.delivered", at=PARCEL),
        Metric(id="csat", title="Satisfied", formula="csat", of="feedback.csat", at=SURVEY),
        Metric(
            id="parcels", title="Parcels", formula="count", of="sales.order.delivered", at=PARCEL
        ),
    ),
    objectives=(
        Objective(metric="late", at_most=5, window=WEEK, check_every=DAY, goal="Orders"),
        Objective(metric="csat", at_least=85, window=DAY, check_every=DAY, goal="Orders"),
    ),
)


def read(*feeds: Feed, **sums: Statistics) -> JourneyMap:
    """The map with these sums by metric, each over the window that it is asked for."""
    found = {one: sums[one.metric] for one in asked(SHOP, DAY) if one.metric in sums}
    return journey_map(SHOP, Found(0, DAY, found, {PARCEL: 40}, feeds))


def test_a_metric_is_asked_for_over_its_objectives_window_else_over_the_maps() -> None:
    assert asked(SHOP, DAY) == (
        Asked("late", PARCEL, WEEK),
        Asked("csat", SURVEY, DAY),
        Asked("parcels", PARCEL, DAY),
    )


def test_every_place_is_there_before_anything_was_counted() -> None:
    (journey,) = read().journeys
    (stage,) = journey.stages
    assert [one.path for one in stage.touchpoints] == [PARCEL, SURVEY]
    assert [one.events for one in stage.touchpoints] == [40, 0]
    assert stage.owner.title == "Delivery"
    assert [team.title for team in stage.contributing] == ["Service"]
    assert all(one.reading is None for one in stage.metrics)
    assert stage.judgement is not None
    assert stage.judgement.health is Health.NO_DATA


def test_a_stage_is_as_well_as_its_worst_metric_and_a_touchpoint_as_its_own() -> None:
    (stage,) = read(late=Statistics(100, 60), csat=Statistics(100, 99)).journeys[0].stages
    parcel, survey = stage.touchpoints
    assert [one.metric.id for one in stage.metrics] == ["late", "csat", "parcels"]
    assert stage.judgement is not None
    assert parcel.judgement is not None
    assert survey.judgement is not None
    assert stage.judgement.health is parcel.judgement.health is Health.BREACHED
    assert survey.judgement.health is Health.HEALTHY


def test_a_stage_has_no_metric_of_another_whose_name_begins_like_its_own() -> None:
    (journey,) = SHOP.journeys
    more = journey.stages[0].model_copy(update={"id": "receive-more"})
    (late, *_) = SHOP.metrics
    later = late.model_copy(update={"id": "later", "at": "purchase/receive-more/parcel"})
    shop = SHOP.model_copy(
        update={
            "journeys": (journey.model_copy(update={"stages": (*journey.stages, more)}),),
            "metrics": (late, later),
        }
    )
    receive, receive_more = journey_map(shop, Found(0, DAY, {}, {}, ())).journeys[0].stages
    assert [one.metric.id for one in receive.metrics] == ["late"]
    assert [one.metric.id for one in receive_more.metrics] == ["later"]


def test_a_metric_without_an_objective_is_not_judged() -> None:
    (stage,) = read(parcels=Statistics(7)).journeys[0].stages
    parcels = stage.metrics[2]
    assert parcels.judgement is None
    assert parcels.reading is not None
    assert parcels.reading.value == 7


def test_a_silent_source_makes_what_it_feeds_stale() -> None:
    silence = Feed("tool", frozenset({"feedback.csat"}), timedelta(hours=1), None)
    (stage,) = read(silence, csat=Statistics(100, 99)).journeys[0].stages
    judged = stage.touchpoints[1].judgement
    assert judged is not None
    assert judged.health is Health.STALE
