"""The command `signalbox`: every command by name, and one way for all of them to fail.

Nothing heavy is imported here, so that `--help` and completion are quick.
"""

import logging
import sys

import typer

from service.cli import (
    apply,
    audit,
    config,
    connectors,
    dead_letters,
    demo,
    doctor,
    enrich,
    events,
    explain,
    init,
    load,
    migrate,
    opportunities,
    prune,
    rebuild,
    report,
    run,
    schema,
    status,
    try_,
    validate,
)
from service.cli.failing import NOT_DONE, CommandError

app = typer.Typer(
    name="signalbox",
    help=(
        "Reads the topics that CRM, support and survey tools publish, places every event on the "
        "customer journey, keeps each stage's numbers exactly once, and says where to act."
    ),
    epilog="Begin with: signalbox demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=demo.EXAMPLE)(demo.demo)
app.command(epilog=run.EXAMPLE)(run.run)
app.command(epilog=migrate.EXAMPLE)(migrate.migrate)
app.command(epilog=init.EXAMPLE)(init.init)
app.command(epilog=validate.EXAMPLE)(validate.validate)
app.command("try", epilog=try_.EXAMPLE)(try_.try_)
app.command(epilog=apply.EXAMPLE)(apply.apply)
app.command(epilog=rebuild.EXAMPLE)(rebuild.rebuild)
app.command(epilog=prune.EXAMPLE)(prune.prune)
app.command(epilog=load.EXAMPLE)(load.load)
app.command(epilog=enrich.EXAMPLE)(enrich.enrich)
app.command(epilog=status.EXAMPLE)(status.status)
app.command(epilog=report.EXAMPLE)(report.report)
app.command(epilog=explain.EXAMPLE)(explain.explain)
app.command(epilog=audit.EXAMPLE)(audit.audit)
app.add_typer(connectors.app, name="connectors")
app.add_typer(events.app, name="events")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(opportunities.app, name="opportunities")
app.add_typer(schema.app, name="schema")
app.command(epilog=config.EXAMPLE)(config.config)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)


def main() -> None:
    """Runs the command line. What a command cannot do is one sentence and exit status 2."""
    # What clients log about a server that is away is said in our words.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except CommandError as error:
        sys.stderr.write(f"signalbox: {error}\n")
        raise SystemExit(NOT_DONE) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
