"""Opportunities and milestones, as of their newest transition."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.canonical import CanonicalEvent, decode
from service.opportunities.models import Opportunity, Reached
from service.store.tables import event, milestone, opportunity
from service.store.tables import moment as marked


class Arrival(NamedTuple):
    """A customer's earliest event at a milestone's touchpoint."""

    customer: bytes
    event: CanonicalEvent


async def newest_opportunities(connection: AsyncConnection) -> dict[tuple[str, str], Opportunity]:
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
