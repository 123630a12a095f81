"""How a worker runs, and what can be seen of it from outside."""

import time
from dataclasses import dataclass, field

from service.ingest.preparing.prepare import Limits
from service.ingest.reading.kafka import KafkaLines
from service.store.connecting import DatabaseLine


@dataclass(frozen=True)
class WorkerOptions:
    """How a worker runs. Times in the unit of their name."""

    database: DatabaseLine
    kafka: KafkaLines
    group: str
    limits: Limits = field(default_factory=Limits)
    batch_records: int = 5_000
    poll_timeout_ms: int = 50
    fetch_max_bytes: int = 4_194_304
    session_timeout_ms: int = 45_000
    max_poll_interval_ms: int = 300_000
    rebalance_timeout_ms: int = 60_000
    instance_id: str | None = None
    drain_s: float = 10.0
    stalled_after_s: float = 120.0
    outage_s: float = 60.0
    """How long a batch waits for the database before it is fetched again, so that the group
    does not take the worker for dead."""


class Progress:
    """What readiness looks at: when something last moved, and what is in the way.

    `held` says by topic why nothing of it is read.
    """

    def __init__(self) -> None:
        self.last_commit_s = time.monotonic()
        self.failed: str | None = None
        self.held: dict[str, str] = {}
