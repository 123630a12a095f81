"""`signalbox schema`: what may be written and what is sent, for editors and for other programs."""

from typing import Annotated

import typer

from service.cli.validate import Directory, framework_in

SignalsTopic = Annotated[str, typer.Option(help="What SIGNALBOX_SIGNALS_TOPIC is set to.")]
app = typer.Typer(
    help="JSON Schema of what may be written, and of what is read and sent.", no_args_is_help=True
)


@app.command(epilog="Example: signalbox schema framework > framework.schema.json")
def framework() -> None:
    """Print the JSON Schema of a framework's files.

    With the line `# yaml-language-server: $schema=framework.schema.json` at the top of a file,
    editors with YAML support complete and check it.
    """
    from connectors.registry import connector_options
    from service.cli.printing import show_json
    from service.framework.schema import framework_schema

    show_json(framework_schema(connector_options()))


@app.command(epilog="Example: signalbox schema event > event.schema.json")
def event() -> None:
    """Print the JSON Schema of an event in Signalbox's own form, which connector canonical reads.

    Under `conditions` is what rules can ask of any event, whatever connector it came by, each
    with its type.
    """
    from connectors.canonical import record_schema
    from service.cli.printing import show_json
    from service.framework.schema import DIALECT
    from service.routing.catalogue import FIELDS
    from service.routing.types import INT, words

    conditions = {f"event.{name}": words(field.type) for name, field in FIELDS.items()}
    conditions["history.count(kind)"] = conditions["history.count(kind, days(n))"] = words(INT)
    show_json({"$schema": DIALECT, **record_schema(), "conditions": conditions})


@app.command(epilog="Example: signalbox schema signal > signal.schema.json")
def signal() -> None:
    """Print the JSON Schema of a signal, which is what is sent about opportunities and milestones.

    A signal is a CloudEvent in structured JSON, and `data` holds all of its evidence.
    """
    from service.cli.printing import show_json
    from service.framework.schema import DIALECT
    from service.opportunities.signals import signal_schema

    show_json({"$schema": DIALECT, **signal_schema()})


@app.command(epilog="Example: signalbox schema asyncapi examples/shop > asyncapi.json")
def asyncapi(directory: Directory, signals_topic: SignalsTopic = "journey.opportunities") -> None:
    """Print the AsyncAPI document of a framework: topics that are read, and what is sent.

    Tools of AsyncAPI make pages and clients of it. Records have a schema where the source reads
    events in Signalbox's own form; what other tools publish is theirs.
    """
    from connectors.canonical import record_schema
    from service.asyncapi import asyncapi_document
    from service.cli.printing import show_json

    prescribed = {"canonical": record_schema()}
    show_json(asyncapi_document(framework_in(directory), signals_topic, prescribed))
