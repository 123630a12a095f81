"""Dead letters on a terminal and as documents.

Their bytes are shown to whoever may read the database, and are nowhere else.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from service.store.reading import DeadLetterContent, DeadLetterRow


def dead_letter_table(rows: Iterable[DeadLetterRow]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("number", justify="right")
    for name in ("read at", "source", "where", "reason"):
        table.add_column(name, no_wrap=name != "reason")
    for row in rows:
        table.add_row(
            str(row.id),
            f"{row.record_time:%Y-%m-%d %H:%M:%S}",
            row.source,
            place_text(row),
            Text.assemble((row.reason, "yellow"), f" {row.detail}"),
        )
    return table


def place_text(row: DeadLetterRow) -> str:
    """`topic/partition@offset`, and the item where a record has several."""
    item = f" item {row.item}" if row.item else ""
    return f"{row.topic}/{row.partition}@{row.offset}{item}"


def reasons_text(reasons: Mapping[tuple[str, str], int]) -> Text:
    total = sum(reasons.values())
    parts = ", ".join(f"{source} {reason} {n:,}" for (source, reason), n in reasons.items())
    return Text(f"{total:,} in all: {parts}.", "dim")


class ContentView(NamedTuple):
    """One dead letter, whole. Bytes that are no text are shown as base64."""

    content: DeadLetterContent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        row = self.content.row
        yield Text(f"Dead letter {row.id}: {row.reason}", "bold yellow")
        yield Text(row.detail)
        yield Text(f"Source {row.source}, {place_text(row)}, {row.record_time.isoformat()}", "dim")
        for name, value in _headers(self.content):
            yield Text(f"header {name}: {_readable(value)}", "dim")
        if self.content.key is not None:
            yield Text(f"key {_readable(self.content.key)}", "dim")
        yield Text("no value" if self.content.value is None else _readable(self.content.value))


def content_document(content: DeadLetterContent) -> dict[str, Any]:
    """As the database has it: key and value in base64, headers as [name, base64]."""
    return {
        **content.row._asdict(),
        "key": _base64(content.key),
        "headers": json.loads(content.headers),
        "value": _base64(content.value),
    }


def _headers(content: DeadLetterContent) -> list[tuple[str, bytes]]:
    return [(name, base64.b64decode(value)) for name, value in json.loads(content.headers)]


def _readable(content: bytes) -> str:
    """The text with control characters escaped, so that no byte can speak to the terminal."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(content).decode()}"
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
