"""`python -m bench.table`: the runs of docs/performance.md, one after the other, as its table.

Each row is a run on fresh servers. Speeds of different runs compare only as far as the machine was
equally busy; the two limits beside them were measured in the same run, on the same servers.
"""

import sys
from typing import Final, NamedTuple

from bench.run import Wanted, measured
from bench.systems import systems_load
from bench.workload import canonical_load

BACKLOG: Final = 300_000


class Row(NamedTuple):
    name: str
    wanted: Wanted


ROWS: Final = (
    Row("200 rules, 1 process", Wanted(canonical_load(200), BACKLOG)),
    Row("200 rules, 2 processes", Wanted(canonical_load(200), 2 * BACKLOG, processes=2)),
    Row("10 rules", Wanted(canonical_load(10), BACKLOG)),
    Row("10,000 rules", Wanted(canonical_load(10_000), BACKLOG)),
    Row("5 million events stored", Wanted(canonical_load(200), BACKLOG, stored=5_000_000)),
    Row("Shopify and Zendesk of four shops", Wanted(systems_load(), BACKLOG)),
)
COLUMNS: Final = {
    "events_per_s": "records/s",
    "p50_ms": "p50 ms at half",
    "p99_ms": "p99 ms at half",
    "cpu_us_per_event": "CPU us",
    "rows_per_event": "rows",
    "rss_halfway_mb": "RSS MB halfway",
    "rss_mb": "RSS MB at most",
    "consumed_per_s": "read alone/s",
    "copied_per_s": "COPY alone/s",
}


def main() -> int:
    wanted = sys.argv[1:]
    print("| | " + " | ".join(COLUMNS.values()) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for name, what in ROWS:
        if not wanted or any(part in name for part in wanted):
            found = measured(what)
            numbers = (f"{found[column]:,}" for column in COLUMNS)
            print(f"| {name} | " + " | ".join(numbers) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
