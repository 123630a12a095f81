"""One record from a file through envelope and connector, without a topic: what `try` shows.

A file is a payload as it lies in the topic, whatever its bytes, or a record written as JSON:
`{"topic": ..., "key": ..., "headers": ..., "value": ...}`.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from connectors.contract import Connector, ConnectorOptions
from connectors.envelopes import EnvelopeName, opened
from service.cli.failing import CommandError
from service.cli.schemas import schemas_of
from service.event import Event, Failed, Ignored, Item, Position, Record, Retraction

PLAIN: Final = "plain"
RECORD_FIELDS: Final = frozenset(
    {"topic", "partition", "offset", "timestamp", "key", "headers", "value"}
)
_BINARY: Final = (b"\x00", b"\x1f", b"\x28", b"\x78")
"""First bytes of a value that does not end with its last line."""

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Tried:
    """What became of a record."""

    envelope: str
    events: tuple[Event | Retraction, ...]
    ignored: tuple[Ignored, ...]
    dead: tuple[Failed, ...]


def tried(
    connector: Connector, options: ConnectorOptions, record: Record, envelope: EnvelopeName | None
) -> Tried:
    """The record through its envelope and the connector; never raises for what it holds.

    Raises `CommandError` where it needs a schema that cannot be fetched.
    """
    opening = opened(record, envelope, asyncio.run(schemas_of([record])))
    convert = connector.open(options)
    items: list[Item] = []
    for part in opening.parts:
        items += convert(part) if isinstance(part, Record) else [part]
    return Tried(
        envelope=" > ".join(opening.layers) or PLAIN,
        events=tuple(item for item in items if isinstance(item, Event | Retraction)),
        ignored=tuple(item for item in items if isinstance(item, Ignored)),
        dead=tuple(item for item in items if isinstance(item, Failed)),
    )


def record_of(file: Path, headers: Headers) -> Record:
    """The record in a file, with further headers."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    written = _written_record(raw)
    try:
        record = _plain_record(raw) if written is None else _record(written)
    except (TypeError, ValueError, KeyError) as error:
        raise CommandError(
            f"{file} has the fields of a record and is none.",
            'Headers are [["name", "value"]] or fields, `timestamp` counts milliseconds.',
        ) from error
    return replace(record, headers=(*headers, *record.headers))


def _written_record(raw: bytes) -> Mapping[str, Any] | None:
    """The fields of a record that is written as JSON; a payload of its own has other fields."""
    try:
        written = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(written, dict) or "value" not in written:
        return None
    return written if written.keys() <= RECORD_FIELDS and len(written) > 1 else None


def _plain_record(raw: bytes) -> Record:
    value = raw if raw.startswith(_BINARY) else raw.rstrip(b"\r\n")
    return Record(Position("a-topic", 0, 0), time.time_ns() // 1_000, None, (), value)


def _record(written: Mapping[str, Any]) -> Record:
    stamp_ms = written.get("timestamp")
    return Record(
        position=Position(str(written.get("topic", "a-topic")), 0, 0),
        time_us=time.time_ns() // 1_000 if stamp_ms is None else int(stamp_ms) * 1_000,
        key=_bytes(written.get("key")),
        headers=tuple(_headers(written.get("headers") or ())),
        value=_bytes(written["value"]),
    )


def _headers(written: Any) -> Iterator[tuple[str, bytes]]:
    """Fields, a list of pairs, or a list of objects as tools print them."""
    for one in written.items() if isinstance(written, Mapping) else written:
        name, value = (one.get("key"), one["value"]) if isinstance(one, Mapping) else one
        yield str(name), _bytes(value) or b""


def _bytes(written: object) -> bytes | None:
    """Text is itself, everything else is its JSON."""
    if written is None:
        return None
    return (written if isinstance(written, str) else json.dumps(written)).encode()
