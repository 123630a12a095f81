"""Checks of objectives: each is written once and read by those that follow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service.opportunities.lifecycle import Check
from service.store.evaluation.values import values_table
from service.store.tables import letter_journal, objective_check

Offsets: TypeAlias = Mapping[tuple[str, int], int]
"""By topic and partition."""


class CheckRow(NamedTuple):
    """A check as it is written once. The objective is named by its metric."""

    objective: str
    revision: int
    check: Check


async def write_checks(
    connection: AsyncConnection, rows: Sequence[CheckRow], offsets: Offsets
) -> set[str]:
    """Writes the checks that were not made yet; the objectives of those that it wrote."""
    if not rows:
        return set()
    snapshot = offsets_document(offsets)
    decided = select(func.coalesce(func.max(letter_journal.c.id), 0)).scalar_subquery()
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
    written = insert(objective_check).values(values).on_conflict_do_nothing()
    new = written.returning(objective_check.c.objective)
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
    asked = values_table("asked", ("objective", Text, objectives))
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
    asked = values_table("asked", ("objective", Text, objectives))
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
