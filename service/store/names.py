"""Small numbers for names: series and placings, as rows refer to them.

Numbers are internal and never change. A process keeps those that it saw committed; numbers made
inside a transaction are kept only when it commits (`keep`), since a rollback takes them back.
"""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

import asyncpg
from msgspec.structs import astuple

from service.metrics.statistics import Series
from service.routing import Placement

_SERIES_NUMBERS: Final = """
    INSERT INTO series (metric, scope, segment)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS w(metric, scope, segment)
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
    RETURNING id, metric, scope, segment
"""
_SERIES_FIND: Final = """
    SELECT s.id, s.metric, s.scope, s.segment
    FROM unnest($1::text[], $2::text[], $3::text[]) AS w(metric, scope, segment)
    JOIN series s USING (metric, scope, segment)
"""
_PLACING_NUMBERS: Final = """
    INSERT INTO "placing" (rule, touchpoint)
    SELECT * FROM unnest($1::text[], $2::text[]) AS w(rule, touchpoint) ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    RETURNING id, rule, touchpoint
"""
_PLACING_FIND: Final = """
    SELECT p.id, p.rule, p.touchpoint
    FROM unnest($1::text[], $2::text[]) AS w(rule, touchpoint)
    JOIN "placing" p USING (rule, touchpoint)
"""


class Made(NamedTuple):
    """Numbers seen in a transaction that has not committed yet."""

    series: dict[Series, int]
    placings: dict[Placement, int]


class Names:
    """The numbers known to this process, both ways."""

    def __init__(self) -> None:
        self.series: dict[Series, int] = {}
        self.placings: dict[Placement, int] = {}
        self._series_by_number: dict[int, Series] = {}
        self._placings_by_number: dict[int, Placement] = {}

    def keep(self, made: Made) -> None:
        """The transaction that made these numbers committed."""
        self.series.update(made.series)
        self.placings.update(made.placings)
        self._series_by_number.update((n, s) for s, n in made.series.items())
        self._placings_by_number.update((n, p) for p, n in made.placings.items())

    async def number(
        self,
        connection: asyncpg.Connection,
        series: Iterable[Series],
        placings: Iterable[Placement],
    ) -> Made:
        """Numbers of all names that are not known yet, made where they do not exist."""
        return Made(
            await self._number_series(connection, set(series) - self.series.keys()),
            await self._number_placings(connection, set(placings) - self.placings.keys()),
        )

    async def name(
        self,
        connection: asyncpg.Connection,
        series: Collection[int],
        placings: Collection[int],
    ) -> None:
        """Learn the names of committed numbers, before `series_of` and `placing_of`."""
        unknown = [n for n in series if n not in self._series_by_number]
        if unknown:
            rows = await connection.fetch(
                "SELECT id, metric, scope, segment FROM series WHERE id = ANY($1::int[])", unknown
            )
            self.keep(Made({Series(*row[1:]): row[0] for row in map(tuple, rows)}, {}))
        unknown = [n for n in placings if n not in self._placings_by_number]
        if unknown:
            rows = await connection.fetch(
                'SELECT id, touchpoint, rule FROM "placing" WHERE id = ANY($1::int[])', unknown
            )
            self.keep(Made({}, {Placement(*row[1:]): row[0] for row in map(tuple, rows)}))

    def series_of(self, number: int) -> Series:
        return self._series_by_number[number]

    def placing_of(self, number: int) -> Placement:
        return self._placings_by_number[number]

    async def _number_series(
        self, connection: asyncpg.Connection, unknown: set[Series]
    ) -> dict[Series, int]:
        numbers: dict[Series, int] = {}
        for statement in (_SERIES_NUMBERS, _SERIES_FIND):
            missing = sorted(map(astuple, unknown - numbers.keys()))
            if missing:
                rows = await connection.fetch(statement, *map(list, zip(*missing, strict=True)))
                numbers |= {Series(*row[1:]): row[0] for row in map(tuple, rows)}
        return numbers

    async def _number_placings(
        self, connection: asyncpg.Connection, unknown: set[Placement]
    ) -> dict[Placement, int]:
        numbers: dict[Placement, int] = {}
        for statement in (_PLACING_NUMBERS, _PLACING_FIND):
            missing = sorted((p.rule, p.touchpoint) for p in unknown - numbers.keys())
            if missing:
                rows = await connection.fetch(statement, *map(list, zip(*missing, strict=True)))
                numbers |= {Placement(row[2], row[1]): row[0] for row in rows}
        return numbers
