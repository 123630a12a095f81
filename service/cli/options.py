"""Options that several commands share."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from service.framework.durations import parse_duration

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of text for people.")
]

Author = Annotated[
    str | None,
    typer.Option(help="Who does it; without it, the name of your account.", show_default=False),
]


def _window(value: str) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Window = Annotated[
    timedelta,
    typer.Option(
        "--window",
        parser=_window,
        metavar="DURATION",
        help="The period of volumes and of metrics without an objective, such as 24h or 7d.",
    ),
]


def _moment(value: str) -> datetime:
    try:
        return datetime.now(UTC) - parse_duration(value)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(
            f"{value!r} is no time: write a date (2025-01-31), a date with a time "
            "(2025-01-31T10:00), or how long ago (24h)"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Since = Annotated[
    datetime | None,
    typer.Option(
        parser=_moment,
        metavar="TIME",
        help="Only records from this time on: 2025-01-31, 2025-01-31T10:00 (UTC), or 24h ago: 24h.",
        show_default=False,
    ),
]
PeriodStart = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        parser=_moment,
        metavar="TIME",
        help="Where the period begins: 2025-01-31, 2025-01-31T10:00 (UTC), or how long ago, such "
        "as 7d. Without it, 28 days ago.",
        show_default=False,
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        parser=_moment,
        metavar="TIME",
        help="Only records from before this time.",
        show_default=False,
    ),
]

Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=VALUE",
        help="A header of every record, such as X-Shopify-Topic=orders/create. May be repeated.",
        show_default=False,
    ),
]


def parsed_headers(written: Iterable[str] | None) -> tuple[tuple[str, bytes], ...]:
    """The headers as records have them."""
    pairs = [one.partition("=") for one in written or ()]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise typer.BadParameter(f"{name!r} is no header: write --header NAME=VALUE")
    return tuple((name, value.encode()) for name, _, value in pairs)
