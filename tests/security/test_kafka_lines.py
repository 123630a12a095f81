"""Each way to speak to Kafka, and each thing that can be wrong with it."""

import json
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from service.cli.failing import CommandError, broker_failures
from service.configuring import kafka_lines
from service.ingest.reading.kafka import existing_topics
from tests.support.certificates import Authority, with_password
from tests.support.command import settings as variables_for
from tests.support.command import signalbox
from tests.support.ingesting import ingesting, settings_for
from tests.support.secured import (
    CLIENT_SECRET,
    PASSWORD,
    USER,
    SecuredKafka,
    TokenEndpoint,
    token,
)

pytestmark = [pytest.mark.durable, pytest.mark.kafka]

NO_DATABASE: Final = "postgresql://nobody:nothing@127.0.0.1:1/none"
WRONG: Final = "canary-wrong-credential"
SECRETS: Final = (PASSWORD, CLIENT_SECRET, WRONG)

Line = dict[str, str]


def tls(kafka: SecuredKafka, listener: str = "TLS", **others: str) -> Line:
    return {
        "kafka_bootstrap": kafka.addresses[listener],
        "kafka_security_protocol": "SSL",
        "kafka_ssl_cafile": str(kafka.authority.root),
        **others,
    }


def with_certificate(kafka: SecuredKafka, signer: Authority) -> Line:
    """Our certificate, its key behind a password."""
    ours = signer.sign(f"ours-of-{signer.root.parent.name}")
    return tls(
        kafka,
        "MUTUAL",
        kafka_ssl_certfile=str(ours.certificate),
        kafka_ssl_keyfile=str(with_password(ours.key, PASSWORD)),
        kafka_ssl_key_password=PASSWORD,
    )


def sasl(kafka: SecuredKafka, listener: str, mechanism: str, **login: str) -> Line:
    safe = {"kafka_ssl_cafile": str(kafka.authority.root)} if listener == "SAFE" else {}
    return {
        "kafka_bootstrap": kafka.addresses[listener],
        "kafka_security_protocol": "SASL_SSL" if listener == "SAFE" else "SASL_PLAINTEXT",
        "kafka_sasl_mechanism": mechanism,
        **safe,
        **login,
    }


def login(password: str = PASSWORD) -> Line:
    return {"kafka_sasl_username": USER, "kafka_sasl_password": password}


def client(endpoint: TokenEndpoint, secret: str = CLIENT_SECRET) -> Line:
    return {
        "kafka_oauth_token_url": endpoint.url,
        "kafka_oauth_client_id": USER,
        "kafka_oauth_client_secret": secret,
        "kafka_oauth_scope": "kafka",
    }


async def topics_by(line: Line) -> set[str]:
    lines = kafka_lines(settings_for(NO_DATABASE, **line))
    return await existing_topics(lines)


async def test_tls_with_and_without_a_certificate_of_ours(locked_kafka: SecuredKafka) -> None:
    await topics_by(tls(locked_kafka))
    await topics_by(with_certificate(locked_kafka, locked_kafka.authority))


@pytest.mark.parametrize("listener", ["CLEAR", "SAFE"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_user_and_password_let_in(
    listener: str, mechanism: str, locked_kafka: SecuredKafka
) -> None:
    await topics_by(sasl(locked_kafka, listener, mechanism, **login()))


@pytest.mark.parametrize("listener", ["CLEAR", "SAFE"])
async def test_a_token_lets_in_from_a_file_and_from_an_endpoint(
    listener: str, locked_kafka: SecuredKafka, tokens: TokenEndpoint, token_file: Path
) -> None:
    bearer = sasl(locked_kafka, listener, "OAUTHBEARER")
    await topics_by({**bearer, "kafka_oauth_token_file": str(token_file)})
    await topics_by({**bearer, **client(tokens)})
    assert tokens.asked == [{"grant_type": ["client_credentials"], "scope": ["kafka"]}]


def wrong_lines(
    kafka: SecuredKafka, tokens: TokenEndpoint, folder: Path
) -> Mapping[str, tuple[Line, str]]:
    """Each thing that can be wrong, with what `doctor` must say of it."""
    expired, garbage = folder / "expired", folder / "garbage"
    expired.write_text(token(lives_s=-60))
    garbage.write_text(WRONG)
    bearer = sasl(kafka, "SAFE", "OAUTHBEARER")
    stranger = {"kafka_ssl_cafile": str(kafka.stranger.root)}
    refused = "does not let us in"
    closed = "ends the connection at once"
    return {
        "password, PLAIN": (sasl(kafka, "SAFE", "PLAIN", **login(WRONG)), refused),
        "password, SCRAM": (sasl(kafka, "SAFE", "SCRAM-SHA-256", **login(WRONG)), refused),
        "password, in clear": (sasl(kafka, "CLEAR", "SCRAM-SHA-512", **login(WRONG)), refused),
        "token expired": ({**bearer, "kafka_oauth_token_file": str(expired)}, refused),
        "no token": ({**bearer, "kafka_oauth_token_file": str(garbage)}, refused),
        "client's secret": ({**bearer, **client(tokens, WRONG)}, "401 invalid_client"),
        "authority": ({**tls(kafka), **stranger}, "signed by nobody that is trusted here"),
        "host": (tls(kafka, "ELSEWHERE"), "its certificate is for another address"),
        "expired": (tls(kafka, "EXPIRED"), "its certificate has expired"),
        "no certificate": (tls(kafka, "MUTUAL"), closed),
        "our authority": (with_certificate(kafka, kafka.stranger), closed),
        "no TLS": ({"kafka_bootstrap": kafka.addresses["TLS"]}, closed),
        "no login": ({"kafka_bootstrap": kafka.addresses["CLEAR"]}, closed),
    }


async def test_what_is_wrong_with_a_line_is_told_in_one_sentence_without_a_secret(
    locked_kafka: SecuredKafka,
    tokens: TokenEndpoint,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING")
    for name, (line, expected) in wrong_lines(locked_kafka, tokens, tmp_path).items():
        settings = settings_for(NO_DATABASE, **line)
        with pytest.raises(CommandError) as refused, broker_failures(settings):
            await existing_topics(kafka_lines(settings))
        assert expected in str(refused.value), f"{name}: {refused.value}"
        told = "".join(traceback.format_exception(refused.value)) + caplog.text
        found = [line for line in told.splitlines() if any(secret in line for secret in SECRETS)]
        assert not found, f"{name}: {found}"


async def test_doctor_says_what_is_wrong(locked_kafka: SecuredKafka) -> None:
    variables = variables_for(NO_DATABASE, "", **tls(locked_kafka, "EXPIRED"))
    said = await signalbox("doctor", "--json", variables=variables)
    (finding,) = (one for one in json.loads(said.out) if one["what"] == "broker")
    assert not finding["well"]
    assert "its certificate has expired" in finding["detail"]
    assert "SIGNALBOX_KAFKA_SSL_" in finding["remedy"]


async def test_a_service_that_is_not_let_in_ends_and_says_why(
    locked_kafka: SecuredKafka, database_url: str
) -> None:
    line = sasl(locked_kafka, "SAFE", "SCRAM-SHA-512", **login(WRONG))
    variables = variables_for(database_url, "", **line, log_level="debug")
    async with ingesting(database_url):
        pass
    said = await signalbox("run", variables=variables)
    assert said.status == 2
    assert "does not let us in. Correct SIGNALBOX_KAFKA_SASL_*" in said.err
    assert not any(secret in said.out + said.err for secret in SECRETS)
