"""What a connection of our own finds out when a client has failed."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from typing import Any

from aiokafka.errors import KafkaConnectionError

from service.brokers.trouble import find_trouble

AWAY = "127.0.0.1:1"
FAILED = KafkaConnectionError()


async def test_a_broker_that_is_away_may_be_there_later() -> None:
    found = await find_trouble(AWAY, {}, FAILED)
    assert found.problem.startswith("cannot be reached")
    assert found.passes


async def test_one_that_refuses_us_for_good_is_told_although_others_are_away() -> None:
    async def speaks_no_tls(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    safe: dict[str, Any] = {
        "security_protocol": "SSL",
        "ssl_context": ssl.create_default_context(),
    }
    async with await asyncio.start_server(speaks_no_tls, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await find_trouble(f"127.0.0.1:{port},{AWAY}", safe, FAILED)
    assert found.problem == "cannot be trusted: it does not speak TLS there"
    assert not found.passes
