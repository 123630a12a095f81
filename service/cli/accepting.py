"""`signalbox doctor --accept-reset TOPIC`: go on with a topic that was made anew."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from service.cli.failing import CommandError

if TYPE_CHECKING:
    from service.ingest.reading.extent import Extent
    from service.settings import Settings
    from service.store.reading import Progress
    from service.store.topics import KnownPartition, Missing


async def accept_reset(settings: "Settings", topic: str, author: str) -> "list[Missing]":
    """Journal that the topic was made anew and is to be read from its first record on.

    Gives for each partition where the one before was left and where the new one begins. Raises
    `CommandError` if there is nothing to accept.
    """
    from service.cli.failing import broker_failures, database_failures
    from service.configuring import database_line, kafka_lines
    from service.ingest.reading.kafka import extents
    from service.store import topics as store
    from service.store.connecting import connect_for_ingest

    with broker_failures(settings):
        there = await extents(kafka_lines(settings), [topic])
    if not there:
        raise CommandError(f"The broker has no topic {topic}.", "Create it, or correct the name.")
    with database_failures(settings):
        connection = await connect_for_ingest(database_line(settings))
        try:
            rows = await store.read_ledger(connection, settings.consumer_group, [topic])
            _require_made_anew(topic, rows, there)
            reset = store.Reset(
                topic,
                next(one.topic_id for one in there.values()),
                {partition: one.beginning for (_, partition), one in there.items()},
                author,
            )
            return await store.accept_reset(connection, settings.consumer_group, reset)
        finally:
            await connection.close()


def _require_made_anew(
    topic: str, rows: "list[KnownPartition]", there: "dict[tuple[str, int], Extent]"
) -> None:
    if not rows:
        raise CommandError(f"Nothing of {topic} was ever read.", "There is nothing to accept.")
    if why_held(rows, there) is None:
        raise CommandError(f"{topic} is the topic that was read.", "There is nothing to accept.")


def why_held(
    known: "Iterable[KnownPartition | Progress]", there: "dict[tuple[str, int], Extent]"
) -> str | None:
    """Why a topic whose partitions are `known` so is not read; None if it is."""
    from service.ingest.locating.standing import Known, MadeAnew, standing

    for one in known:
        lies = there.get((one.topic, one.partition))
        if lies is not None:
            made_anew = one.made_anew_at is not None
            found = standing(Known(one.next_offset, one.topic_id, made_anew), lies)
            if isinstance(found, MadeAnew):
                return found.reason
    return None
