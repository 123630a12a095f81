"""Which contributions a placed event makes: places, scopes, segments, errors, and that they add
up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent, Subject
from service.event import Score
from service.framework.models import Framework
from service.metrics.buckets import together
from service.metrics.measuring import Measures
from service.metrics.statistics import Contribution, Series, Statistics

ORDER = "purchase/buy/order-placed"
PARCEL = "purchase/receive/parcel-arrives"
SURVEY = "purchase/receive/delivery-survey"
BUY, RECEIVE = "purchase/buy", "purchase/receive"
PLACES = (ORDER, PARCEL, SURVEY)

LATE = {
    "id": "late",
    "formula": "rate",
    "of": "sales.order.delivered",
    "at": PARCEL,
    "counts_when": "event.attributes.hours > 72",
}
CONTACTS = {"id": "contacts", "formula": "ratio", "of": "support.contact", "at": PARCEL}
VISITS = {"id": "visits", "formula": "count", "of": "behaviour.page", "at": RECEIVE}
SPEND = {
    "id": "spend",
    "formula": "sum",
    "of": "sales.order.placed",
    "at": ORDER,
    "value": "event.attributes.amount",
    "unit": "EUR",
    "decimals": 2,
}
CSAT = {"id": "csat", "formula": "csat", "of": "feedback.csat", "at": SURVEY}


def framework(*metrics: dict[str, Any], segment: str | None = None) -> Framework:
    """A journey of two stages and three touchpoints."""
    stages = {"buy": ["order-placed"], "receive": ["parcel-arrives", "delivery-survey"]}
    return Framework.model_validate(
        {
            "framework": "shop",
            "segment": segment,
            "journeys": [
                {
                    "id": "purchase",
                    "title": "I buy something",
                    "owner": "shop",
                    "stages": [
                        {
                            "id": stage,
                            "title": stage,
                            "owner": "shop",
                            "touchpoints": [{"id": each, "title": each} for each in touchpoints],
                        }
                        for stage, touchpoints in stages.items()
                    ],
                }
            ],
            "metrics": [{"title": "A metric", **metric} for metric in metrics],
        }
    )


def measures(*metrics: dict[str, Any], segment: str | None = None) -> Measures:
    return Measures.compile(framework(*metrics, segment=segment))


def event(kind: str, score: Score | None = None, **attributes: Any) -> CanonicalEvent:
    return CanonicalEvent(
        system="shop-de",
        id="1",
        kind=kind,
        occurred_at_us=0,
        subject=Subject("email", "0" * 32),
        fact_id="1",
        score=score,
        attributes=attributes,
    )


def by_scope(contributions: tuple[Contribution, ...]) -> dict[str, Statistics]:
    """Statistics by scope, of contributions to one metric without segments."""
    return {each.series.scope: each.statistics for each in contributions}


def test_a_metric_at_a_touchpoint_counts_there_and_at_its_stage() -> None:
    """Late by more than 72 hours is a hit."""
    late = measures(LATE).contributions(event("sales.order.delivered", hours=80), [PARCEL])
    assert by_scope(late) == {PARCEL: Statistics(1, 1), RECEIVE: Statistics(1, 1)}
    punctual = measures(LATE).contributions(event("sales.order.delivered", hours=72), [PARCEL])
    assert by_scope(punctual) == {PARCEL: Statistics(1), RECEIVE: Statistics(1)}


@pytest.mark.parametrize(
    ("kind", "touchpoints"),
    [
        ("sales.order.placed", [PARCEL]),
        ("sales.order.delivered", [SURVEY]),
        ("sales.order.delivered", []),
    ],
    ids=["another kind", "another touchpoint", "unplaced"],
)
def test_other_events_add_nothing(kind: str, touchpoints: list[str]) -> None:
    """Kind and touchpoint must both be the metric's."""
    assert measures(LATE).contributions(event(kind, hours=80), touchpoints) == ()


def test_a_metric_at_a_stage_counts_once_there_and_at_each_touchpoint() -> None:
    """A page seen at two touchpoints of the stage is one event of the stage."""
    counted = measures(VISITS).contributions(event("behaviour.page"), [PARCEL, SURVEY, ORDER])
    assert by_scope(counted) == {
        PARCEL: Statistics(1),
        SURVEY: Statistics(1),
        RECEIVE: Statistics(1),
    }
    assert len(counted) == 3


def test_a_touchpoint_named_twice_counts_once() -> None:
    """Two rules may place an event at one touchpoint."""
    once = measures(LATE).contributions(event("sales.order.delivered", hours=80), [PARCEL])
    twice = measures(LATE).contributions(event("sales.order.delivered", hours=80), [PARCEL, PARCEL])
    assert twice == once


def test_the_denominator_of_a_ratio_goes_where_the_ratio_is() -> None:
    """Orders are placed elsewhere and count at the contacts' touchpoint and stage."""
    ratio = measures({**CONTACTS, "per": ORDER, "per_kind": "sales.order.placed"})
    order = ratio.contributions(event("sales.order.placed"), [ORDER])
    contact = ratio.contributions(event("support.contact"), [PARCEL])
    assert by_scope(order) == {PARCEL: Statistics(1), RECEIVE: Statistics(1)}
    assert by_scope(contact) == {PARCEL: Statistics(0, 1), RECEIVE: Statistics(0, 1)}
    assert ratio.contributions(event("sales.order.paid"), [ORDER]) == ()
    assert ratio.contributions(event("support.contact"), [ORDER]) == ()


def test_without_a_kind_everything_at_the_place_is_the_denominator() -> None:
    """Kinds that no metric names, and kinds that other metrics name."""
    ratio = measures({**CONTACTS, "per": ORDER}, SPEND)
    assert by_scope(ratio.contributions(event("x.visit"), [ORDER])) == {
        PARCEL: Statistics(1),
        RECEIVE: Statistics(1),
    }
    paid = ratio.contributions(event("sales.order.placed", amount=3), [ORDER])
    assert {each.series.metric for each in paid} == {"contacts", "spend"}


@pytest.mark.parametrize("touchpoints", [[PARCEL], [PARCEL, SURVEY]])
def test_an_event_may_be_numerator_and_denominator(touchpoints: list[str]) -> None:
    """Where the ratio is per its own stage: one contribution that is both."""
    ratio = measures({**CONTACTS, "per": RECEIVE})
    found = ratio.contributions(event("support.contact"), touchpoints)
    assert by_scope(found) == {PARCEL: Statistics(1, 1), RECEIVE: Statistics(1, 1)}
    assert len(found) == 2


def test_the_two_roles_may_come_from_two_touchpoints() -> None:
    """Placed at the ratio's touchpoint and at its denominator's by two rules."""
    ratio = measures({**CONTACTS, "per": ORDER})
    found = ratio.contributions(event("support.contact"), [ORDER, PARCEL])
    assert by_scope(found) == {PARCEL: Statistics(1, 1), RECEIVE: Statistics(1, 1)}


def test_a_ratio_at_a_stage_is_kept_for_the_stage_alone() -> None:
    """Its denominator belongs to no touchpoint."""
    ratio = measures({**CONTACTS, "at": RECEIVE, "per": ORDER})
    assert by_scope(ratio.contributions(event("support.contact"), [SURVEY, PARCEL])) == {
        RECEIVE: Statistics(0, 1)
    }
    assert by_scope(ratio.contributions(event("sales.order.placed"), [ORDER])) == {
        RECEIVE: Statistics(1)
    }


def test_where_leaves_out_numerators_only() -> None:
    """A denominator is not asked."""
    ratio = measures(
        {**CONTACTS, "per": ORDER, "where": 'event.attributes.topic == "late"'},
    )
    late = ratio.contributions(event("support.contact", topic="late"), [PARCEL])
    assert by_scope(late) == {PARCEL: Statistics(0, 1), RECEIVE: Statistics(0, 1)}
    assert ratio.contributions(event("support.contact", topic="other"), [PARCEL]) == ()
    assert ratio.contributions(event("support.contact"), [PARCEL]) == ()
    assert len(ratio.contributions(event("sales.order.placed"), [ORDER])) == 2


@pytest.mark.parametrize("attributes", [{}, {"hours": "many"}])
def test_what_cannot_be_judged_is_not_counted(attributes: dict[str, Any]) -> None:
    """An absent attribute, or text where a number is asked for."""
    delivered = event("sales.order.delivered", **attributes)
    assert measures(LATE).contributions(delivered, [PARCEL]) == ()


@pytest.mark.parametrize("attributes", [{}, {"amount": "12"}, {"amount": True}, {"amount": 1e300}])
def test_a_value_that_is_no_number_is_not_counted(attributes: dict[str, Any]) -> None:
    """Absent, text, a truth value, or beyond what is stored."""
    assert measures(SPEND).contributions(event("sales.order.placed", **attributes), [ORDER]) == ()


def test_a_value_is_kept_in_whole_units() -> None:
    """EUR 12.40 is 1240 cents."""
    found = measures(SPEND).contributions(event("sales.order.placed", amount=12.4), [ORDER])
    assert by_scope(found)[ORDER] == Statistics(1, 0, 0, 1240, 1240**2)


def test_an_answer_without_a_score_is_not_counted() -> None:
    """Somebody only wrote a comment."""
    csat = measures(CSAT)
    assert csat.contributions(event("feedback.csat"), [SURVEY]) == ()
    good = csat.contributions(event("feedback.csat", Score(4, 1, 5, 5)), [SURVEY])
    assert by_scope(good)[SURVEY] == Statistics(1, 1, 0, 4, 16)


def test_each_scope_is_kept_for_all_and_for_the_segment() -> None:
    """The carrier of this event, or unknown."""
    csat = measures(CSAT, segment="carrier")
    answered = event("feedback.csat", Score(4, 1, 5, 5), carrier="NordPost")
    assert [each.series for each in csat.contributions(answered, [SURVEY])] == [
        Series("csat", SURVEY, ""),
        Series("csat", SURVEY, "carrier=NordPost"),
        Series("csat", RECEIVE, ""),
        Series("csat", RECEIVE, "carrier=NordPost"),
    ]
    nobody = csat.contributions(event("feedback.csat", Score(4, 1, 5, 5)), [SURVEY])
    assert {each.series.segment for each in nobody} == {"", "carrier=unknown"}


def test_an_expression_that_is_not_valid_is_refused() -> None:
    """With the metric and the place of the mistake."""
    with pytest.raises(ValueError, match=r"metric late cannot be measured: 1:7 .*hours"):
        measures({**LATE, "counts_when": "event.hours > 72"})
    with pytest.raises(ValueError, match="metric spend cannot be measured"):
        measures({**SPEND, "value": 'event.kind == "x.y"'})


ALL = (LATE, {**CONTACTS, "per": BUY}, VISITS, SPEND, CSAT, {**CSAT, "id": "any", "at": RECEIVE})
EVERYTHING = measures(*ALL, segment="carrier")
KINDS = sorted({str(metric["of"]) for metric in ALL} | {"x.else"})

events = st.builds(
    event,
    st.sampled_from(KINDS),
    st.none() | st.integers(1, 5).map(lambda answer: Score(answer, 1, 5, 5)),
    carrier=st.sampled_from(["a", "b", "", 3, 3.0]),
    hours=st.integers(60, 80),
    amount=st.floats(0, 99),
)
placements = st.lists(st.sampled_from(PLACES), max_size=4)


@given(events, placements)
def test_an_event_adds_to_a_series_at_most_once(
    happened: CanonicalEvent, touchpoints: list[str]
) -> None:
    """Whatever its placements, and in whatever order they come."""
    found = EVERYTHING.contributions(happened, touchpoints)
    assert len({each.series for each in found}) == len(found)
    assert set(found) == set(EVERYTHING.contributions(happened, touchpoints[::-1]))
    assert all({each.counted, each.hit, each.low} <= {0, 1} for each in found)


@given(st.lists(st.tuples(events, placements)))
def test_the_segments_add_up_to_the_whole(
    happened: list[tuple[CanonicalEvent, list[str]]],
) -> None:
    """For every metric and scope, the sum over its segments is what is kept for all events."""
    found = [each for one, places in happened for each in EVERYTHING.contributions(one, places)]
    for metric, scope in {(each.series.metric, each.series.scope) for each in found}:
        here = [
            each for each in found if (each.series.metric, each.series.scope) == (metric, scope)
        ]
        whole = together(each.statistics for each in here if each.series.segment == "")
        parts = together(each.statistics for each in here if each.series.segment != "")
        assert whole == parts


@given(events, placements)
def test_more_placements_never_take_anything_away(
    happened: CanonicalEvent, touchpoints: list[str]
) -> None:
    """What one placement adds to is added to by all of them together."""
    together_at = {each.series for each in EVERYTHING.contributions(happened, touchpoints)}
    one_by_one = {
        each.series
        for touchpoint in touchpoints
        for each in EVERYTHING.contributions(happened, [touchpoint])
    }
    assert together_at == one_by_one
