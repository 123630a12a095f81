"""Logs and metrics. No customer's text and no secret is in either, whatever happens.

Logs are structlog's: one JSON object a line, on standard error, with names and numbers as fields.
An exception is logged as its type and where it arose; its message is left out, because a
database's message quotes the row. Of other libraries' logs the text is kept only where it is
known to hold no data. `Metrics` is the whole catalogue for Prometheus.
"""

import logging
import sys
from collections.abc import MutableMapping
from traceback import extract_tb
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
LogFormat: TypeAlias = Literal["json", "text"]

Fields: TypeAlias = MutableMapping[str, Any]

_SPEAKS_OF_TOPICS_ONLY: Final = ("aiokafka",)
_SAID_AGAIN_AFTER_S: Final = 30.0
_HAVE_HANDLERS_OF_THEIR_OWN: Final = ("faststream", "faststream.access", "faststream.access.kafka")
"""Loggers that would write past the filter, from the moment their library is imported."""

_BATCH_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATENCY_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300)


def configure_logging(level: LogLevel = "info", form: LogFormat = "json") -> None:
    """Makes this process log as the module says. May be called again.

    Libraries must be imported before, or the handlers that they bring stay.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_messages,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_without_data)
    handler.addFilter(_Seldom(_SAID_AGAIN_AFTER_S))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    for name in _HAVE_HANDLERS_OF_THEIR_OWN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("service", "connectors"):
        logging.getLogger(ours).setLevel(level.upper())


def without_messages(_logger: object, _method: str, fields: Fields) -> Fields:
    """Puts an exception's type and place where its message and traceback would be."""
    given = fields.pop("exc_info", None)
    error = sys.exception() if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        fields["error"] = type(error).__qualname__
        fields["at"] = [
            f"{f.filename}:{f.lineno} {f.name}" for f in extract_tb(error.__traceback__)
        ]
    return fields


def _without_data(record: logging.LogRecord) -> bool:
    """Of a foreign record the first line of its template stays, without what was filled in.

    Below a warning nothing stays, whoever lowered a level: the Kafka client would log passwords.
    """
    library = record.name.partition(".")[0]
    if library in ("service", "connectors"):
        return True
    if library not in _SPEAKS_OF_TOPICS_ONLY and isinstance(record.msg, str):
        record.msg, record.args = record.msg.partition("\n")[0], None
    return record.levelno >= logging.WARNING


class _Seldom(logging.Filter):
    """Of what a client says again and again, such as that a broker is away, one in a while."""

    def __init__(self, again_after_s: float) -> None:
        super().__init__()
        self._again_after_s = again_after_s
        self._said_s: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _SPEAKS_OF_TOPICS_ONLY:
            return True
        what = (record.name, record.msg)
        last_s = self._said_s.get(what)
        if last_s is not None and record.created - last_s < self._again_after_s:
            return False
        self._said_s[what] = record.created
        return True


class Metrics(NamedTuple):
    """Every metric of a process. Counters only grow; a restart begins at zero."""

    records: Counter
    items: Counter
    batch_seconds: Histogram
    latency_seconds: Histogram
    rebalances: Counter
    offset_hints_refused: Counter
    missed_offsets: Counter
    topics_made_anew: Gauge
    lag_records: Gauge
    database_retries: Counter
    rule_errors: Counter
    checks: Counter
    signals: Counter
    pending_signals: Gauge
    ready: Gauge
    revision: Gauge


def make_metrics(registry: CollectorRegistry) -> Metrics:
    """The catalogue, registered once in `registry`."""
    return Metrics(
        records=Counter(
            "signalbox_records", "Records settled, by topic.", ["topic"], registry=registry
        ),
        items=Counter(
            "signalbox_items",
            "Items by topic and outcome: events, duplicates, superseded, ignored, dead_letters.",
            ["topic", "outcome"],
            registry=registry,
        ),
        batch_seconds=Histogram(
            "signalbox_batch_seconds",
            "From a batch's being prepared to its commit.",
            buckets=_BATCH_SECONDS,
            registry=registry,
        ),
        latency_seconds=Histogram(
            "signalbox_latency_seconds",
            "From the time of a batch's newest record in a partition to the commit of its numbers.",
            buckets=_LATENCY_SECONDS,
            registry=registry,
        ),
        rebalances=Counter(
            "signalbox_rebalances", "How often partitions were given up.", registry=registry
        ),
        offset_hints_refused=Counter(
            "signalbox_offset_hints_refused",
            "Offsets that the broker did not take; the ledger has them.",
            registry=registry,
        ),
        missed_offsets=Counter(
            "signalbox_missed_offsets",
            "Offsets that were gone from a topic before they were read; each range is an incident.",
            ["topic", "partition"],
            registry=registry,
        ),
        topics_made_anew=Gauge(
            "signalbox_topics_made_anew",
            "Topics of which nothing is read, because they are not the ones that were read before.",
            registry=registry,
        ),
        lag_records=Gauge(
            "signalbox_lag_records",
            "Offsets between the end of a partition and what is settled.",
            ["topic", "partition"],
            registry=registry,
        ),
        database_retries=Counter(
            "signalbox_database_retries",
            "Transactions that were tried again, by reason.",
            ["reason"],
            registry=registry,
        ),
        rule_errors=Counter(
            "signalbox_rule_errors",
            "Conditions that ended in an error and so did not match, by rule.",
            ["rule"],
            registry=registry,
        ),
        checks=Counter(
            "signalbox_checks",
            "Checks of objectives, by what they found.",
            ["objective", "health"],
            registry=registry,
        ),
        signals=Counter(
            "signalbox_signals",
            "Signals by what became of them: sent, failed, too_old.",
            ["outcome"],
            registry=registry,
        ),
        pending_signals=Gauge(
            "signalbox_pending_signals", "Signals that wait to be sent.", registry=registry
        ),
        ready=Gauge(
            "signalbox_ready",
            "1 where the process is ready, by what that needs: database, broker, progress.",
            ["need"],
            registry=registry,
        ),
        revision=Gauge(
            "signalbox_revision",
            "The framework's revision under which the last batch was counted.",
            registry=registry,
        ),
    )
