"""A batch that the database refuses for its data, without the item that is to blame.

The batch is bisected in rehearsals until one item is left; that one becomes a dead letter.
"""

from collections.abc import Iterable
from typing import Final

import asyncpg
import structlog

from service.ingest.committing.transaction import rehearse_batch
from service.ingest.preparing.prepared import (
    STATING,
    DeadItem,
    PreparedItem,
    Stating,
)
from service.ingest.settling.memory import Memory
from service.ingest.settling.settlement import Batch

log = structlog.get_logger(__name__)

REFUSED_FOR_DATA: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What repeating does not cure. The client's own refusals are DataErrors too."""


async def without_refused(
    connection: asyncpg.Connection, batch: Batch, memory: Memory, error: Exception
) -> Batch:
    """The batch with the one item that the database refuses as a dead letter.

    Raises `error` if no single item is to blame: then nothing is skipped, consumption stops.
    """

    async def is_refused(items: Iterable[PreparedItem]) -> bool:
        try:
            await rehearse_batch(connection, _only(batch, items), memory)
        except REFUSED_FOR_DATA:
            return True
        return False

    suspects = list(batch.prepared.items)
    if not await is_refused(suspects):
        return batch
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        suspects = half if await is_refused(half) else suspects[len(half) :]
    if not await is_refused(suspects):
        raise error
    blamed = suspects[0] if suspects else None
    if not isinstance(blamed, STATING):
        raise error
    log.warning("an item was refused by the database", error=type(error).__name__)
    items = (_refused_item(i, error) if i is blamed else i for i in batch.prepared.items)
    return _only(batch, items)


def _only(batch: Batch, items: Iterable[PreparedItem]) -> Batch:
    return batch._replace(prepared=batch.prepared._replace(items=tuple(items)))


def _refused_item(item: Stating, error: Exception) -> DeadItem:
    detail = f"the database refused it: {type(error).__name__}"
    return DeadItem(item.record, item.item, item.source, "refused", detail)
