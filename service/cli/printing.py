"""Where output goes: text through Rich for people, one JSON document for programs."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def show(*parts: "RenderableType") -> None:
    """Writes for people, as wide as the terminal is."""
    console = _console()
    for part in parts:
        console.print(part, highlight=False)


def show_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Writes one JSON document. Times are ISO 8601 in UTC, durations seconds."""
    import json

    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def _console() -> "Console":
    from rich.console import Console

    return Console(soft_wrap=False)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no JSON form")
