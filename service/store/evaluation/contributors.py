"""Who and what is behind the numbers: customers, their money, their newest events.

Counted from the stored contributions, a triple (series, flags, value) each.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.canonical import CanonicalEvent, decode
from service.event import Money
from service.metrics.buckets import Window
from service.opportunities.affected import Contributors
from service.opportunities.evidence import Crowd, Orders, longest
from service.store.evaluation.values import values_table, window_columns
from service.store.reading import bounds
from service.store.tables import event, placing, series


async def distinct_customers(
    connection: AsyncConnection, wanted: Sequence[Contributors]
) -> list[int]:
    """Behind each of `wanted`, how many distinct customers there are."""
    if not wanted:
        return []
    contributed = _contributed(wanted)
    query = select(contributed.c.number, func.count(contributed.c.customer.distinct())).group_by(
        contributed.c.number
    )
    found: dict[int, int] = dict((await connection.execute(query)).all())
    return [found.get(number, 0) for number in range(len(wanted))]


async def crowds(
    connection: AsyncConnection,
    stage: str,
    window: Window,
    affected: Sequence[Contributors],
    systems: Mapping[str, str],
) -> list[Crowd]:
    """The customers of a stage by the system that they came from, and how many were affected.

    `systems` has the system of each source.
    """
    of = values_table(
        "of", ("source", Text, list(systems)), ("system", Text, list(systems.values()))
    )
    who = _affected(affected).subquery("who")
    query = (
        select(
            of.c.system,
            func.count(who.c.customer.distinct()),
            func.count(event.c.customer.distinct()),
        )
        .join_from(event, of, of.c.source == event.c.source)
        .outerjoin(who, who.c.customer == event.c.customer)
        .where(*bounds(window), event.c.placements.bool_op("&&")(_placings(stage)))
        .group_by(of.c.system)
        .order_by(of.c.system)
    )
    return [Crowd(*row) for row in await connection.execute(query)]


async def orders(
    connection: AsyncConnection, window: Window, affected: Sequence[Contributors]
) -> Orders:
    """The money of the orders placed in the window, and how much of it affected customers spent."""
    who = _affected(affected)
    query = select(event.c.document, event.c.customer.in_(who)).where(
        *bounds(window), event.c.kind == "sales.order.placed"
    )
    money: dict[tuple[str, int], tuple[int, int]] = {}
    systems: set[str] = set()
    affected_orders = 0
    async for document, is_affected in await connection.stream(query):
        order = decode(document)
        systems.add(order.system)
        affected_orders += is_affected
        if order.money is not None:
            _add_money(money, order.money, order.money.minor * is_affected)
    return Orders(money, affected_orders, frozenset(systems))


async def newest_affected(
    connection: AsyncConnection, affected: Sequence[Contributors], limit: int
) -> list[CanonicalEvent]:
    """The newest events that speak against an objective, in an order that the events decide."""
    contributed = _contributed(affected)
    columns = (contributed.c.occurred_at, contributed.c.document)
    query = select(*columns).distinct().order_by(*(one.desc() for one in columns)).limit(limit)
    return [decode(document) for _, document in await connection.execute(query)]


def _contributed(wanted: Sequence[Contributors]) -> Subquery:
    """The events behind each of `wanted`, by its number; one row for each contribution."""
    asked = values_table(
        "asked",
        ("number", Integer, range(len(wanted))),
        ("metric", Text, [one.metric for one in wanted]),
        ("scope", Text, [one.scope for one in wanted]),
        ("having", BigInteger, [one.having for one in wanted]),
        ("lacking", BigInteger, [one.lacking for one in wanted]),
        ("above", BigInteger, [one.above for one in wanted]),
        ("below", BigInteger, [one.below for one in wanted]),
        *window_columns(one.window for one in wanted),
    )
    triples = func.generate_series(1, func.cardinality(event.c.contributions), 3)
    at = triples.table_valued(column("first", Integer), name="at").render_derived()
    flags = event.c.contributions[at.c.first + 1]
    value = event.c.contributions[at.c.first + 2]
    return (
        select(asked.c.number, event.c.customer, event.c.occurred_at, event.c.document)
        .select_from(event.join(at, true()))
        .join(series, series.c.id == event.c.contributions[at.c.first])
        .join(asked, (asked.c.metric == series.c.metric) & (asked.c.scope == series.c.scope))
        .where(
            series.c.segment == "",
            *bounds(longest(one.window for one in wanted)),
            event.c.occurred_at >= asked.c.window_start,
            event.c.occurred_at < asked.c.window_end,
            flags.bitwise_and(asked.c.having) == asked.c.having,
            flags.bitwise_and(asked.c.lacking) == 0,
            or_(asked.c.above.is_(None), value > asked.c.above),
            or_(asked.c.below.is_(None), value < asked.c.below),
        )
        .subquery("contributed")
    )


def _affected(affected: Sequence[Contributors]) -> Select[tuple[bytes]]:
    return select(_contributed(affected).c.customer).distinct()


def _placings(stage: str) -> ScalarSelect[Any]:
    """The numbers of the placings at the stage's touchpoints, as one array."""
    numbers = select(placing.c.id).where(
        placing.c.touchpoint.startswith(f"{stage}/", autoescape=True)
    )
    return select(func.array(numbers.scalar_subquery())).scalar_subquery()


def _add_money(
    money: dict[tuple[str, int], tuple[int, int]], spent: Money, of_affected: int
) -> None:
    """Adds what one order cost to its currency."""
    currency = (spent.currency, spent.exponent)
    before_affected, before_all = money.get(currency, (0, 0))
    money[currency] = (before_affected + of_affected, before_all + spent.minor)
