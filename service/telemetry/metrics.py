"""The whole catalogue of metrics for Prometheus; each is named `signalbox_` and its field."""

from typing import Annotated, Any, Final, NamedTuple, get_type_hints

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS: Final = {
    "batch_seconds": (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    "latency_seconds": (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300),
}


class Metrics(NamedTuple):
    """Every metric of a process, each with what it means and its labels.

    Counters only grow; a restart begins at zero.
    """

    records: Annotated[Counter, "Records settled, by topic.", "topic"]
    items: Annotated[
        Counter,
        "Items by topic and outcome: events, duplicates, superseded, ignored, dead_letters.",
        "topic",
        "outcome",
    ]
    batch_seconds: Annotated[Histogram, "From a batch's being prepared to its commit."]
    latency_seconds: Annotated[
        Histogram,
        "From the time of a batch's newest record in a partition to the commit of its numbers.",
    ]
    rebalances: Annotated[Counter, "How often partitions were given up."]
    offset_hints_refused: Annotated[
        Counter, "Offsets that the broker did not take; the ledger has them."
    ]
    missed_offsets: Annotated[
        Counter,
        "Offsets that were gone from a topic before they were read; each range is an incident.",
        "topic",
        "partition",
    ]
    topics_made_anew: Annotated[
        Gauge,
        "Topics of which nothing is read, because they are not the ones that were read before.",
    ]
    lag_records: Annotated[
        Gauge, "Offsets between the end of a partition and what is settled.", "topic", "partition"
    ]
    database_retries: Annotated[Counter, "Transactions that were tried again, by reason.", "reason"]
    rule_errors: Annotated[
        Counter, "Conditions that ended in an error and so did not match, by rule.", "rule"
    ]
    checks: Annotated[Counter, "Checks of objectives, by what they found.", "objective", "health"]
    signals: Annotated[Counter, "Signals by what became of them: sent, failed, too_old.", "outcome"]
    pending_signals: Annotated[Gauge, "Signals that wait to be sent."]
    ready: Annotated[
        Gauge,
        "1 where the process is ready, by what that needs: database, broker, progress.",
        "need",
    ]
    revision: Annotated[Gauge, "The framework's revision under which the last batch was counted."]


def make_metrics(registry: CollectorRegistry) -> Metrics:
    """The catalogue, registered once in `registry`."""
    fields = get_type_hints(Metrics, include_extras=True)
    return Metrics(**{name: _made(name, field, registry) for name, field in fields.items()})


def _made(name: str, field: Any, registry: CollectorRegistry) -> Any:
    kind, (meaning, *labels) = field.__origin__, field.__metadata__
    options = {"buckets": _BUCKETS[name]} if kind is Histogram else {}
    return kind(f"signalbox_{name}", meaning, labels, registry=registry, **options)
