"""One check: judge, write, find, tell. All of it in one REPEATABLE READ transaction.

A check is written once. Only what this check wrote is looked at by detectors, so repeating a check
changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from service.evaluate.due import Due
from service.evaluate.finding import Scene, find_milestones, find_opportunities
from service.evaluate.judging import KindsOf, at_check, feeds_at, judge_all
from service.opportunities.documents import InForce
from service.opportunities.lifecycle import LIVE
from service.opportunities.models import Opportunity, Reached
from service.opportunities.signals import Message, opportunity_message, reached_message
from service.store import evaluation, outbox
from service.store.evaluation import CheckRow
from service.store.outbox import Delivery, Outgoing


@dataclass(frozen=True)
class Terms:
    """By what checks are made, besides the framework.

    `max_age` is how old a signal may be that is sent although its opportunity is not open.
    """

    group: str
    signals_topic: str
    max_age: timedelta
    kinds_of: KindsOf


class Done(NamedTuple):
    """What a check wrote."""

    at: datetime
    checks: tuple[CheckRow, ...]
    opportunities: tuple[Opportunity, ...]
    milestones: tuple[Reached, ...]
    not_sent: int


async def make_check(
    connection: AsyncConnection, terms: Terms, in_force: InForce, due: Due, now: datetime
) -> Done:
    """Makes the check within the transaction of `connection`; signals have their age at `now`."""
    scene = Scene(connection, in_force, due.at)
    checks = await _write_checks(scene, terms, due)
    opportunities: list[Opportunity] = []
    if checks:
        opportunities = await find_opportunities(scene, [row.objective for row in checks])
    milestones = await find_milestones(scene, due.milestones)
    outgoing = [
        *(_of_opportunity(one, now - due.at, terms) for one in opportunities),
        *(_of_milestone(one, now - one.occurred_at, terms) for one in milestones),
    ]
    await outbox.append(connection, outgoing)
    not_sent = sum(one.state != "pending" for one in outgoing)
    return Done(due.at, tuple(checks), tuple(opportunities), tuple(milestones), not_sent)


async def _write_checks(scene: Scene, terms: Terms, due: Due) -> list[CheckRow]:
    """The checks that were not made before; those that were are left as they are."""
    connection, framework = scene.connection, scene.framework
    offsets = await evaluation.ledger_offsets(connection, terms.group)
    feeds = await feeds_at(connection, framework, terms.kinds_of, due.at)
    judged = at_check(framework, due.objectives, due.at)
    found = await judge_all(connection, judged, feeds, due.at)
    rows = [
        CheckRow(one.objective.metric, scene.in_force.revision, check)
        for one, check in zip(judged, found, strict=True)
    ]
    written = await evaluation.write_checks(connection, rows, offsets)
    return [row for row in rows if row.objective in written]


def _of_opportunity(opportunity: Opportunity, age: timedelta, terms: Terms) -> Outgoing:
    old = age > terms.max_age and opportunity.state not in LIVE
    return _outgoing(opportunity_message(opportunity), terms, too_old=old)


def _of_milestone(reached: Reached, age: timedelta, terms: Terms) -> Outgoing:
    return _outgoing(reached_message(reached), terms, too_old=age > terms.max_age)


def _outgoing(message: Message, terms: Terms, *, too_old: bool) -> Outgoing:
    state: Delivery = "not_sent: too_old" if too_old else "pending"
    return Outgoing(
        terms.signals_topic, message.key, message.headers, message.value, message.signal, state
    )
