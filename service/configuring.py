"""The settings of a process as the parts of the service want them."""

from functools import partial
from pathlib import Path
from typing import Final

from connectors.envelopes.schemas import NO_SCHEMAS, Schemas
from service.brokers.security import kafka_security
from service.identity.keys import Keyring
from service.ingest.preparing.prepare import Limits
from service.ingest.preparing.revision import OpenSource, Revision, compile_revision
from service.ingest.reading.kafka import KafkaLines
from service.ingest.settling.rulebook import CompileStored
from service.registry import FileRegistry, HttpRegistry, SchemaBook
from service.settings import SchemaSettings, Settings
from service.sources import loaded_revision, open_source
from service.store.connecting import DatabaseLine
from service.store.revisions import StoredRevision

FILES: Final = "file://"
"""How the address of a registry begins that is a directory."""


def keyring(settings: Settings) -> Keyring:
    """The keys of this installation's customers."""
    return Keyring(settings.subject_key.get_secret_value().encode())


def database_line(settings: Settings) -> DatabaseLine:
    """How ingest reaches the database."""
    return DatabaseLine(
        settings.database_url.get_secret_value(),
        settings.statement_timeout_s,
        settings.lock_timeout_s,
        settings.idle_transaction_timeout_s,
        settings.retry_max_s,
    )


def kafka_lines(settings: Settings) -> KafkaLines:
    """How every client reaches the brokers."""
    return KafkaLines(settings.kafka_bootstrap, kafka_security(settings))


def schema_book(settings: SchemaSettings) -> SchemaBook | None:
    """The schemas of the registry that the settings name, if they do."""
    url = settings.schema_registry_url
    if not url:
        return None
    if url.startswith(FILES):
        return SchemaBook(FileRegistry(Path(url.removeprefix(FILES))))
    name, password = settings.schema_registry_username, settings.schema_registry_password
    account = (name, password.get_secret_value()) if name else None
    token = settings.schema_registry_token.get_secret_value()
    authorities = settings.schema_registry_cafile
    return SchemaBook(HttpRegistry(url, account=account, token=token, cafile=authorities))


def limits(settings: Settings) -> Limits:
    """The bounds that every record meets."""
    return Limits(
        record_bytes=settings.record_max_bytes,
        text_bytes=settings.text_max_bytes,
        attributes=settings.event_max_attributes,
        ahead_us=settings.event_max_ahead_s * 1_000_000,
    )


def compile_stored(settings: Settings, schemas: Schemas = NO_SCHEMAS) -> CompileStored:
    """How this process compiles a revision that was applied."""
    return partial(_compile_stored, keyring(settings), partial(open_source, schemas=schemas))


def _compile_stored(keys: Keyring, open_source: OpenSource, stored: StoredRevision) -> Revision:
    return compile_revision(stored.id, loaded_revision(stored.files), open_source, keys)
