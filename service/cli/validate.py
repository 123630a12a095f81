"""`signalbox validate`: whether a framework could be applied."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import WRONG
from service.cli.options import AsJson

if TYPE_CHECKING:
    from service.framework.models import Framework

EXAMPLE: Final = "Example: signalbox validate examples/shop"

Directory = Annotated[
    Path, typer.Argument(help="A directory of *.yaml files, or one file.", show_default=False)
]


def validate(directory: Directory, as_json: AsJson = False) -> None:
    """Check a framework without applying it. Needs no database and no broker.

    Every mistake is told with file, line and column. Exit status 1 if there is any.
    """
    from connectors.registry import connector_options
    from service.cli.printing import show, show_json
    from service.cli.views.problems import problem_documents, show_problems, summary_text
    from service.framework.loading import Accepted, Refused, load_directory

    match load_directory(directory, connector_options()):
        case Accepted(framework=framework, warnings=warnings):
            if as_json:
                show_json({"valid": True, "problems": [], "warnings": problem_documents(warnings)})
            else:
                show_problems(warnings, "warning")
                show(f"{directory} can be applied: {summary_text(framework)}.")
        case Refused(problems=problems):
            if as_json:
                show_json({"valid": False, "problems": problem_documents(problems), "warnings": []})
            else:
                show_problems(problems, "error")
            raise typer.Exit(WRONG)


def framework_in(directory: Path) -> "Framework":
    """The framework, for commands that work on one; its mistakes end the command."""
    from connectors.registry import connector_options
    from service.cli.views.problems import show_problems
    from service.framework.loading import Refused, load_directory

    loaded = load_directory(directory, connector_options())
    if isinstance(loaded, Refused):
        show_problems(loaded.problems, "error")
        raise typer.Exit(WRONG)
    return loaded.framework
