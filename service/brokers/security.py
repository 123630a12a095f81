"""How brokers are spoken to: encrypted or not, and as whom."""

import ssl
from typing import Any

from aiokafka.abc import AbstractTokenProvider

from service.brokers.refused_tokens import heed_refused_tokens
from service.brokers.tokens import Client, ClientCredentials, TokenFile
from service.settings import Settings

heed_refused_tokens()


def kafka_security(settings: Settings) -> dict[str, Any]:
    """What every Kafka client of this process is made with, beside the addresses.

    Raises OSError, of which ssl.SSLError is one, if a file of certificates cannot be used.
    """
    protocol = settings.kafka_security_protocol
    security: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        security["ssl_context"] = _ssl_context(settings)
    if protocol.startswith("SASL"):
        security |= _login(settings)
    return security


def _ssl_context(settings: Settings) -> ssl.SSLContext:
    """Verifies the broker's certificate and name, always."""
    context = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
    if settings.kafka_ssl_certfile is not None:
        password = settings.kafka_ssl_key_password.get_secret_value()
        # Without one OpenSSL would ask for it on the terminal.
        context.load_cert_chain(
            settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile, password=lambda: password
        )
    return context


def _login(settings: Settings) -> dict[str, Any]:
    mechanism = settings.kafka_sasl_mechanism
    if mechanism == "OAUTHBEARER":
        return {"sasl_mechanism": mechanism, "sasl_oauth_token_provider": _tokens(settings)}
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
    }


def _tokens(settings: Settings) -> AbstractTokenProvider:
    if settings.kafka_oauth_token_file is not None:
        return TokenFile(settings.kafka_oauth_token_file)
    return ClientCredentials(
        Client(
            settings.kafka_oauth_token_url,
            settings.kafka_oauth_client_id,
            settings.kafka_oauth_client_secret.get_secret_value(),
            settings.kafka_oauth_scope,
        )
    )
