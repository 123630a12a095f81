"""Thin notifications: a dead letter that only names something, until a record tells all of it.

Which comes first does not matter: the greatest version that was told is kept by its key, a dead
letter has the key and the version that it awaits, and one whose version or a later one was told is
resolved: it is counted where it was read and shown no more.
"""

from collections.abc import Iterable

from service.canonical import fact_key
from service.event import Telling
from service.ingest.preparing.prepared import DeadItem, PreparedItem, ToldKey


def told_key(system: str, telling: Telling | None) -> ToldKey | None:
    """What is told or awaited in a system, if anything is."""
    if telling is None:
        return None
    return ToldKey(fact_key(system, telling.id), telling.version)


def told(items: Iterable[PreparedItem]) -> list[tuple[bytes, int, int]]:
    """What these items tell by its key, the greatest version, and the latest record time of those
    that tell it; sorted by key.
    """
    greatest: dict[bytes, tuple[int, int]] = {}
    for item in items:
        if isinstance(item, DeadItem) or item.tells is None:
            continue
        key, version = item.tells
        newest = (version, item.record.time_us)
        greatest[key] = max(newest, greatest.get(key, newest))
    return [(key, *newest) for key, newest in sorted(greatest.items())]
