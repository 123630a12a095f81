"""`python -m bench.connectors`: records a second that each connector turns into items, on a core.

The records are the fixtures of its tests, in turn, through its envelopes as the service opens them;
JSON is written without blanks, as most programs write it. Each is measured as it is, and again as
large as an order with its lines: with `LINES` added, of which the connector reads nothing.

Time is that of the processor, the best of many short rounds, so that other programs disturb little.
"""

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from statistics import fmean
from time import process_time
from typing import Any, Final, NamedTuple

from connectors.conformance import Fixtures
from connectors.contract import Convert
from connectors.envelopes import enveloped
from connectors.registry import OURS
from service.event import Record

ROUNDS: Final = 60
ROUND_RECORDS: Final = 300

LINES: Final = {
    "line_items": [
        {
            "id": 466_157_049 + number,
            "title": "IPod Nano - 8gb",
            "quantity": 1,
            "price": "199.00",
            "gift_card": False,
            "sku": "IPOD2008GREEN",
            "tax_lines": [{"title": "State Tax", "price": "3.98", "rate": 0.06}],
            "price_set": {
                "shop_money": {"amount": "199.00", "currency_code": "USD"},
                "presentment_money": {"amount": "173.30", "currency_code": "EUR"},
            },
            "properties": [{"name": "Custom Engraving Front", "value": "Happy Birthday"}],
            "variant_title": None,
        }
        for number in range(17)
    ]
}
"""What a large payload has of most: some 7 kB of objects, texts and numbers."""


class Speed(NamedTuple):
    """What was measured of some records, on the mean."""

    bytes: float
    record_s: float

    def __str__(self) -> str:
        rate, megabytes = round(1 / self.record_s, -2), self.bytes / self.record_s / 1e6
        return f"{self.bytes:,.0f} | {self.record_s * 1e6:.1f} | {rate:,.0f} | {megabytes:,.0f}"


def measured(fixtures: Fixtures, more: Mapping[str, Any]) -> Speed:
    """The speed over all specimens of these fixtures, each with `more` fields."""
    readers = [_reader(fixtures, index, more) for index in range(len(fixtures.specimens))]
    best_s = min(_round(readers) for _ in range(ROUNDS))
    return Speed(fmean(len(record.value or b"") for _, record in readers), best_s)


def _reader(fixtures: Fixtures, index: int, more: Mapping[str, Any]) -> tuple[Convert, Record]:
    specimen, connector = fixtures.specimens[index], fixtures.connector
    options = connector.options.model_validate(dict(specimen.options))
    read = enveloped(connector.open(options), options.envelope)
    written = json.dumps({**specimen.payload, **more}, separators=(",", ":"), ensure_ascii=False)
    return read, specimen.record(written.encode())


def _round(readers: Sequence[tuple[Convert, Record]]) -> float:
    turns = max(1, ROUND_RECORDS // len(readers))
    began_s = process_time()
    for _ in range(turns):
        for read, record in readers:
            read(record)
    return (process_time() - began_s) / (turns * len(readers))


def main() -> None:
    columns = "bytes | us | records/s | MB/s"
    print(f"| connector | {columns} | large: {columns} |")
    print("|---|" + "---|" * 8)
    for name in sorted(OURS):
        fixtures = import_module(f"tests.contract.fixtures.{name}").FIXTURES
        large = "| | |" if fixtures.refuses_new_fields else measured(fixtures, LINES)
        print(f"| `{name}` | {measured(fixtures, {})} | {large} |", flush=True)


if __name__ == "__main__":
    main()
