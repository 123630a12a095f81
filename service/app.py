"""The composition: where connectors, settings and the parts of the service meet.

Here a source finds its connector, a stored revision becomes a compiled one, and a process gets
its worker, evaluator, relay and health server.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiokafka.helpers import create_ssl_context
from pydantic import BaseModel

from connectors.registry import connectors
from service.framework.loading import Accepted, Loaded, Refused, load_files
from service.framework.models import Framework, Source
from service.framework.revisions import changes, digest, rule_specs
from service.history.needs import HistoryNeeds
from service.identity.keys import Keyring
from service.ingest.kafka import KafkaLines
from service.ingest.prepare import Limits
from service.ingest.revision import Convert, Revision, compile_revision, watched_touchpoints
from service.ingest.rulebook import CompileStored
from service.ingest.worker import WorkerOptions
from service.routing import Router
from service.settings import Settings
from service.store.connecting import DatabaseLine
from service.store.revisions import NewRevision, StoredRevision


class UnreadableRevisionError(Exception):
    """A stored revision does not load: a connector that it names is not installed here."""


def connector_options() -> Mapping[str, type[BaseModel]]:
    """What loading a framework needs to know of the connectors that are installed."""
    return {name: connector.options for name, connector in connectors().items()}


def open_source(source: Source) -> Convert:
    """What reads the records of a source whose options were checked."""
    connector = connectors()[source.connector]
    options = connector.options.model_validate({**source.options, "ignore": source.ignore})
    return connector.open(options)


def keyring(settings: Settings) -> Keyring:
    """The keys of this installation's customers."""
    return Keyring(settings.subject_key.get_secret_value().encode())


def compile_stored(settings: Settings) -> CompileStored:
    """How this process compiles a revision that was applied."""
    return partial(_compile_stored, keyring(settings))


def _compile_stored(keys: Keyring, stored: StoredRevision) -> Revision:
    return compile_revision(stored.id, loaded_revision(stored.files), open_source, keys)


def loaded_revision(files: Mapping[str, str]) -> Framework:
    """The framework of an applied revision. Raises `UnreadableRevisionError`."""
    loaded: Loaded = load_files(files, connector_options())
    if isinstance(loaded, Refused):
        raise UnreadableRevisionError(
            f"the applied framework does not load here: {loaded.problems[0]}"
        )
    return loaded.framework


def new_revision(accepted: Accepted, before: Framework | None, author: str) -> NewRevision:
    """What to store when `accepted` is applied after `before`."""
    framework = accepted.framework
    router = Router.compile(rule_specs(framework))
    return NewRevision(
        author=author,
        digest=digest(framework),
        files=dict(accepted.files),
        changes=[change.text for change in changes(before, framework)],
        needs=HistoryNeeds(router.asked, router.askers),
        watched=watched_touchpoints(framework),
    )


def database_line(settings: Settings) -> DatabaseLine:
    """How ingest reaches the database."""
    return DatabaseLine(
        settings.database_url.get_secret_value(),
        settings.statement_timeout_s,
        settings.lock_timeout_s,
        settings.idle_transaction_timeout_s,
    )


def kafka_lines(settings: Settings) -> KafkaLines:
    """How every client reaches the brokers."""
    security: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_security_protocol.startswith("SASL"):
        security |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": settings.kafka_sasl_password.get_secret_value(),
        }
    if settings.kafka_security_protocol.endswith("SSL"):
        cafile = str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None
        security["ssl_context"] = create_ssl_context(cafile=cafile)
    return KafkaLines(settings.kafka_bootstrap, security)


def worker_options(settings: Settings) -> WorkerOptions:
    """How the worker of this process runs."""
    return WorkerOptions(
        database=database_line(settings),
        kafka=kafka_lines(settings),
        group=settings.consumer_group,
        limits=Limits(
            record_bytes=settings.record_max_bytes,
            text_bytes=settings.text_max_bytes,
            attributes=settings.event_max_attributes,
            ahead_us=settings.event_max_ahead_s * 1_000_000,
        ),
        batch_records=settings.batch_max_records,
        poll_timeout_ms=settings.batch_wait_ms,
        fetch_max_bytes=settings.partition_fetch_max_bytes,
        session_timeout_ms=settings.session_timeout_ms,
        max_poll_interval_ms=settings.max_poll_interval_ms,
        rebalance_timeout_ms=settings.rebalance_timeout_ms,
        instance_id=settings.member or None,
        drain_s=settings.drain_s,
    )
