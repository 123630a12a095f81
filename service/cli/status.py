"""`signalbox status`: the journey map with its numbers, and how far reading has come."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from service.cli.options import AsJson, Window

if TYPE_CHECKING:
    from service.cli.views.status import EndOffsets, StatusView
    from service.framework.models import Framework
    from service.settings import Settings

EXAMPLE = "Example: signalbox status --window 7d"


def status(window: Window = timedelta(hours=24), as_json: AsJson = False) -> None:
    """Show every stage and touchpoint with its numbers, objectives and health.

    A metric with an objective is shown over the objective's window. Each number comes with what
    it rests on: n, and what the true value lies between, 95 % sure.
    """
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.status import status_document

    view = asyncio.run(_view(session.settings(), window))
    if as_json:
        show_json(status_document(view))
    else:
        show(view)


async def _view(settings: "Settings", window: timedelta) -> "StatusView":
    from service.app import kinds_of
    from service.cli import session
    from service.cli.views.status import StatusView
    from service.evaluate.judging import feeds_at
    from service.store import reading
    from service.store.status import Asking, read_status
    from service.store.times import moment

    async with session.snapshot(settings) as connection:
        revision, framework = await session.in_force(connection)
        now_us = await reading.database_time_us(connection)
        feeds = await feeds_at(connection, framework, kinds_of, moment(now_us))
        asking = Asking(framework, settings.consumer_group, now_us, window, feeds)
        found = await read_status(connection, asking)
    ends = await _end_offsets(settings, framework)
    return StatusView(revision, framework, found, ends, ZoneInfo(framework.timezone))


async def _end_offsets(settings: "Settings", framework: "Framework") -> "EndOffsets | None":
    """Where the topics end; None while the broker is away, which is worth no failure here."""
    from aiokafka.errors import KafkaError

    from service.app import kafka_lines
    from service.ingest.kafka import end_offsets

    try:
        return await end_offsets(kafka_lines(settings), [s.topic for s in framework.sources])
    except (KafkaError, OSError):
        return None
