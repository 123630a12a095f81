"""Decisions about opportunities: the opportunity, the journal and the signal in one transaction.

The journal has what people decided, in the order of each opportunity's sequence. What the
opportunities are is a function of it and of the checks.
"""

from datetime import datetime
from typing import TypeAlias

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.opportunities.decisions import Impossible, Said, decided
from service.opportunities.models import Decision, Opportunity
from service.opportunities.signals import opportunity_message
from service.store import evaluation, outbox
from service.store.outbox import Outgoing
from service.store.tables import decision as journal
from service.store.tables import opportunity as opportunities

Told: TypeAlias = Opportunity | Impossible | None
"""The opportunity after a decision, why there was none, or that there is no such opportunity."""


async def decide(connection: AsyncConnection, number: int, said: Said, topic: str) -> Told:
    """Decides within the transaction of `connection`.

    The signal goes to `topic`. Changes nothing unless it gives an opportunity back.
    """
    query = select(opportunities.c.document).where(opportunities.c.id == number)
    document = (await connection.execute(query.with_for_update())).scalar()
    if document is None:
        return None
    at: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    decision = Decision(at=at, **said._asdict())
    told = decided(Opportunity.model_validate(document), decision)
    if isinstance(told, Opportunity):
        await _write(connection, told, decision, topic)
    return told


async def _write(
    connection: AsyncConnection, told: Opportunity, decision: Decision, topic: str
) -> None:
    row = {
        "opportunity": told.id,
        "sequence": told.sequence,
        "decided_at": decision.at,
        "author": decision.author,
        "action": decision.action,
        "because": decision.because,
        "effort": decision.effort,
    }
    await connection.execute(insert(journal), row)
    await evaluation.save_opportunity(connection, told)
    key, headers, value, signal = opportunity_message(told)
    await outbox.append(connection, [Outgoing(topic, key, headers, value, signal, "pending")])
