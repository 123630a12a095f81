"""Where output goes: text through Rich for people, one JSON document for programs."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(*parts: "RenderableType") -> None:
    """Writes for people, as wide as the terminal is; into a file, a sentence is one line."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    if console.is_terminal:
        console.print(*parts, sep="\n")
        return
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, str | Text))
    # Tables are filled up with spaces to the right, which nobody wants in a file.
    for line in capture.get().splitlines():
        sys.stdout.write(f"{line.rstrip()}\n")


def show_json(document: Mapping[str, Any] | Sequence[Any]) -> None:
    """Writes one JSON document. Times are ISO 8601 in UTC, durations seconds."""
    import json

    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no JSON form")
