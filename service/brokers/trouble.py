"""What is wrong with brokers that cannot be used, in plain words without a secret.

Clients of Kafka try all addresses and then say no more than that none could be reached.
`find_trouble` makes one connection of its own and puts what happened into words.
"""

import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    SaslAuthenticationFailed,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from service.brokers.tokens import TokenError
from service.tls import tls_trouble

TIMEOUT_MS: Final = 10_000


class Trouble(NamedTuple):
    """What is wrong, after the name of the broker, and what to do about it.

    `passes`: it may be over when it is tried again, without a correction here.
    """

    problem: str
    remedy: str
    passes: bool = False


async def find_trouble(bootstrap: str, security: Mapping[str, Any], failed: Exception) -> Trouble:
    """Why a client has `failed`: what happens to a connection of our own, if that fails, too.

    Of several addresses the last one tells, unless another refuses us for good.
    """
    troubles: list[Trouble] = []
    for address in bootstrap.split(","):
        try:
            await _ask(address, security)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is put into words
            troubles.append(broker_trouble(error))
        else:
            return broker_trouble(failed)
    return next((one for one in troubles if not one.passes), troubles[-1])


async def _ask(address: str, security: Mapping[str, Any]) -> None:
    host, _, port = address.rpartition(":")
    connection = await create_conn(host, int(port), request_timeout_ms=TIMEOUT_MS, **security)
    try:
        await connection.send(MetadataRequest([]))
    finally:
        connection.close()


def broker_trouble(error: BaseException) -> Trouble:
    """Why a connection failed."""
    if isinstance(error, ssl.SSLError):
        problem = f"cannot be trusted: {tls_trouble(error)}"
        remedy = "Correct SIGNALBOX_KAFKA_SSL_* or the certificate."
        return Trouble(problem, remedy, passes=isinstance(error, ssl.SSLEOFError))
    if isinstance(error, TokenError):
        return Trouble(f"wants a token, and {error.args[0]}", "Correct SIGNALBOX_KAFKA_OAUTH_*.")
    for types, trouble in _TROUBLES:
        if isinstance(error, types):
            return trouble
    named = f"cannot be reached ({type(error).__name__})"
    return Trouble(named, _START, passes=isinstance(error, OSError))


_START: Final = "Start it, or correct SIGNALBOX_KAFKA_BOOTSTRAP."
_PROTOCOL: Final = (
    "It may expect another SIGNALBOX_KAFKA_SECURITY_PROTOCOL, or a certificate: "
    "SIGNALBOX_KAFKA_SSL_CERTFILE."
)
_TROUBLES: Final = (
    (
        SaslAuthenticationFailed,
        Trouble("does not let us in", "Correct SIGNALBOX_KAFKA_SASL_* or SIGNALBOX_KAFKA_OAUTH_*."),
    ),
    (
        UnsupportedSaslMechanismError,
        Trouble("does not know this way to log in", "Correct SIGNALBOX_KAFKA_SASL_MECHANISM."),
    ),
    (
        (IllegalSaslStateError, KafkaConnectionError, ConnectionResetError),
        Trouble("ends the connection at once", _PROTOCOL, passes=True),
    ),
    (
        UnknownTopicOrPartitionError,
        Trouble("no longer has a topic", "Create it again.", passes=True),
    ),
    (TimeoutError, Trouble("does not answer", f"{_START} {_PROTOCOL}", passes=True)),
)
