"""Settings: environment variables that begin with `SIGNALBOX_`, or lines of a file `.env`.

`load` gives frozen, checked settings or raises `SettingsError`, whose text says which variable is
wrong and what it should be. `described` lists all of them, secrets redacted, with their source.
Numbers carry their unit in the name; every limit on what the service accepts is here by name.
"""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, FilePath, SecretStr, ValidationError
from pydantic import model_validator as validates_all
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.framework.durations import duration_text, parse_duration

PREFIX: Final = "SIGNALBOX_"
ENV_FILE: Final = Path(".env")
_REDACTED: Final = "********"
_SUBJECT_KEY_CHARACTERS: Final = 16
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

Source: TypeAlias = Literal["environment", ".env", "default", "fixed"]
_ADDRESSES: Final = r"^[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*$"


class SettingsError(Exception):
    """The settings are incomplete or wrong. The text has one line for each variable."""


class Described(NamedTuple):
    """One setting as `signalbox config` shows it; a secret's value is redacted."""

    variable: str
    value: str
    source: Source
    meaning: str


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url = make_url(value.get_secret_value())
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    if url.query.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"its sslmode must be one of {', '.join(_SSL_MODES)}")
    for name in ("sslrootcert", "sslcert", "sslkey"):
        if name in url.query and not Path(str(url.query[name])).is_file():
            raise ValueError(f"its {name} does not point to a file")
    return value


def _token_url(value: str) -> str:
    url = urlsplit(value)
    here = url.scheme == "http" and url.hostname in ("localhost", "127.0.0.1", "::1")
    if value and (not url.hostname or url.username or not (here or url.scheme == "https")):
        raise ValueError("must begin with https:// and hold no user, or the secret could be read")
    return value


def _subject_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SUBJECT_KEY_CHARACTERS:
        raise ValueError(f"must have at least {_SUBJECT_KEY_CHARACTERS} characters")
    return value


def _tokens(value: object) -> object:
    try:
        tokens = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        tokens = None
    if not isinstance(tokens, dict) or not all(isinstance(t, str) and t for t in tokens.values()):
        raise ValueError('must be JSON, a token for each source: {"answers": "..."}')
    if any(not token.isascii() or not token.isprintable() for token in tokens.values()):
        raise ValueError("a token can have only the characters of a header")
    return tokens


DatabaseUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_database_url)]
Addresses: TypeAlias = Annotated[str, Field(pattern=_ADDRESSES)]
Tokens: TypeAlias = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_tokens)]
Age: TypeAlias = Annotated[timedelta, NoDecode, BeforeValidator(parse_duration)]


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


class Settings(SchemaSettings):
    """What one process of the service runs with."""

    # Where things are.

    database_url: DatabaseUrl
    """The PostgreSQL database, as postgresql://user:password@host:5432/database; with TLS that
    is verified, ?sslmode=verify-full&sslrootcert=FILE behind it."""

    kafka_bootstrap: Addresses
    """Brokers to ask first: host:port, several with commas."""

    subject_key: Annotated[SecretStr, AfterValidator(_subject_key)]
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

    kafka_oauth_token_url: Annotated[str, AfterValidator(_token_url)] = ""
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

    drain_s: Annotated[float, Field(gt=0, le=300)] = 15
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

    event_max_ahead_s: Annotated[int, Field(ge=0, le=31_536_000)] = 86_400
    """An event that is further ahead of its record's time becomes a dead letter."""

    @validates_all(mode="after")
    def _consistent(self) -> "Settings":
        for wrong in (self._lacking(), self._without_effect()):
            if wrong:
                raise ValueError(wrong)
        if self.rebalance_timeout_ms < self.drain_s * 1_000:
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
                    f"{_variable(min(given))} means nothing where "
                    f"{PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}"
                )
        if self.kafka_ssl_keyfile and not self.kafka_ssl_certfile:
            return f"{PREFIX}KAFKA_SSL_KEYFILE needs {PREFIX}KAFKA_SSL_CERTFILE beside it"
        return ""


def load(env_file: Path | None = ENV_FILE) -> Settings:
    """The settings of this process. Raises `SettingsError`; no secret is in its text."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as invalid:
        raise SettingsError("\n".join(map(_sentence, invalid.errors()))) from None


def load_schema_settings(env_file: Path | None = ENV_FILE) -> SchemaSettings:
    """Where schemas are, for who reads records and needs nothing else. Raises `SettingsError`."""
    try:
        return SchemaSettings(_env_file=env_file)
    except ValidationError as invalid:
        raise SettingsError("\n".join(map(_sentence, invalid.errors()))) from None


def described(settings: Settings, env_file: Path | None = ENV_FILE) -> tuple[Described, ...]:
    """Every setting with its value as it may be shown, where that came from, what it means."""
    filed = dotenv_values(env_file) if env_file else {}
    settable = (
        Described(
            _variable(name),
            _shown(getattr(settings, name)),
            _source(name, settings, filed),
            _meaning(name),
        )
        for name in Settings.model_fields
    )
    fixed = (
        Described(name, str(limit), "fixed", meaning)
        for name, (limit, meaning) in FIXED_LIMITS.items()
    )
    return (*settable, *fixed)


def unknown(environment: Mapping[str, str] = os.environ) -> tuple[tuple[str, str], ...]:
    """Variables that look like settings and are none, each with the nearest that is, or "".

    They are no error: Kubernetes sets such variables for a service of the same name.
    """
    names = [_variable(name) for name in Settings.model_fields]
    return tuple(
        (found, next(iter(get_close_matches(found, names, n=1, cutoff=0.8)), ""))
        for found in sorted(environment)
        if found.startswith(PREFIX)
        and not found.startswith(f"{PREFIX}TEST_")
        and found not in names
    )


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _meaning(name: str) -> str:
    return " ".join((Settings.model_fields[name].description or "").split())


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return _redacted(value.get_secret_value())
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in sorted(value.items()))
    return "" if value is None else str(value)


def _redacted(secret: str) -> str:
    """A URL keeps all but its password: where a database is, is no secret."""
    if secret.startswith("postgresql") and "://" in secret:
        return make_url(secret).render_as_string(hide_password=True)
    return _REDACTED if secret else ""


def _source(name: str, settings: Settings, filed: Mapping[str, str | None]) -> Source:
    if name not in settings.model_fields_set:
        return "default"
    environment = {key.upper() for key, value in os.environ.items() if value}
    return "environment" if _variable(name) in environment or not filed else ".env"


def _sentence(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0])
    if error["type"] == "missing":
        return (
            f"{_variable(name)} is not set. {_meaning(name)} Set it in the environment or in .env."
        )
    return f"{_variable(name)}: {_plain(message)}"


def _plain(message: str) -> str:
    """Pydantic's sentence in words that fit a variable."""
    return message.replace("Input should", "must").replace("String should", "must")
