"""A shop in a database as ingest would have left it, and an evaluator whose clock a test sets."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.canonical import CanonicalEvent, Subject, encode
from service.evaluate.checking import Terms
from service.evaluate.evaluator import SEAT, Evaluator, Outcome, Surroundings
from service.event import Money
from service.framework.models import Framework, Source
from service.metrics.buckets import bucket_start_us
from service.opportunities.affected import COUNTED, HIT
from service.store import tables
from service.store.election import take_fence
from service.store.times import microseconds, moment
from service.telemetry import Metrics, make_metrics
from tests.unit.opportunities.parcels import FRAMEWORK

HOUR: Final = timedelta(hours=1)
NOON: Final = datetime.fromisoformat("2026-05-07T12:00:00+00:00")
ARRIVES: Final = "purchase/receive/parcel-arrives"
TOPIC: Final = "shop.webhooks"
GROUP: Final = "signalbox"

SHOP: Final = FRAMEWORK.model_copy(
    update={
        "sources": (
            Source.model_validate(
                {"id": "shop", "connector": "shopify", "system": "shop-de", "topic": TOPIC}
            ),
        )
    }
)


@asynccontextmanager
async def engine_of(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    try:
        yield engine
    finally:
        await engine.dispose()


class Parcel(NamedTuple):
    """A parcel that arrived. The carrier is the segment."""

    customer: int
    late: bool
    carrier: str = "NordPost"


@dataclass
class FakeWorld:
    """The world outside the database: its time, and where the topics end."""

    time: datetime = NOON
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: {(TOPIC, 0): 0})

    async def now(self) -> datetime:
        return self.time

    async def end_offsets(self, topics: Iterable[str]) -> Mapping[tuple[str, int], int]:
        assert list(topics) == [TOPIC]
        return dict(self.ends)


class Shop:
    """Writes what ingest would have written, row by row."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._ids = count(1)

    async def apply(self, framework: Framework = SHOP, revision: int = 1) -> None:
        """The framework counts from now on. Its file is the framework as JSON."""
        row = {
            "id": revision,
            "author": "test",
            "digest": b"",
            "files": {"shop": framework.model_dump_json(exclude_defaults=True)},
            "changes": [],
            "history": {},
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(tables.revision), row)

    async def read_to(self, offset: int) -> None:
        row = {
            "consumer_group": GROUP,
            "topic": TOPIC,
            "partition": 0,
            "first_offset": 0,
            "next_offset": offset,
            "revision": 1,
        }
        written = upsert(tables.ledger).values(row)
        written = written.on_conflict_do_update(
            index_elements=["consumer_group", "topic", "partition"],
            set_={"next_offset": offset},
        )
        async with self.engine.begin() as connection:
            await connection.execute(written)

    async def arrive(self, at: datetime, parcels: Sequence[Parcel]) -> None:
        """Parcels arrive, and count in the rate of late ones, whole and by carrier."""
        placing = await self._number(tables.placing, rule="arrived", touchpoint=ARRIVES)
        for parcel in parcels:
            numbers = [
                await self._number(
                    tables.series, metric="late-parcels", scope=ARRIVES, segment=segment
                )
                for segment in ("", f"carrier={parcel.carrier}")
            ]
            flags = COUNTED | HIT if parcel.late else COUNTED
            await self._happen(
                self._event("sales.order.delivered", at, parcel.customer),
                placements=[placing],
                contributions=[one for number in numbers for one in (number, flags, 0)],
            )
            for number in numbers:
                await self._add(number, at, hits=int(parcel.late))

    async def order(self, at: datetime, customer: int, minor: int) -> None:
        event = self._event("sales.order.placed", at, customer, Money(minor, "EUR"))
        await self._happen(event)

    async def mark(self, at: datetime, customer: int) -> str:
        """The customer is at the milestone's touchpoint; the event as signals name it."""
        event = self._event("sales.order.delivered", at, customer)
        number = await self._happen(event)
        row = {
            "touchpoint": ARRIVES,
            "event_id": number,
            "customer": bytes.fromhex(event.subject.key),
            "occurred_at": at,
            "record_time": at,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(tables.moment), row)
        return f"{event.system}:{event.fact_id}"

    async def rows(self, table: Any, *order: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(select(table).order_by(*order)))

    async def signals(self) -> list[tuple[str, str]]:
        """Every signal with its state, in the order in which they were stored."""
        rows = await self.rows(tables.outbox, tables.outbox.c.id)
        return [(row.signal, row.state) for row in rows]

    def _event(
        self, kind: str, at: datetime, customer: int, money: Money | None = None
    ) -> CanonicalEvent:
        name = f"{kind}:{next(self._ids):06}"
        return CanonicalEvent(
            system="shop-de",
            id=name,
            kind=kind,
            occurred_at_us=microseconds(at),
            subject=Subject("shop-de:customer", f"{customer:032x}"),
            fact_id=name,
            money=money,
        )

    async def _happen(
        self,
        event: CanonicalEvent,
        placements: Sequence[int] = (),
        contributions: Sequence[int] = (),
    ) -> int:
        number = next(self._ids)
        time = moment(event.occurred_at_us)
        row = {
            "id": number,
            "record_time": time,
            "occurred_at": time,
            "source": "shop",
            "kind": event.kind,
            "customer": bytes.fromhex(event.subject.key),
            "revision": 1,
            "placements": list(placements),
            "contributions": list(contributions),
            "topic": TOPIC,
            "partition": 0,
            "offset": number,
            "item": 0,
            "document": encode(event),
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(tables.event), row)
        return number

    async def _number(self, table: Any, **named: str) -> int:
        async with self.engine.begin() as connection:
            await connection.execute(upsert(table).values(named).on_conflict_do_nothing())
            number: int = (
                await connection.execute(select(table.c.id).filter_by(**named))
            ).scalar_one()
        return number

    async def _add(self, series: int, at: datetime, hits: int) -> None:
        start = moment(bucket_start_us(microseconds(at)))
        sums = {"n": 1, "hits": hits, "low": 0, "total": 0, "squares": 0}
        bucket = upsert(tables.bucket).values(series=series, start=start, stripe=0, **sums)
        bucket = bucket.on_conflict_do_update(
            index_elements=["series", "start", "stripe"],
            set_={"n": tables.bucket.c.n + 1, "hits": tables.bucket.c.hits + hits},
        )
        async with self.engine.begin() as connection:
            await connection.execute(bucket)

    async def raise_epoch(self) -> None:
        """Another evaluator takes the fence."""
        async with self.engine.begin() as connection:
            raised = update(tables.fence).values(epoch=tables.fence.c.epoch + 1)
            await connection.execute(raised.where(tables.fence.c.name == SEAT))


@dataclass
class Watched:
    """A shop, the world around it, and an evaluator that holds the fence."""

    shop: Shop
    world: FakeWorld
    metrics: Metrics
    evaluator: Evaluator
    epoch: int

    async def step(self, hours: float = 0) -> Outcome:
        """Time goes on, and what is due then is done."""
        self.world.time += hours * HOUR
        return await self.evaluator.step(self.epoch)


def evaluator_of(engine: AsyncEngine, world: FakeWorld, metrics: Metrics) -> Evaluator:
    terms = Terms(GROUP, "journey.opportunities", timedelta(days=7), kinds_of)
    around = Surroundings(
        clock=world,
        end_offsets=world.end_offsets,
        load_framework=load_framework,
        holder="test",
        poll_s=0.01,
        patience_s=0.05,
    )
    return Evaluator(engine, terms, around, metrics)


@asynccontextmanager
async def watched_shop(database_url: str) -> AsyncIterator[Watched]:
    """The shop of the example, applied as revision 1 and read to its end."""
    async with engine_of(database_url) as engine:
        shop, world, metrics = Shop(engine), FakeWorld(), make_metrics(CollectorRegistry())
        await shop.apply()
        await shop.read_to(0)
        async with engine.begin() as connection:
            epoch = await take_fence(connection, SEAT, "test")
        yield Watched(shop, world, metrics, evaluator_of(engine, world, metrics), epoch)


def load_framework(files: Mapping[str, str]) -> Framework:
    return Framework.model_validate_json(files["shop"])


def kinds_of(source: Source) -> frozenset[str]:
    assert source.connector == "shopify"
    return frozenset({"sales.order.delivered", "sales.order.placed"})


def parcels(customers: Iterable[int], *, late: int, carrier: str = "NordPost") -> list[Parcel]:
    """One for each customer, the first `late` of them late."""
    return [Parcel(one, i < late, carrier) for i, one in enumerate(customers)]
