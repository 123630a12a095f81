"""Logs carry names and numbers; no message of an error, no filled-in text of a library."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest

from service.telemetry import configure_logging, make_metrics

CUSTOMER = "jo@shop.example says it is late"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()

    structlog.get_logger("service.ingest").info("settled", topic="orders", records=3)

    (line,) = _lines(capsys)
    assert (line["event"], line["topic"], line["records"]) == ("settled", "orders", 3)
    assert (line["level"], line["logger"]) == ("info", "service.ingest")
    assert str(line["timestamp"]).endswith("Z")


def test_an_error_is_its_type_and_place_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()

    try:
        int(CUSTOMER)
    except ValueError:
        structlog.get_logger("service.ingest").exception("batch failed")

    (line,) = _lines(capsys)
    assert line["error"] == "ValueError"
    assert "test_telemetry.py" in str(line["at"])
    assert CUSTOMER not in json.dumps(line)


@pytest.mark.parametrize("name", ["asyncio", "faststream", "sqlalchemy.pool", "uvicorn.error"])
def test_what_other_libraries_filled_in_is_left_out(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging()

    logging.getLogger(name).error("failed for %s", CUSTOMER)
    logging.getLogger(name).error("never retrieved\nfuture: ValueError('%s')" % CUSTOMER)  # noqa: G002, UP031

    lines = _lines(capsys)
    assert [line["event"] for line in lines] == ["failed for %s", "never retrieved"]
    assert CUSTOMER not in json.dumps(lines)


def test_the_client_of_the_broker_may_name_topics(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()

    logging.getLogger("aiokafka.consumer").warning("topic %s is not available", "orders")

    assert _lines(capsys)[0]["event"] == "topic orders is not available"


def test_whoever_lowers_a_level_hears_no_library_below_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The client of the broker would log passwords and records."""
    configure_logging("debug")
    client = logging.getLogger("aiokafka.conn")
    client.setLevel(logging.DEBUG)
    try:
        client.debug("Request: %s", CUSTOMER)
        client.info("Authenticated as %s", CUSTOMER)
    finally:
        client.setLevel(logging.NOTSET)

    assert _lines(capsys) == []


def test_what_the_client_of_the_broker_repeats_is_said_once_in_a_while(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()

    for node in range(100):
        logging.getLogger("aiokafka").error("Unable connect to node with id %s", node)
        logging.getLogger("service.ingest").error("batch %s", node)

    said = [line["event"] for line in _lines(capsys)]
    assert said.count("Unable connect to node with id 0") == 1
    assert len(said) == 101


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("warning")

    structlog.get_logger("service.ingest").info("settled")

    assert _lines(capsys) == []


def test_every_metric_has_a_unit_or_counts_what_its_name_says() -> None:
    registry = CollectorRegistry()
    metrics = make_metrics(registry)
    metrics.items.labels("orders", "events").inc(3)

    text = generate_latest(registry).decode()

    assert 'signalbox_items_total{outcome="events",topic="orders"} 3.0' in text
    assert all(f"# HELP signalbox_{name}" in text for name in metrics._fields)
