"""Brokers that cannot be used: why, and waiting for those that are away.

They are waited for as a database is (`docs/adr/0015-a-database-that-is-away-is-waited-for.md`).
One that does not let us in, or that cannot be trusted, is not: somebody must correct something.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka.errors import KafkaError

from service.brokers.trouble import Trouble, find_trouble
from service.ingest.reading.kafka import KafkaLines, end_offsets
from service.outage import Outage

T = TypeVar("T")


class Brokers:
    """The brokers that a worker reads from, reached by connections beside its own."""

    def __init__(self, lines: KafkaLines) -> None:
        self._lines = lines
        self._outage = Outage("topics")

    async def trouble(self) -> str | None:
        """Why they cannot be used now, in a sentence; None where one answers."""
        try:
            await end_offsets(self._lines, [])
        except (KafkaError, OSError) as error:
            return _sentence(await self._trouble_behind(error))
        return None

    async def reached(self, start: Callable[[], Awaitable[None]]) -> bool:
        """Whether `start` could connect. False, told as an outage: it may if it is tried again.

        Raises what `start` does where only a correction helps.
        """
        try:
            await start()
        except (KafkaError, OSError) as error:
            trouble = await self._trouble_behind(error)
            if not trouble.passes:
                raise
            self._outage.failed(_sentence(trouble))
            return False
        self._outage.over()
        return True

    async def asked(self, ask: Callable[[KafkaLines], Awaitable[T]]) -> T | None:
        """What they answer; None, told as an outage, while they are away. Raises as `reached`."""
        answers: list[T] = []

        async def start() -> None:
            answers.append(await ask(self._lines))

        return answers[0] if await self.reached(start) else None

    async def _trouble_behind(self, error: Exception) -> Trouble:
        return await find_trouble(self._lines.bootstrap_servers, self._lines.security, error)


def _sentence(trouble: Trouble) -> str:
    return f"the broker {trouble.problem}"
