"""What `status` and `report` look at: the framework in force as of now, and where topics end."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.framework.models import Framework
    from service.settings import Settings
    from service.store.status import Asking
    from service.store.wording import EndOffsets


async def asking_now(
    connection: "AsyncConnection", settings: "Settings", framework: "Framework", window: timedelta
) -> "Asking":
    """What a status is asked for, as of the database's clock."""
    from service.evaluate.judging import feeds_at
    from service.sources import kinds_of
    from service.store import reading
    from service.store.status import Asking
    from service.store.times import moment

    now_us = await reading.database_time_us(connection)
    feeds = await feeds_at(connection, framework, kinds_of, moment(now_us))
    return Asking(framework, settings.consumer_group, now_us, window, feeds)


async def end_offsets_of(settings: "Settings", framework: "Framework") -> "EndOffsets | None":
    """Where the topics end; None while the broker is away, which is worth no failure here."""
    from aiokafka.errors import KafkaError

    from service.configuring import kafka_lines
    from service.ingest.reading.kafka import end_offsets

    try:
        return await end_offsets(kafka_lines(settings), [s.topic for s in framework.sources])
    except (KafkaError, OSError):
        return None
