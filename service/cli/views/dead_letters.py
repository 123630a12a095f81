"""Dead letters on a terminal and as documents.

Their bytes are shown to whoever may read the database, and are nowhere else.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from connectors.refusal import UNKNOWN_TYPE, type_named_by
from service.ingest.resettling.letters import Told
from service.ingest.settling.weigh import Outcome
from service.offsets import position_text
from service.store.listed_letters import DeadLetterContent, DeadLetterGroup, DeadLetterRow

IgnoredBySource: TypeAlias = Mapping[str, Sequence[str]]
"""By source: the event types that it leaves out already."""


class LettersView(NamedTuple):
    """The newest letters one by one, event types that nobody knows together, sums below."""

    rows: Sequence[DeadLetterRow]
    groups: Sequence[DeadLetterGroup]
    ignored: IgnoredBySource

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        single = [row for row in self.rows if row.reason != UNKNOWN_TYPE]
        if single:
            yield dead_letter_table(single)
        unknown = [group for group in self.groups if group.reason == UNKNOWN_TYPE]
        if unknown:
            yield Text("Event types that nobody knows. To leave one out, paste its line into its")
            yield Text("source and apply; then: signalbox dead-letters retry --reason unknown_type")
            yield from (self._unknown_text(group) for group in unknown)
        yield sums_text(self.groups)

    def _unknown_text(self, group: DeadLetterGroup) -> Text:
        head = Text.assemble(f"{group.letters:7,}  ", (group.source, "bold"), "  ")
        line = ignore_line(group, self.ignored)
        return head.append(line or group.detail, "yellow")


def ignore_line(group: DeadLetterGroup, ignored: IgnoredBySource) -> str | None:
    """The line of YAML with which a source leaves the group's event type out, too."""
    named = type_named_by(group.detail) if group.reason == UNKNOWN_TYPE else None
    if named is None:
        return None
    types = dict.fromkeys((*ignored.get(group.source, ()), named))
    return f"ignore: [{', '.join(json.dumps(type_, ensure_ascii=False) for type_ in types)}]"


def letters_document(
    rows: Iterable[DeadLetterRow], groups: Iterable[DeadLetterGroup], ignored: IgnoredBySource
) -> dict[str, Any]:
    """The newest letters, and all of them by what they say."""
    return {
        "dead_letters": [row._asdict() for row in rows],
        "groups": [{**group._asdict(), "ignore": ignore_line(group, ignored)} for group in groups],
    }


def dead_letter_table(rows: Iterable[DeadLetterRow]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("number", justify="right")
    for name in ("read (UTC)", "source", "where", "reason"):
        table.add_column(name, no_wrap=name != "reason")
    for row in rows:
        table.add_row(
            str(row.id),
            f"{row.record_time:%Y-%m-%d %H:%M}",
            row.source,
            place_text(row),
            Text.assemble((row.reason, "yellow"), f" {row.detail}"),
        )
    return table


def place_text(row: DeadLetterRow) -> str:
    """`topic/partition@offset`, and the item where a record has several."""
    item = f" item {row.item}" if row.item else ""
    return f"{position_text(row.topic, row.partition, row.offset)}{item}"


def sums_text(groups: Iterable[DeadLetterGroup]) -> Text:
    sums: Counter[tuple[str, str]] = Counter()
    for group in groups:
        sums[group.source, group.reason] += group.letters
    return Text(f"{sums.total():,} in all: {_reasons(sums)}.", "dim")


def _reasons(sums: Mapping[tuple[str, str], int]) -> str:
    return ", ".join(f"{source} {reason} {n:,}" for (source, reason), n in sorted(sums.items()))


class RetriedView(NamedTuple):
    """What a retry did; or would do, if it was a rehearsal."""

    told: Told
    rehearsed: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        told = self.told
        would = "would become" if self.rehearsed else "became"
        parts = [f"{o.replace('_', ' ')} {told.outcomes[o]:,}" for o in Outcome if told.outcomes[o]]
        yield Text(f"Tried {told.letters:,}. They {would}: {', '.join(parts) or 'nothing'}.")
        if told.still_dead:
            yield Text(f"Still wrong: {_reasons(told.still_dead)}.", "yellow")
        for why, number in told.untried.items():
            yield Text(f"{number:,} were left as they are: {why}.", "yellow")
        if told.gone:
            yield Text(f"{told.gone:,} were settled by somebody else meanwhile.", "dim")
        if self.rehearsed:
            yield Text("Nothing was changed.", "dim")


def retried_document(told: Told) -> dict[str, Any]:
    return {
        "letters": told.letters,
        "settled_meanwhile": told.gone,
        "outcomes": dict(told.outcomes),
        "still_dead": [
            {"source": source, "reason": reason, "letters": number}
            for (source, reason), number in sorted(told.still_dead.items())
        ],
        "left": dict(told.untried),
    }


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
