"""The load in the shapes of real systems: what four shops' Shopify and Zendesk publish.

Records are those of the demo, of a story for each shop, under the rules of `examples/shop`. A shop
is a system of its own, so that the same ids in two of them are two orders.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import yaml

from bench.workload import Load, Sent
from service.demo import records as told
from service.demo.story import PLAYED_HOURS, tell

SHOPS: Final = 4
FRAMEWORK: Final = Path(__file__).parents[1] / "examples" / "shop"
READ: Final = (told.SHOP_TOPIC, told.TICKETS_TOPIC)


def systems_load() -> Load:
    """The shops' topics, one partition each, and the framework with a source for each of them."""
    files = {path.name: path.read_text() for path in sorted(FRAMEWORK.glob("*.yaml"))}
    for name, text in files.items():
        document = yaml.safe_load(text)
        if "sources" in document:
            document["sources"] = list(_sources(document["sources"]))
            files[name] = yaml.safe_dump(document, sort_keys=False)
    topics = {f"{topic}-{shop}": 1 for shop in range(SHOPS) for topic in READ}
    return Load(files, topics, _records)


def _sources(sources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for source in sources:
        for shop in range(SHOPS) if source["topic"] in READ else ():
            own = {key: f"{source[key]}-{shop}" for key in ("id", "system", "topic")}
            yield {**source, **own, "start": "earliest"}


def _records(number: int, seed: int, until: datetime) -> Iterator[Sent]:
    """In turn of each shop, so that all their topics are read at once."""
    zero_us = int(until.timestamp() * 1_000_000) - 2 * PLAYED_HOURS * 3_600_000_000
    shops = [
        [
            Sent(f"{r.topic}-{shop}", r.key, r.value, list(r.headers), r.at_us // 1000)
            for r in told.records(tell(seed + shop), seed + shop, zero_us)
            if r.topic in READ
        ]
        for shop in range(SHOPS)
    ]
    together = (record for turn in zip(*shops, strict=False) for record in turn)
    return islice(together, number)
