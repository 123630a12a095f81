"""Logs: one JSON object a line, on standard error, with names and numbers as fields.

An exception is logged as its type and where it arose; its message is left out, because a
database's message quotes the row. Of other libraries' logs the text is kept only where it is
known to hold no data.
"""

import logging
import sys
from collections.abc import MutableMapping
from traceback import extract_tb
from typing import Any, Final, Literal, TypeAlias

import structlog

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
LogFormat: TypeAlias = Literal["json", "text"]

Fields: TypeAlias = MutableMapping[str, Any]

_SPEAKS_OF_TOPICS_ONLY: Final = ("aiokafka",)
_SAID_AGAIN_AFTER_S: Final = 30.0
_HAVE_HANDLERS_OF_THEIR_OWN: Final = ("faststream", "faststream.access", "faststream.access.kafka")
"""Loggers that would write past the filter, from the moment their library is imported."""


def configure_logging(level: LogLevel = "info", form: LogFormat = "json") -> None:
    """Makes this process log as the module says. May be called again.

    Libraries must be imported before, or the handlers that they bring stay.
    """
    structlog.configure(
        processors=[*_FIELDS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    for name in _HAVE_HANDLERS_OF_THEIR_OWN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    root = logging.getLogger()
    root.handlers[:] = [_handler(form)]
    root.setLevel(logging.WARNING)
    for ours in ("service", "connectors"):
        logging.getLogger(ours).setLevel(level.upper())


def _handler(form: LogFormat) -> logging.Handler:
    """Writes our lines and those of libraries in the same form."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_without_data)
    handler.addFilter(_Seldom(_SAID_AGAIN_AFTER_S))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_FIELDS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    return handler


def _without_messages(_logger: object, _method: str, fields: Fields) -> Fields:
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


_FIELDS: Final[tuple[structlog.typing.Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _without_messages,
)
"""What gives a line its fields, whoever wrote it."""


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
