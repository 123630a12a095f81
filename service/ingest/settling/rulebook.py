"""The revisions that a process has compiled."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import asyncpg

from service.history.needs import NOTHING_ASKED
from service.ingest.preparing.revision import Revision
from service.ingest.settling.settlement import Rules
from service.store.revisions import StoredRevision, current_revision, read_revision

CompileStored: TypeAlias = Callable[[StoredRevision], Revision]
"""Loads the files of a stored revision and compiles them with this process's connectors."""


class Rulebook:
    """Compiles revisions as they are met. `rules` belong to the newest that was loaded."""

    def __init__(self, compile_stored: CompileStored) -> None:
        self._compile = compile_stored
        self._revisions: dict[int, Revision] = {}
        self.rules = Rules({}, NOTHING_ASKED)
        self._current: Revision | None = None

    @property
    def in_force(self) -> Revision:
        """The revision in force as far as this process knows. Raises LookupError without one."""
        if self._current is None:
            raise LookupError("no revision is loaded")
        return self._current

    async def load_current(self, connection: asyncpg.Connection) -> Revision | None:
        """The revision in force, compiled; None if none was applied yet."""
        number = await current_revision(connection)
        if number is None:
            return None
        stored = await read_revision(connection, number)
        self._add(stored)
        self._current = self._revisions[number]
        self.rules = Rules(dict(self._revisions), stored.needs)
        return self._current

    async def load(self, connection: asyncpg.Connection, numbers: Iterable[int]) -> Rules:
        """Compile these revisions too."""
        for number in numbers:
            if number not in self._revisions:
                self._add(await read_revision(connection, number))
        self.rules = self.rules._replace(revisions=dict(self._revisions))
        return self.rules

    def _add(self, stored: StoredRevision) -> None:
        if stored.id not in self._revisions:
            self._revisions[stored.id] = self._compile(stored)
