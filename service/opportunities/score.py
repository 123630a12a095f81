"""What an opportunity is worth, from 0 to 100, by a formula that fits on a card.

    value     mean of customer and business value by the framework's weights;
              the customer value alone while the business value is unknown
    customer  mean of gap and reach, at most 100; before that, times 1.5 if a missed metric is at a
              moment of truth
    gap       shortfall of the leading metric in % of its objective, at most 100      (measured)
    reach     affected customers in % of the stage's customers                       (measured)
    business  money of orders by affected customers in % of all of it, in the window (measured)
    effort    from 0 to 5, unknown until somebody tells it; no part of the value    (declared)

The leading metric is the first of the missed ones. A moment of truth is declared: the framework
says so.
"""

from collections.abc import Sequence
from typing import Final

from service.framework.models import Weights
from service.opportunities.models import (
    Component,
    Decision,
    Measured,
    OrderMoney,
    Reach,
    Score,
)

MOMENT_OF_TRUTH_FACTOR: Final = 1.5


def score(
    missed: Sequence[Measured], reach: Reach | None, money: OrderMoney | None, weights: Weights
) -> Score:
    """The score of an opportunity with these missed metrics, at least one."""
    gap, reached, business = gap_of(missed[0]), reach_of(reach), business_of(money)
    factor = MOMENT_OF_TRUTH_FACTOR if any(m.moment_of_truth for m in missed) else None
    customer = _customer_value(gap, reached, factor)
    return Score(
        value=_rounded(_value(customer, business, weights)),
        customer=_rounded(customer),
        gap=Component(value=_rounded(gap), basis="measured"),
        reach=_measured(reached),
        moment_of_truth=Component(value=factor, basis="declared") if factor else None,
        business=_measured(business),
        effort=None,
        customer_weight=weights.customer,
        business_weight=weights.business,
    )


def with_effort(worth: Score, told: Decision | None) -> Score:
    """The score with the effort that somebody told."""
    if told is None or told.effort is None:
        return worth
    return worth.model_copy(update={"effort": Component(value=told.effort, basis="declared")})


def gap_of(lead: Measured) -> float:
    """Shortfall in percent of the objective, 0 to 100; of an objective of zero, all or nothing."""
    value, objective = lead.number.value, lead.objective
    if value is None:
        return 0.0
    over = 0.0 if objective.at_most is None else value - objective.at_most
    under = 0.0 if objective.at_least is None else objective.at_least - value
    target = objective.at_most if over > 0 else objective.at_least
    shortfall = max(over, under, 0.0)
    if not shortfall or not target:
        return 100.0 if shortfall else 0.0
    return min(100.0, 100.0 * shortfall / abs(target))


def reach_of(reach: Reach | None) -> float | None:
    """Affected customers in percent of the stage's; None where nobody was counted."""
    if reach is None or reach.customers == 0:
        return None
    return 100.0 * reach.affected / reach.customers


def business_of(money: OrderMoney | None) -> float | None:
    """Order money of affected customers in percent of all; None where it is not known."""
    if money is None or money.all_minor <= 0:
        return None
    return 100.0 * max(0, money.affected_minor) / money.all_minor


def _customer_value(gap: float, reach: float | None, factor: float | None) -> float:
    mean = gap if reach is None else (gap + reach) / 2
    return min(100.0, mean * (factor or 1.0))


def _value(customer: float, business: float | None, weights: Weights) -> float:
    total = weights.customer + weights.business
    if business is None or total == 0:
        return customer
    return (weights.customer * customer + weights.business * business) / total


def _measured(value: float | None) -> Component | None:
    return None if value is None else Component(value=_rounded(value), basis="measured")


def _rounded(value: float) -> float:
    return round(value, 1)
