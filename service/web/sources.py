"""What the numbers rest on, worded: each source, since when it is known and what it lacks."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from service.framework.models import Source
from service.store.report import NOTHING_HEARD, Heard, Report
from service.store.wording import EndOffsets, lag_of, lag_text


class SourcePart(NamedTuple):
    """`wanting` says which of the cells tell of something that is missing."""

    id: str
    what: str
    since: str
    read_to: str
    newest: str
    events: str
    unplaced: str
    dead_letters: str
    wanting: frozenset[str]


def source_parts(report: Report, ends: EndOffsets | None, zone: tzinfo) -> list[SourcePart]:
    """The framework's sources, in their order."""
    return [_source(source, report, ends, zone) for source in report.framework.sources]


def _source(source: Source, report: Report, ends: EndOffsets | None, zone: tzinfo) -> SourcePart:
    known = [one for one in report.status.progress if one.topic == source.topic]
    heard = report.heard.get(source.id, NOTHING_HEARD)
    since, lag = min((one.since for one in known), default=None), lag_of(known, ends)
    return SourcePart(
        id=source.id,
        what=f"{source.connector}, topic {source.topic}",
        since=f"{since.astimezone(zone):%Y-%m-%d %H:%M}" if since else "not read yet",
        read_to=lag_text(lag) if known else "nothing read",
        newest=_newest(heard, zone),
        events=f"{heard.placed + heard.unplaced:,}",
        unplaced=_unplaced(heard),
        dead_letters=_dead_letters(heard),
        wanting=_wanting(heard, bool(known) and lag == 0),
    )


def _newest(heard: Heard, zone: tzinfo) -> str:
    if heard.newest_record is None:
        return "no event in this period"
    return f"newest event {heard.newest_record.astimezone(zone):%a %d %b %H:%M}"


def _unplaced(heard: Heard) -> str:
    total = heard.placed + heard.unplaced
    if not heard.unplaced:
        return "none" if total else "–"  # noqa: RUF001 - stands for nothing to say
    return f"{heard.unplaced:,} ({100 * heard.unplaced / total:.1f} %)"


def _dead_letters(heard: Heard) -> str:
    letters: Sequence[tuple[str, int]] = sorted(heard.dead_letters.items(), key=lambda one: -one[1])
    return ", ".join(f"{number:,} {reason.replace('_', ' ')}" for reason, number in letters)


def _wanting(heard: Heard, read_to_the_end: bool) -> frozenset[str]:  # noqa: FBT001
    cells = {
        "read_to": not read_to_the_end,
        "unplaced": heard.unplaced > 0,
        "dead_letters": bool(heard.dead_letters),
    }
    return frozenset(name for name, wants in cells.items() if wants)
