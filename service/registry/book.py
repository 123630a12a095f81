"""All schemas that a process has met: a mapping that only grows, because schemas never change."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

import structlog

from connectors.envelopes.schemas import Schema, SchemaId, schema_id
from service.event import Record

ABSENT_FOR_S: Final = 60.0
"""How long an id that the registry does not have is not asked for again."""

log = structlog.get_logger(__name__)


class UnreachableError(Exception):
    """The registry does not answer, or not as it should. Its text says why, without a secret."""


class Registry(Protocol):
    """Where schemas are."""

    async def fetch(self, id_: SchemaId) -> Schema | None:
        """A schema by its id, or None if there is none. Raises `UnreachableError`."""

    async def close(self) -> None:
        """Let go of what it holds."""


class SchemaBook(Mapping[SchemaId, Schema | None]):
    """The schemas by id. `learn` adds what is missing; nothing is ever forgotten or changed."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[SchemaId, Schema] = {}
        self._absent: dict[SchemaId, float] = {}
        self.waits_because: str | None = None
        """Why schemas cannot be fetched now, if they cannot."""

    def __getitem__(self, id_: SchemaId) -> Schema | None:
        if id_ in self._absent:
            return None
        return self._known[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._known or id_ in self._absent

    def __iter__(self) -> Iterator[SchemaId]:
        return iter((*self._known, *self._absent))

    def __len__(self) -> int:
        return len(self._known) + len(self._absent)

    async def learn(self, records: Iterable[Record]) -> bool:
        """Fetch what these records need and is not known. False: it could not be fetched."""
        missing = self._missing(records)
        try:
            for id_ in missing:
                await self._add(id_)
        except UnreachableError as error:
            self.waits_because = str(error)
            log.warning("schemas cannot be fetched", why=str(error))
            return False
        self.waits_because = None
        return True

    def _missing(self, records: Iterable[Record]) -> list[SchemaId]:
        now_s = time.monotonic()
        for id_ in [id_ for id_, since_s in self._absent.items() if now_s > since_s + ABSENT_FOR_S]:
            del self._absent[id_]
        asked = dict.fromkeys(map(schema_id, records))
        return [id_ for id_ in asked if id_ is not None and id_ not in self]

    async def _add(self, id_: SchemaId) -> None:
        schema = await self._registry.fetch(id_)
        if schema is None:
            self._absent[id_] = time.monotonic()
        else:
            self._known[id_] = schema

    async def close(self) -> None:
        """Let go of the registry; what is known stays known."""
        await self._registry.close()
