"""The traffic holds what it promises, and neither it nor the oracle knows the service."""

import ast
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from tests.support.traffic.mixed import PARTITIONS, make
from tests.support.truth import Broken, Made, Stated, Unwanted, Withdrawn

SUPPORT = Path(__file__).parents[2] / "support"
NOW_US = 1_790_000_000_000_000
TOPICS = {name: name for name in PARTITIONS}


@pytest.fixture(scope="module")
def records() -> list[Made]:
    return list(chain.from_iterable(make(7, 12_000, NOW_US, TOPICS)))


def test_the_same_seed_makes_the_same_records() -> None:
    assert make(3, 500, NOW_US, TOPICS) == make(3, 500, NOW_US, TOPICS)
    assert make(3, 500, NOW_US, TOPICS) != make(4, 500, NOW_US, TOPICS)


def test_every_meaning_and_every_partition_is_there(records: list[Made]) -> None:
    kinds = {type(meaning) for record in records for meaning in record.meanings}
    assert kinds == {Stated, Withdrawn, Unwanted, Broken}
    filled = Counter((record.topic, record.partition) for record in records)
    assert filled.keys() == {(t, p) for t, count in PARTITIONS.items() for p in range(count)}


def test_a_twentieth_are_copies_and_a_fiftieth_are_broken(records: list[Made]) -> None:
    told = Counter((record.headers, record.value) for record in records if record.value)
    assert sum(count - 1 for count in told.values()) >= 0.04 * len(records)
    broken = [r for r in records if any(isinstance(m, Broken) for m in r.meanings)]
    assert len(broken) >= 0.02 * len(records)


def test_versions_arrive_in_both_orders(records: list[Made]) -> None:
    newest: dict[tuple[str, str], int] = {}
    steps = Counter[bool]()
    for record in records:
        for meaning in record.meanings:
            if isinstance(meaning, Stated) and meaning.version:
                fact = (meaning.system, meaning.fact)
                before = newest.get(fact, meaning.version)
                if before != meaning.version:
                    steps[before < meaning.version] += 1
                newest[fact] = max(before, meaning.version)
    assert min(steps[True], steps[False]) > 50


def test_no_record_lies_in_the_future_and_some_tell_of_last_year(records: list[Made]) -> None:
    assert max(record.time_ms for record in records) * 1_000 <= NOW_US
    ages = [
        record.time_ms * 1_000 - meaning.occurred_at_us
        for record in records
        for meaning in record.meanings
        if isinstance(meaning, Stated)
    ]
    assert max(ages) > 200 * 86_400_000_000


@pytest.mark.parametrize(
    "module",
    sorted(
        path.name
        for path in SUPPORT.glob("*.py")
        if path.name.startswith(("oracle", "truth", "traffic", "desk", "payloads", "shop_truth"))
    ),
)
def test_truth_and_oracle_import_neither_service_nor_connectors(module: str) -> None:
    tree = ast.parse((SUPPORT / module).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"service", "connectors"}
