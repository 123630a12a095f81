"""`/livez`, `/readyz` and `/metrics` answer inside a running process, and end with it."""

import asyncio
import json
import signal
import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from service.api.health import AddressError, Readiness, health_app, serving
from service.telemetry import make_metrics


async def fine() -> str | None:
    return None


async def away() -> str | None:
    return "nothing settled for 120 s while records wait"


async def broken() -> str | None:
    raise ConnectionRefusedError("at db.example as ann")


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


async def _get(port: int, path: str) -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    return await asyncio.to_thread(ask)


async def test_a_process_without_trouble_is_ready() -> None:
    app = health_app(Readiness({"database": fine, "broker": fine}), CollectorRegistry())

    async with serving(app, "127.0.0.1", 0) as port:
        assert await _get(port, "/livez") == (200, '{"live":true}')
        assert await _get(port, "/readyz") == (200, '{"ready":true,"reasons":{}}')


async def test_each_reason_is_named_and_holds_no_detail_of_an_error() -> None:
    checks = {"database": broken, "broker": fine, "progress": away}
    app = health_app(Readiness(checks), CollectorRegistry())

    async with serving(app, "127.0.0.1", 0) as port:
        status, text = await _get(port, "/readyz")

    assert status == 503
    assert json.loads(text)["reasons"] == {
        "database": "failed with ConnectionRefusedError",
        "progress": "nothing settled for 120 s while records wait",
    }


async def test_a_process_that_is_not_ready_lives() -> None:
    app = health_app(Readiness({"database": broken}), CollectorRegistry())

    async with serving(app, "127.0.0.1", 0) as port:
        assert (await _get(port, "/livez"))[0] == 200


async def test_a_check_without_an_answer_is_wrong_and_is_asked_only_once() -> None:
    asked = 0

    async def counted() -> str | None:
        nonlocal asked
        asked += 1
        return await silent()

    readiness = Readiness({"database": counted, "broker": fine}, within_s=0.01)

    for _ in range(3):
        assert await readiness.reasons() == {"database": "no answer within 0.01 s"}
    assert asked == 1


async def test_metrics_are_prometheus_text_with_readiness_in_them() -> None:
    registry = CollectorRegistry()
    app = health_app(
        Readiness({"database": fine, "broker": broken}), registry, make_metrics(registry).ready
    )

    async with serving(app, "127.0.0.1", 0) as port:
        await _get(port, "/readyz")
        status, text = await _get(port, "/metrics")

    assert status == 200
    assert 'signalbox_ready{need="database"} 1.0' in text
    assert 'signalbox_ready{need="broker"} 0.0' in text


async def test_a_taken_port_is_one_sentence_with_a_remedy() -> None:
    app = health_app(Readiness({}), CollectorRegistry())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(AddressError, match=f"cannot listen on 127.0.0.1:{port} .+: end what"):
            async with serving(app, "127.0.0.1", port):
                pass


async def test_it_leaves_signals_alone_and_frees_its_port() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    app = health_app(Readiness({}), CollectorRegistry())

    async with serving(app, "127.0.0.1", 0) as port:
        await _get(port, "/livez")
        during = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    assert during == before
    with socket.socket() as again:
        assert again.connect_ex(("127.0.0.1", port)) != 0
