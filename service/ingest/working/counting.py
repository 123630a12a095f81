"""What the metrics of a process are told of a batch that was settled."""

import time

from service.ingest.preparing.prepared import Prepared
from service.ingest.settling.results import Committed
from service.telemetry import Metrics


def count(metrics: Metrics, prepared: Prepared, result: Committed, took_s: float) -> None:
    """The batch took `took_s` from being prepared to its commit, which was just now."""
    metrics.batch_seconds.observe(took_s)
    now_s = time.time()
    for span in prepared.spans:
        metrics.records.labels(span.topic).inc(len(span.records))
        for newest in span.records[-1:]:
            metrics.latency_seconds.observe(max(0.0, now_s - newest.time_us / 1_000_000))
    for (topic, outcome), number in result.outcomes.items():
        metrics.items.labels(topic, outcome).inc(number)
    for rule in result.rule_errors:
        metrics.rule_errors.labels(rule).inc()
