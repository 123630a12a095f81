"""Options that several commands share."""

from datetime import timedelta
from typing import Annotated

import typer

from service.framework.durations import parse_duration

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document instead of text for people.")
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
