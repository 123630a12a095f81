"""What a check reads and writes. All of it belongs to one REPEATABLE READ transaction.

Windows are in microseconds of event time. Customers and affected customers are counted from the
stored contributions, a triple (series, flags, value) each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Subquery,
    TableValuedAlias,
    Text,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.canonical import CanonicalEvent, decode
from service.event import Money
from service.metrics.buckets import Window
from service.metrics.statistics import Statistics
from service.offsets import own_offset
from service.opportunities.affected import Contributors
from service.opportunities.evidence import Crowd, Orders, longest
from service.opportunities.lifecycle import Check
from service.opportunities.models import Opportunity, Reached
from service.store.reading import DAY_US
from service.store.tables import (
    Time,
    bucket,
    event,
    ledger,
    letter_journal,
    milestone,
    objective_check,
    opportunity,
    placing,
    postponed,
    rebuild,
    series,
)
from service.store.tables import moment as marked
from service.store.tables import revision as applied
from service.store.times import moment

Offsets: TypeAlias = Mapping[tuple[str, int], int]
"""By topic and partition."""


class CheckRow(NamedTuple):
    """A check as it is written once. The objective is named by its metric."""

    objective: str
    revision: int
    check: Check


class Sum(NamedTuple):
    """The numbers of a metric at its place within a window, split by segment."""

    metric: str
    scope: str
    window: Window


class Arrival(NamedTuple):
    """A customer's earliest event at a milestone's touchpoint."""

    customer: bytes
    event: CanonicalEvent


# --- where everybody is -----------------------------------------------------------------------


async def ledger_offsets(connection: AsyncConnection, group: str) -> dict[tuple[str, int], int]:
    """The next offset of every partition that the group knows."""
    columns = (ledger.c.topic, ledger.c.partition, ledger.c.next_offset)
    rows = await connection.execute(select(*columns).where(ledger.c.consumer_group == group))
    return {(topic, partition): offset for topic, partition, offset in rows}


async def postponed_events(connection: AsyncConnection) -> int:
    """How many stored events wait to be placed again."""
    return int(await connection.scalar(select(func.count()).select_from(postponed)) or 0)


async def read_to(connection: AsyncConnection, group: str) -> dict[tuple[str, int], int]:
    """How far each partition was read, as its topic counts; one that was made anew not at all."""
    columns = (ledger.c.topic, ledger.c.partition, ledger.c.next_offset)
    rows = await connection.execute(
        select(*columns).where(ledger.c.consumer_group == group, ledger.c.made_anew_at.is_(None))
    )
    return {(topic, partition): own_offset(offset) for topic, partition, offset in rows}


async def is_rebuilding(connection: AsyncConnection) -> bool:
    """Whether a rebuild is under way, or was cut off."""
    return bool(await connection.scalar(select(exists().where(rebuild.c.ended_at.is_(None)))))


async def heard_of(connection: AsyncConnection, sources: Sequence[str], since: datetime) -> bool:
    """Whether there is an event of one of the sources whose record is from `since` or later."""
    heard = exists().where(event.c.source.in_(sources), event.c.record_time >= since)
    return bool(await connection.scalar(select(heard)))


async def applied_files(connection: AsyncConnection, revision: int) -> dict[str, str]:
    """The files of an applied revision, by name."""
    query = select(applied.c.files).where(applied.c.id == revision)
    return dict((await connection.execute(query)).scalar_one())


# --- numbers ----------------------------------------------------------------------------------


async def sums(
    connection: AsyncConnection, wanted: Sequence[Sum]
) -> dict[Sum, dict[str, Statistics]]:
    """The statistics of each, by segment (`` for all events); what has no events is absent."""
    if not wanted:
        return {}
    asked = _table(
        "asked",
        ("number", Integer, range(len(wanted))),
        ("metric", Text, [one.metric for one in wanted]),
        ("scope", Text, [one.scope for one in wanted]),
        *_bounds(one.window for one in wanted),
    )
    totals = [func.sum(bucket.c[name]) for name in Statistics._fields]
    query = (
        select(asked.c.number, series.c.segment, *totals)
        .join_from(
            asked,
            series,
            (series.c.metric == asked.c.metric) & (series.c.scope == asked.c.scope),
        )
        .join(
            bucket,
            (bucket.c.series == series.c.id)
            & (bucket.c.start >= asked.c.window_start)
            & (bucket.c.start < asked.c.window_end),
        )
        .group_by(asked.c.number, series.c.segment)
    )
    found: dict[Sum, dict[str, Statistics]] = {one: {} for one in wanted}
    for number, segment, *statistics in await connection.execute(query):
        found[wanted[number]][segment] = Statistics(*map(int, statistics))
    return found


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
    of = _table("of", ("source", Text, list(systems)), ("system", Text, list(systems.values())))
    who = _affected(affected).subquery("who")
    query = (
        select(
            of.c.system,
            func.count(who.c.customer.distinct()),
            func.count(event.c.customer.distinct()),
        )
        .join_from(event, of, of.c.source == event.c.source)
        .outerjoin(who, who.c.customer == event.c.customer)
        .where(*_within(window), event.c.placements.bool_op("&&")(_placings(stage)))
        .group_by(of.c.system)
        .order_by(of.c.system)
    )
    return [Crowd(*row) for row in await connection.execute(query)]


async def orders(
    connection: AsyncConnection,
    window: Window,
    affected: Sequence[Contributors],
) -> Orders:
    """The money of the orders placed in the window, and how much of it affected customers spent."""
    who = _affected(affected)
    query = select(event.c.document, event.c.customer.in_(who)).where(
        *_within(window), event.c.kind == "sales.order.placed"
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


# --- checks -----------------------------------------------------------------------------------


async def write_checks(
    connection: AsyncConnection, rows: Sequence[CheckRow], offsets: Offsets
) -> set[str]:
    """Writes the checks that were not made yet; the objectives of those that it wrote."""
    snapshot = offsets_document(offsets)
    decided = select(func.coalesce(func.max(letter_journal.c.id), 0)).scalar_subquery()
    written = (
        insert(objective_check).on_conflict_do_nothing().returning(objective_check.c.objective)
    )
    values = [
        {
            "objective": row.objective,
            "revision": row.revision,
            "offsets": snapshot,
            "decided_letters": decided,
            **row.check._asdict(),
        }
        for row in rows
    ]
    if not values:
        return set()
    new = written.values(values).returning(objective_check.c.objective)
    return set((await connection.execute(new)).scalars())


def offsets_document(offsets: Offsets) -> dict[str, dict[str, int]]:
    """Offsets as they are stored: by topic, then by partition as text."""
    document: dict[str, dict[str, int]] = {}
    for (topic, partition), offset in sorted(offsets.items()):
        document.setdefault(topic, {})[str(partition)] = offset
    return document


async def last_checked(
    connection: AsyncConnection, objectives: Sequence[str]
) -> dict[str, datetime]:
    """When each objective was checked last; one that never was is absent."""
    asked = _table("asked", ("objective", Text, objectives))
    newest = (
        select(func.max(objective_check.c.checked_at))
        .where(objective_check.c.objective == asked.c.objective)
        .scalar_subquery()
    )
    rows = await connection.execute(select(asked.c.objective, newest))
    return {objective: time for objective, time in rows if time is not None}


async def newest_checks(
    connection: AsyncConnection, objectives: Sequence[str], until: datetime, limit: int
) -> dict[str, list[Check]]:
    """Of each objective, at most `limit` checks up to `until`, newest first."""
    asked = _table("asked", ("objective", Text, objectives))
    columns = [objective_check.c[name] for name in Check._fields]
    newest = (
        select(*columns)
        .where(
            objective_check.c.objective == asked.c.objective, objective_check.c.checked_at <= until
        )
        .order_by(objective_check.c.checked_at.desc())
        .limit(limit)
        .lateral("newest")
    )
    query = select(asked.c.objective, newest).order_by(
        asked.c.objective, newest.c.checked_at.desc()
    )
    found: dict[str, list[Check]] = {objective: [] for objective in objectives}
    for objective, *check in await connection.execute(query):
        found[objective].append(Check(*check))
    return found


# --- opportunities and milestones -------------------------------------------------------------


async def newest_opportunities(
    connection: AsyncConnection,
) -> dict[tuple[str, str], Opportunity]:
    """The newest opportunity of each detector and stage, locked until the transaction ends."""
    newest = select(func.max(opportunity.c.id)).group_by(
        opportunity.c.detector, opportunity.c.stage
    )
    query = (
        select(opportunity.c.document)
        .where(opportunity.c.id.in_(newest))
        .order_by(opportunity.c.id)
        .with_for_update()
    )
    documents = (await connection.execute(query)).scalars()
    found = (Opportunity.model_validate(document) for document in documents)
    return {(one.detector, one.stage): one for one in found}


async def next_opportunity_id(connection: AsyncConnection) -> int:
    """The number of the next opportunity: they are counted from 1 without gaps."""
    newest = await connection.scalar(select(func.max(opportunity.c.id)))
    return (newest or 0) + 1


async def save_opportunity(connection: AsyncConnection, document: Opportunity) -> None:
    """Writes the opportunity as of its newest transition."""
    changing = {
        "state": document.state,
        "sequence": document.sequence,
        "changed_at": document.changed_at,
        "recovered_at": document.recovered_at,
        "document": document.model_dump(mode="json"),
    }
    saved = insert(opportunity).values(
        id=document.id,
        detector=document.detector,
        stage=document.stage,
        opened_at=document.opened_at,
        **changing,
    )
    saved = saved.on_conflict_do_update(index_elements=[opportunity.c.id], set_=changing)
    await connection.execute(saved)


async def arrivals(connection: AsyncConnection, detector: str, touchpoint: str) -> list[Arrival]:
    """Customers at the touchpoint who were not told of yet, in the order in which they came.

    A customer who was there more than once came with the earliest event, by (occurred_at,
    system, event id).
    """
    told = exists().where(
        milestone.c.detector == detector, milestone.c.customer == marked.c.customer
    )
    query = (
        select(marked.c.customer, event.c.document)
        .join_from(
            marked,
            event,
            (event.c.id == marked.c.event_id) & (event.c.record_time == marked.c.record_time),
        )
        .where(marked.c.touchpoint == touchpoint, ~told)
    )
    found = [Arrival(customer, decode(doc)) for customer, doc in await connection.execute(query)]
    found.sort(key=lambda one: (one.event.occurred_at_us, one.event.system, one.event.id))
    first: dict[bytes, Arrival] = {}
    for arrival in found:
        first.setdefault(arrival.customer, arrival)
    return list(first.values())


async def save_reached(connection: AsyncConnection, documents: Iterable[Reached]) -> None:
    """Writes that these customers reached their milestones."""
    rows = [
        {
            "detector": one.detector,
            "customer": bytes.fromhex(one.customer),
            "touchpoint": one.touchpoint,
            "event": one.event,
            "occurred_at": one.occurred_at,
            "checked_at": one.checked_at,
        }
        for one in documents
    ]
    if rows:
        await connection.execute(insert(milestone), rows)


# --- parts of statements ----------------------------------------------------------------------


def _table(name: str, *columns: tuple[str, Any, Iterable[Any]]) -> TableValuedAlias:
    """Values as a table: (name, type, one value a row) for each column."""
    values = [literal(list(rows), ARRAY(type_)) for _, type_, rows in columns]
    described = [column(label, type_) for label, type_, _ in columns]
    return func.unnest(*values).table_valued(*described, name=name).render_derived()


def _bounds(windows: Iterable[Window]) -> list[tuple[str, Any, list[datetime]]]:
    starts, ends = zip(*windows, strict=True)
    return [
        ("window_start", Time, [moment(start) for start in starts]),
        ("window_end", Time, [moment(end) for end in ends]),
    ]


def _within(window: Window) -> tuple[ColumnElement[bool], ...]:
    """Bounds on event time, and what follows from them for record time: fewer partitions."""
    return (
        event.c.occurred_at >= moment(window.start_us),
        event.c.occurred_at < moment(window.end_us),
        event.c.record_time >= moment(window.start_us - DAY_US),
    )


def _contributed(wanted: Sequence[Contributors]) -> Subquery:
    """The events behind each of `wanted`, by its number; one row for each contribution."""
    asked = _table(
        "asked",
        ("number", Integer, range(len(wanted))),
        ("metric", Text, [one.metric for one in wanted]),
        ("scope", Text, [one.scope for one in wanted]),
        ("having", BigInteger, [one.having for one in wanted]),
        ("lacking", BigInteger, [one.lacking for one in wanted]),
        ("above", BigInteger, [one.above for one in wanted]),
        ("below", BigInteger, [one.below for one in wanted]),
        *_bounds(one.window for one in wanted),
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
            *_within(longest(one.window for one in wanted)),
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
