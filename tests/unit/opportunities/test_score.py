"""The score, by the formula that people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.models import Weights
from service.opportunities.evidence import evidence, order_money, reach
from service.opportunities.models import Measured, Number, OrderMoney, Reach
from service.opportunities.score import business_of, gap_of, score
from tests.unit.opportunities.parcels import AROUND, FRAMEWORK, counted, opened

LEAD = opened().evidence.missed[0]
REACH = Reach(system="shop-de", affected=71, customers=205, joined=False)
MONEY = OrderMoney(currency="EUR", exponent=2, affected_minor=584_000, all_minor=1_730_000)
EQUAL = Weights()


def measured(value: float | None, at_least: float | None, at_most: float | None) -> Measured:
    objective = LEAD.objective.model_copy(update={"at_least": at_least, "at_most": at_most})
    number = Number(value=value, n=68, hits=41, low=0)
    return LEAD.model_copy(update={"objective": objective, "number": number})


def test_the_example_of_the_design_is_worth_41() -> None:
    found = opened().score
    assert [round(one) for one in (found.value, found.customer, found.gap.value)] == [41, 48, 29]
    assert found.reach is not None
    assert found.business is not None
    assert found.moment_of_truth is not None
    assert [round(found.reach.value), round(found.business.value)] == [35, 34]
    assert (found.moment_of_truth.value, found.moment_of_truth.basis) == (1.5, "declared")
    assert {found.gap.basis, found.reach.basis, found.business.basis} == {"measured"}
    assert found.effort is None


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "gap"),
    [
        (60, 85, None, 100 * 25 / 85),
        (6, None, 5, 20),
        (35, None, 5, 100),
        (90, 85, None, 0),
        (1, None, 0, 100),
        (0, None, 0, 0),
        (-30, -20, None, 50),
        (-5, 0, None, 100),
        (None, 85, None, 0),
    ],
)
def test_the_gap_is_the_shortfall_in_percent_of_the_objective(
    value: float | None, at_least: float | None, at_most: float | None, gap: float
) -> None:
    assert gap_of(measured(value, at_least, at_most)) == pytest.approx(gap)


@pytest.mark.parametrize(
    ("affected", "everybody", "business"), [(-50, 100, 0), (50, 0, None), (50, -100, None)]
)
def test_money_that_went_back_is_no_share_of_what_came(
    affected: int, everybody: int, business: float | None
) -> None:
    money = MONEY.model_copy(update={"affected_minor": affected, "all_minor": everybody})
    assert business_of(money) == business


def test_without_business_value_the_customer_value_is_the_value() -> None:
    found = score([LEAD], REACH, None, EQUAL)
    assert found.business is None
    assert found.value == found.customer


def test_without_anybody_counted_the_gap_is_the_customer_value() -> None:
    found = score([LEAD], None, None, EQUAL)
    assert found.reach is None
    assert found.customer == found.gap.value


def test_weights_move_the_value() -> None:
    found = score([LEAD], REACH, MONEY, Weights(customer=3, business=1))
    assert found.business is not None
    assert found.value == pytest.approx((3 * found.customer + found.business.value) / 4, abs=0.1)


def test_weights_of_nothing_leave_the_customer_value() -> None:
    found = score([LEAD], REACH, MONEY, Weights(customer=0, business=0))
    assert found.value == found.customer


def test_only_a_missed_metric_at_a_moment_of_truth_raises_the_value() -> None:
    assert opened(("delivery-csat",)).score.moment_of_truth is None
    assert opened(("late-parcels",)).score.customer == 100


@given(
    st.floats(-100, 100),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)
def test_the_value_is_always_between_0_and_100(
    value: float, affected: int, others: int, spent: int, rest: int
) -> None:
    whom = Reach(system="a", affected=affected, customers=affected + others, joined=True)
    money = OrderMoney(currency="EUR", exponent=2, affected_minor=spent, all_minor=spent + rest)
    truth = measured(value, 50, None).model_copy(update={"moment_of_truth": True})
    found = score([truth], whom, money, EQUAL)
    assert 0 <= found.value <= 100
    assert 0 <= found.customer <= 100


def test_reach_is_of_the_system_in_which_most_were_affected() -> None:
    found = reach(AROUND.crowds)
    assert found is not None
    assert (found.system, found.affected, found.customers, found.joined) == (
        "shop-de",
        71,
        205,
        False,
    )
    assert reach([]) is None


def test_order_money_is_unknown_where_no_affected_customer_could_be_found_among_orders() -> None:
    elsewhere = AROUND.orders._replace(affected_orders=0, systems=frozenset({"other-shop"}))
    assert order_money(AROUND._replace(orders=elsewhere)) is None
    assert order_money(AROUND._replace(orders=AROUND.orders._replace(money={}))) is None
    two = {("EUR", 2): (1, 2), ("SEK", 2): (1, 2)}
    assert order_money(AROUND._replace(orders=AROUND.orders._replace(money=two))) is None


def test_order_money_of_nobody_affected_is_zero_where_orders_and_problem_share_a_system() -> None:
    none = AROUND.orders._replace(affected_orders=0, money={("EUR", 2): (0, 500)})
    found = order_money(AROUND._replace(orders=none))
    assert found is not None
    assert found.affected_minor == 0


def test_evidence_names_what_else_is_off_and_where_it_is_worst() -> None:
    proof = evidence(FRAMEWORK, counted(), ("late-parcels",), AROUND)
    assert [one.metric.id for one in proof.also] == ["delivery-csat", "delivery-contacts"]
    assert proof.stands_out is not None
    assert (proof.stands_out.attribute, proof.stands_out.segment) == ("carrier", "NordPost")
    assert (proof.stands_out.here.hits, proof.stands_out.elsewhere.n) == (68, 102)
    assert proof.sample_events == ("typeform:r-9",)
