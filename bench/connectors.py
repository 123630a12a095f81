"""`python -m bench.connectors`: records a second that each connector turns into items, on a core.

The records are the fixtures of its tests, in turn, through its envelopes as the service opens them.
Time is that of the processor, the best of several rounds, so that other programs disturb little.
"""

from collections.abc import Sequence
from importlib import import_module
from statistics import fmean
from time import process_time
from typing import Final, NamedTuple

from connectors.conformance import Fixtures
from connectors.contract import Convert
from connectors.envelopes import enveloped
from connectors.registry import OURS
from service.event import Record

ROUNDS: Final = 7
ROUND_RECORDS: Final = 2_000


class Speed(NamedTuple):
    """What was measured of one connector."""

    name: str
    mean_bytes: float
    record_s: float


def measured(fixtures: Fixtures) -> Speed:
    """The speed over all specimens of these fixtures."""
    readers = [_reader(fixtures, index) for index in range(len(fixtures.specimens))]
    best_s = min(_round(readers) for _ in range(ROUNDS))
    sizes = [len(record.value or b"") for _, record in readers]
    return Speed(fixtures.connector.name, fmean(sizes), best_s)


def _reader(fixtures: Fixtures, index: int) -> tuple[Convert, Record]:
    specimen, connector = fixtures.specimens[index], fixtures.connector
    options = connector.options.model_validate(dict(specimen.options))
    read = enveloped(connector.open(options), options.envelope)
    return read, specimen.record(specimen.payload)


def _round(readers: Sequence[tuple[Convert, Record]]) -> float:
    turns = max(1, ROUND_RECORDS // len(readers))
    began_s = process_time()
    for _ in range(turns):
        for read, record in readers:
            read(record)
    return (process_time() - began_s) / (turns * len(readers))


def main() -> None:
    print("| connector | bytes a record | us a record | records/s a core |")
    print("|---|---|---|---|")
    for name in sorted(OURS):
        speed = measured(import_module(f"tests.contract.fixtures.{name}").FIXTURES)
        rate = round(1 / speed.record_s, -2)
        size, record_us = round(speed.mean_bytes), speed.record_s * 1e6
        print(f"| `{name}` | {size:,} | {record_us:.1f} | {rate:,.0f} |")


if __name__ == "__main__":
    main()
