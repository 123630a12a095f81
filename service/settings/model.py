"""Every setting: what it means, what it must be, and what must fit together.

Numbers carry their unit in the name; every limit on what the service accepts is here by name.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, FilePath, SecretStr
from pydantic import model_validator as validates_all
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.settings.values import (
    Addresses,
    Age,
    Authorities,
    DatabaseUrl,
    SubjectKey,
    Tokens,
    TokenUrl,
)

PREFIX: Final = "SIGNALBOX_"
ENV_FILE: Final = Path(".env")

MOST_AHEAD_S: Final = 86_400
"""How far an event may lie ahead of its record: reading relies on it to look at few partitions."""

FIXED_LIMITS: Final = {
    "json_max_depth": (32, "A record that is nested deeper becomes a dead letter."),
    "framework_max_rules": (10_000, "A framework with more rules is refused."),
    "framework_max_stages": (2_000, "A framework with more stages is refused."),
    "rule_max_characters": (2_000, "A longer condition is refused."),
    "rule_max_depth": (32, "A condition that is nested deeper is refused."),
    "segment_max_values": (1_000, "Further values of a segment are shown as `other`."),
    "page_max_rows": (500, "More rows are never listed at once."),
    "yaml_max_bytes": (1_048_576, "A longer file of a framework is refused."),
}
"""Limits that nobody can set, because what was accepted once must be accepted for ever."""


class SchemaSettings(BaseSettings):
    """Where the schemas are that records were written with: all that reading one by one needs."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    schema_registry_url: Annotated[str, Field(pattern=r"^((https?|file)://\S+)?$")] = ""
    """Where schemas are: http(s)://host:port of a registry, or file:///directory of 42.avsc and the
    like. Needed only for records that were written with a schema."""

    schema_registry_username: str = ""
    """Who asks the schema registry, or the key of its API."""

    schema_registry_password: SecretStr = SecretStr("")
    """The password for the schema registry, or the secret of its API."""

    schema_registry_token: SecretStr = SecretStr("")
    """A token that the schema registry takes instead of a name and a password."""

    schema_registry_cafile: Authorities | None = None
    """The file of certificate authorities to trust for the schema registry; without it the
    system's."""

    @validates_all(mode="after")
    def _registry_has_a_certificate(self) -> Self:
        if self.schema_registry_cafile and not self.schema_registry_url.startswith("https:"):
            raise ValueError(
                f"{PREFIX}SCHEMA_REGISTRY_CAFILE means nothing where {PREFIX}SCHEMA_REGISTRY_URL "
                "does not begin with https://"
            )
        return self


class Settings(SchemaSettings):
    """What one process of the service runs with."""

    # Where things are.

    database_url: DatabaseUrl
    """The PostgreSQL database, as postgresql://user:password@host:5432/database; with TLS that
    is verified, ?sslmode=verify-full&sslrootcert=FILE behind it."""

    kafka_bootstrap: Addresses
    """Brokers to ask first: host:port, several with commas."""

    subject_key: SubjectKey
    """The secret under which customers' identifiers are hashed. Another one makes other people
    of all customers: never change it."""

    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to speak to the brokers."""

    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = (
        "SCRAM-SHA-512"
    )
    """How to log in to the brokers, where the protocol is a SASL one."""

    kafka_sasl_username: str = ""
    """Who logs in to the brokers."""

    kafka_sasl_password: SecretStr = SecretStr("")
    """The password for the brokers."""

    kafka_oauth_token_file: FilePath | None = None
    """A file with the token of OAUTHBEARER, read at each connection; somebody renews it."""

    kafka_oauth_token_url: TokenUrl = ""
    """Where a token of OAUTHBEARER is asked for, by the client credentials of OAuth 2."""

    kafka_oauth_client_id: str = ""
    """Who asks for a token."""

    kafka_oauth_client_secret: SecretStr = SecretStr("")
    """The secret with which a token is asked for."""

    kafka_oauth_scope: str = ""
    """For what a token is asked for, where the endpoint wants to know."""

    kafka_ssl_cafile: FilePath | None = None
    """The file of certificate authorities to trust for the brokers; without it the system's."""

    kafka_ssl_certfile: FilePath | None = None
    """The file of our certificate, where the brokers ask for one; with those that lead to it."""

    kafka_ssl_keyfile: FilePath | None = None
    """The file of our certificate's key; without it, it is in the certificate's file."""

    kafka_ssl_key_password: SecretStr = SecretStr("")
    """The password of our certificate's key, where it has one."""

    consumer_group: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,200}$")] = "signalbox"
    """The consumer group that reads the sources' topics; a ledger of its own belongs to it."""

    signals_topic: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")] = (
        "journey.opportunities"
    )
    """The topic that signals are sent to."""

    # Reading.

    member: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{0,200}$")] = ""
    """This process's fixed name in its group, so that a restart takes its place at once; no
    two processes may have the same. Empty: a new name each time."""

    batch_max_records: Annotated[int, Field(ge=1, le=50_000)] = 5_000
    """Records in one transaction at most."""

    batch_wait_ms: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How long to wait for a first record before looking again."""

    partition_fetch_max_bytes: Annotated[int, Field(ge=65_536, le=104_857_600)] = 4_194_304
    """How much to fetch of one partition at once."""

    session_timeout_ms: Annotated[int, Field(ge=6_000, le=1_800_000)] = 45_000
    """After how long without a sign of life a process loses its partitions."""

    rebalance_timeout_ms: Annotated[int, Field(ge=6_000, le=1_800_000)] = 60_000
    """How long the others wait for a process that must give up partitions."""

    max_poll_interval_ms: Annotated[int, Field(ge=10_000, le=3_600_000)] = 300_000
    """How long one batch may take before the process counts as stuck."""

    drain_s: Annotated[float, Field(gt=0, le=300)] = 10
    """How long to finish running work when partitions are given up or the process is to end."""

    stalled_after_s: Annotated[float, Field(ge=5, le=86_400)] = 120
    """After how long with records waiting and none settled the process is not ready; if none was
    even fetched, it ends with exit status 1, to be started again."""

    retry_max_s: Annotated[float, Field(gt=0, le=600)] = 10
    """The longest pause between two tries of a batch."""

    # The database.

    database_pool_connections: Annotated[int, Field(ge=2, le=200)] = 5
    """Connections for checks, the relay and readers, of one process."""

    statement_timeout_s: Annotated[float, Field(gt=0, le=3_600)] = 60
    """After how long the database ends a statement."""

    lock_timeout_s: Annotated[float, Field(gt=0, le=3_600)] = 30
    """After how long the database gives up waiting for a lock."""

    idle_transaction_timeout_s: Annotated[float, Field(gt=0, le=3_600)] = 60
    """After how long the database ends a transaction in which nothing happens."""

    # Signals.

    producer_idempotence: bool = True
    """Whether the broker numbers what is sent to it. Only the embedded broker cannot."""

    signals_max_age: Age = timedelta(days=7)
    """Older signals about opportunities that are no longer open are not sent, but counted."""

    # Asking tools for what their notifications only name.

    enrich_tokens: Tokens = Field(default_factory=dict)
    """With which token `signalbox enrich` asks for a source's responses, as JSON:
    {"source": "token"}."""

    enrich_max_per_s: Annotated[float, Field(gt=0, le=100)] = 2
    """How many requests a second a tool is asked at most, for each source."""

    # Health and logs.

    health_host: str = "127.0.0.1"
    """The address on which /livez, /readyz and /metrics answer; 0.0.0.0 in a container."""

    health_port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """The port for these; 0 takes a free one."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""

    log_format: Literal["json", "text"] = "json"
    """One JSON object a line, or text for a person."""

    # Limits: what is beyond them is refused with a clear error.

    record_max_bytes: Annotated[int, Field(ge=1_024, le=104_857_600)] = 1_048_576
    """A longer record becomes a dead letter with its whole bytes."""

    text_max_bytes: Annotated[int, Field(ge=0, le=1_048_576)] = 16_384
    """What a customer wrote is cut here."""

    event_max_attributes: Annotated[int, Field(ge=1, le=64)] = 64
    """An event with more attributes becomes a dead letter."""

    event_max_ahead_s: Annotated[int, Field(ge=0, le=MOST_AHEAD_S)] = MOST_AHEAD_S
    """An event that is further ahead of its record's time becomes a dead letter."""

    @validates_all(mode="after")
    def _consistent(self) -> "Settings":
        for wrong in (self._lacking(), self._without_effect()):
            if wrong:
                raise ValueError(wrong)
        if self.rebalance_timeout_ms <= self.drain_s * 1_000:
            raise ValueError(
                f"{PREFIX}REBALANCE_TIMEOUT_MS must be longer than {PREFIX}DRAIN_S, or a process "
                "that finishes its work loses its place"
            )
        return self

    def _lacking(self) -> str:
        """What logging in to the brokers needs and is not there."""
        if not self.kafka_security_protocol.startswith("SASL"):
            return ""
        if self.kafka_sasl_mechanism == "OAUTHBEARER":
            client = (self.kafka_oauth_token_url, self.kafka_oauth_client_id)
            complete = all(client) and self.kafka_oauth_client_secret.get_secret_value()
            if complete or self.kafka_oauth_token_file:
                return ""
            return (
                f"{PREFIX}KAFKA_OAUTH_TOKEN_FILE is needed, or {PREFIX}KAFKA_OAUTH_TOKEN_URL, "
                f"_CLIENT_ID and _CLIENT_SECRET, where {PREFIX}KAFKA_SASL_MECHANISM is OAUTHBEARER"
            )
        if self.kafka_sasl_username and self.kafka_sasl_password.get_secret_value():
            return ""
        return (
            f"{PREFIX}KAFKA_SASL_USERNAME and {PREFIX}KAFKA_SASL_PASSWORD are needed where "
            f"{PREFIX}KAFKA_SECURITY_PROTOCOL is {self.kafka_security_protocol}"
        )

    def _without_effect(self) -> str:
        """A setting of a safer line than the protocol gives: somebody believes to be safe."""
        protocol = self.kafka_security_protocol
        for needs, part in (("SSL", "ssl_"), ("SASL", "sasl_"), ("SASL", "oauth_")):
            given = [n for n in self.model_fields_set if n.startswith(f"kafka_{part}")]
            if given and needs not in protocol:
                return (
                    f"{variable(min(given))} means nothing where "
                    f"{PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}"
                )
        if self.kafka_ssl_keyfile and not self.kafka_ssl_certfile:
            return f"{PREFIX}KAFKA_SSL_KEYFILE needs {PREFIX}KAFKA_SSL_CERTFILE beside it"
        return ""


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def meaning(name: str) -> str:
    """What a setting is for, as one line."""
    return " ".join((Settings.model_fields[name].description or "").split())
