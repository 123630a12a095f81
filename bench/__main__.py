"""`python -m bench`: events a second and latency, from the broker's log to the committed metric.

It starts the servers that the tests would start (PostgreSQL syncs its commits here), publishes a
backlog of canonical events, lets `signalbox run` settle it, then publishes at half of the rate
that was reached and looks when each record's numbers are there. The last line is one JSON object.
"""

import argparse
import json
import sys

from bench.run import Wanted, measured
from bench.workload import canonical_load


def main() -> int:
    arguments = _arguments()
    wanted = Wanted(
        canonical_load(arguments.rules),
        arguments.events,
        arguments.processes,
        arguments.latency_seconds,
        arguments.stored,
    )
    print(json.dumps({**measured(wanted), "rules": arguments.rules}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="size of the backlog")
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--latency-seconds", type=float, default=15.0)
    parser.add_argument("--stored", type=int, default=0, help="events that are there before")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
