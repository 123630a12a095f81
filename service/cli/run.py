"""`signalbox run`: the service itself, in one process or several."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import WRONG, CommandError

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox run --processes 2"

Processes = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="How many processes share the partitions. The n-th answers health checks at "
        "SIGNALBOX_HEALTH_PORT + n - 1.",
    ),
]


def run(processes: Processes = 1) -> None:
    """Read the sources, keep the numbers, check the objectives, send the signals.

    Runs until SIGTERM or Ctrl-C: it then finishes the batch in hand and exits with status 0. Needs
    a migrated database and an applied framework; without a framework it waits for one.
    """
    _end_at_once_by_sigterm()
    import asyncio

    from service.cli import session

    settings = session.settings()
    if processes == 1:
        _run_here(settings)
        return
    failed = asyncio.run(_run_several(settings, processes))
    if failed:
        raise typer.Exit(WRONG)


def _end_at_once_by_sigterm() -> None:
    """Until the service listens for it: nothing was begun, so that nothing is to be finished."""
    import os
    import signal

    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))


def _run_here(settings: "Settings") -> None:
    import sys

    import uvloop

    from service import app
    from service.api.health import AddressError
    from service.cli.failing import broker_failures, database_failures
    from service.ingest.working.worker import ConsumptionStopped
    from service.sources import UnreadableRevisionError
    from service.telemetry import configure_logging

    configure_logging(settings.log_level, settings.log_format)
    try:
        with database_failures(settings), broker_failures(settings):
            uvloop.run(app.run(settings))
    except (AddressError, UnreadableRevisionError) as error:
        raise CommandError(str(error)) from error
    except ConsumptionStopped as error:
        sys.stderr.write(f"signalbox: {error}\n")
        raise typer.Exit(WRONG) from error
    finally:
        _let_go_of_the_log()


def _let_go_of_the_log() -> None:
    """What cannot be written, as to a full disk, is dropped: how we ended is not about the log.

    Python would try once more to write it and end with status 120.
    """
    import os
    import sys

    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


async def _run_several(settings: "Settings", processes: int) -> bool:
    """Starts them, passes signals on, and ends them all when one ends. Whether one failed."""
    import asyncio
    import signal

    started: list[Process] = []
    ending = asyncio.Event()

    def end_all() -> None:
        ending.set()
        for process in started:
            if process.returncode is None:
                process.terminate()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end_all)
    started += [await _start(settings, number) for number in range(processes)]
    if ending.is_set():
        end_all()
    waiting = [asyncio.create_task(process.wait()) for process in started]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    end_all()
    # A process that is told to end before it listens for that ends by the signal itself.
    return any(status not in (0, -signal.SIGTERM) for status in await asyncio.gather(*waiting))


async def _start(settings: "Settings", number: int) -> "Process":
    import asyncio
    import os
    import sys

    port = settings.health_port + number if settings.health_port else 0
    own = {"SIGNALBOX_HEALTH_PORT": str(port)}
    if settings.member:
        own["SIGNALBOX_MEMBER"] = f"{settings.member}-{number + 1}"
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service.cli.main", "run"),
        env={**os.environ, **own},
        start_new_session=True,
    )
