"""`signalbox init`: a framework to begin with, in a directory of one's own."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from service.cli.failing import CommandError

EXAMPLE: Final = "Example: signalbox init my-company --from empty"

Directory = Annotated[
    Path, typer.Argument(help="The directory to write to; it is made.", show_default=False)
]
From = Annotated[
    Literal["shop", "saas", "empty"],
    typer.Option(
        "--from",
        help="shop: buy, receive, get help, return, come back. saas: try, onboard, use, renew. "
        "empty: one stage, with every field explained.",
    ),
]


def init(directory: Directory, from_: From = "empty") -> None:
    """Write a commented framework to edit, and records to try it on. Overwrites nothing."""
    from service.cli.printing import show
    from service.examples import ExampleError, copy_example

    try:
        written = copy_example(from_, directory)
    except ExampleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(
            f"{error.filename or directory} cannot be written: {error.strerror}.",
            "Name a directory that is yours, on a disk with room left.",
        ) from error
    show(*(f"{file}" for file in written))
    show("", *_next_steps(directory, from_))


def _next_steps(directory: Path, example: str) -> list[str]:
    """What to do now, as commands that work as they stand."""
    tries = {
        "shop": "--source shop --last 1000     # of what your topic holds",
        "saas": f"--source product --file {directory}/records/product.jsonl",
        "empty": f"--file {directory}/records/helpdesk.jsonl",
    }
    return [
        "Next: edit these files, and after each change",
        f"  signalbox validate {directory}",
        f"  signalbox try {directory} {tries[example]}",
        "When it places events as you mean it",
        f"  signalbox apply {directory}",
    ]
