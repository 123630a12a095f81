"""Whether a process lives and is ready, over HTTP: `/livez`, `/readyz`, `/metrics`.

`/livez` is 200 as long as the process's loop turns. `/readyz` is 200 when nothing is wrong with
the database, the broker and progress, else 503 with a reason for each that is. `/metrics` is
Prometheus's text. `serving` runs the application inside this process and handles no signals.
"""

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Final, TypeAlias

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check: TypeAlias = Callable[[], Awaitable[str | None]]
"""Says in plain words what is wrong, or None. May raise: that is wrong, too."""

_ANSWER_WITHIN_S: Final = 2.0
_BACKLOG: Final = 64


class AddressError(Exception):
    """The address to listen on cannot be had. The text says which, why, and what to do."""


class Readiness:
    """The checks of a process, asked side by side.

    A check that does not answer in time counts as wrong and is left running, because to cancel
    it could break the database's driver; the next question waits for the same answer.
    """

    def __init__(self, checks: Mapping[str, Check], within_s: float = _ANSWER_WITHIN_S) -> None:
        self._checks = checks
        self._within_s = within_s
        self._running: dict[str, asyncio.Task[str | None]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What readiness needs."""
        return tuple(self._checks)

    async def reasons(self) -> dict[str, str]:
        """What is wrong, by the name of the check; empty when ready."""
        asked = {name: self._ask(name, check) for name, check in self._checks.items()}
        if asked:
            await asyncio.wait(asked.values(), timeout=self._within_s)
        found = {name: self._answer(task) for name, task in asked.items()}
        return {name: reason for name, reason in found.items() if reason is not None}

    def _ask(self, name: str, check: Check) -> "asyncio.Task[str | None]":
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.ensure_future(_answered(check))
        return task

    def _answer(self, task: "asyncio.Task[str | None]") -> str | None:
        return task.result() if task.done() else f"no answer within {self._within_s:g} s"


async def _answered(check: Check) -> str | None:
    try:
        return await check()
    except Exception as error:  # noqa: BLE001  (whatever it is, the process is not ready)
        return f"failed with {type(error).__name__}"


def health_app(
    readiness: Readiness, registry: CollectorRegistry, ready: Gauge | None = None
) -> Starlette:
    """The application. `ready` is set for each check when `/readyz` is asked."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def readyz(_: Request) -> Response:
        reasons = await readiness.reasons()
        if ready is not None:
            _show(ready, readiness, reasons)
        content = {"ready": not reasons, "reasons": reasons}
        return JSONResponse(content, status_code=503 if reasons else 200)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    paths = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}
    return Starlette(routes=[Route(path, answer) for path, answer in paths.items()])


def _show(ready: Gauge, readiness: Readiness, reasons: Mapping[str, str]) -> None:
    for name in readiness.names:
        ready.labels(name).set(name not in reasons)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: ending the process is its owner's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """The application answers inside the block, on the port that it gives (for 0 a free one).

    Raises `AddressError` when the address cannot be had.
    """
    with _bound(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=math.ceil(_ANSWER_WITHIN_S),
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(
            f"cannot listen on {host}:{port} ({error.strerror}): end what uses it, or choose "
            "another with SIGNALBOX_HEALTH_HOST and SIGNALBOX_HEALTH_PORT (0 takes a free port)"
        ) from error
    return listener
