"""`signalbox connectors`: which tools can be read, and what their records become."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson, Headers, parsed_headers

if TYPE_CHECKING:
    from connectors.contract import Connector, ConnectorOptions
    from connectors.envelopes import EnvelopeName

app = typer.Typer(
    help="Which tools can be read, and what becomes of their records.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="As `connectors list` shows it.", show_default=False)]
RecordFile = Annotated[
    Path,
    typer.Argument(
        help="A payload, whatever its bytes, or a record as JSON: topic, key, headers, value.",
        show_default=False,
    ),
]
Envelope = Annotated[
    str | None, typer.Option(help="What wraps the payload, where it cannot be found.")
]
OptionsFile = Annotated[
    Path | None,
    typer.Option("--options", help="A YAML file with the source's options.", show_default=False),
]
Directory = Annotated[Path, typer.Option("--in", help="Where the new directory is made.")]


@app.command("list", epilog="Example: signalbox connectors list")
def list_(as_json: AsJson = False) -> None:
    """List the connectors: ours, and those of other distributions that are installed here."""
    from connectors.registry import connectors
    from service.cli.printing import show, show_json
    from service.cli.views.connectors import connector_table, summary

    found = [connector for _, connector in sorted(connectors().items())]
    if as_json:
        show_json([{"name": one.name, "reads": summary(one)} for one in found])
    else:
        show(connector_table(found))


@app.command(epilog="Example: signalbox connectors show zendesk")
def show(name: Name, as_json: AsJson = False) -> None:
    """Show what a connector reads, what that becomes, its options and what it ignores."""
    from service.cli import printing
    from service.cli.views.connectors import connector_document, connector_lines

    connector = _connector(name)
    if as_json:
        printing.show_json(connector_document(connector))
    else:
        printing.show(*connector_lines(connector))


@app.command("try", epilog="Example: signalbox connectors try zendesk ticket.json")
def try_(
    name: Name,
    file: RecordFile,
    *,
    envelope: Envelope = None,
    options: OptionsFile = None,
    header: Headers = None,
    as_json: AsJson = False,
) -> None:
    """Show what one record becomes, with the reason for each part that becomes nothing.

    Needs no database and no broker. Exit status 1 if a part would be a dead letter.
    """
    from service.cli.converting import record_of, tried
    from service.cli.printing import show, show_json
    from service.cli.views.connectors import tried_document, tried_lines

    connector = _connector(name)
    chosen = _options(connector, options)
    named = _envelope(envelope) or chosen.envelope
    result = tried(connector, chosen, record_of(file, parsed_headers(header)), named)
    if as_json:
        show_json(tried_document(result))
    else:
        show(*tried_lines(result))
    if result.dead:
        raise typer.Exit(WRONG)


@app.command(epilog="Example: signalbox connectors new acme")
def new(name: Name, directory: Directory = Path()) -> None:
    """Make a project for a connector of your own, with tests that it passes."""
    from service.cli.printing import show
    from service.cli.scaffold import scaffold

    made = scaffold(name, directory)
    show(f"{made} holds a connector that works. Begin with its README.md.")


def _connector(name: str) -> "Connector":
    from connectors.registry import connectors
    from service.framework.problems import nearest, suggestion_text

    found = connectors()
    if name in found:
        return found[name]
    meant = suggestion_text(nearest(name, found))
    raise CommandError(f"There is no connector {name}{meant}", "See: signalbox connectors list")


def _envelope(name: str | None) -> "EnvelopeName | None":
    from connectors.envelopes import NAMES

    if name is None or name in NAMES:
        return name
    raise CommandError(f"There is no envelope {name}.", f"It is one of: {', '.join(NAMES)}.")


def _options(connector: "Connector", file: Path | None) -> "ConnectorOptions":
    from service.framework.loading import Refused, load_options

    if file is None:
        return _no_options(connector)
    loaded = load_options(file, connector.options)
    if isinstance(loaded, Refused):
        raise CommandError("\n".join(str(problem) for problem in loaded.problems))
    return loaded


def _no_options(connector: "Connector") -> "ConnectorOptions":
    from pydantic import ValidationError

    try:
        return connector.options()
    except ValidationError as error:
        needed = ", ".join(str(one["loc"][0]) for one in error.errors())
        raise CommandError(
            f"Sources of {connector.name} need options: {needed}.", "Give them with --options FILE."
        ) from None
