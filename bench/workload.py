"""The loads of the bench: what is published, and the framework under which it is settled.

`canonical_load` has a framework of any number of rules, and canonical events for it: of about 500
bytes, 5 % of them duplicates, an eighth linking identifiers. Of the rules half test an attribute,
a quarter a regular expression or a tag, the rest history or a channel; the last eight place
whatever is left, so that every event is placed and most are measured.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

import yaml

KINDS: Final = (
    "sales.order.placed",
    "sales.order.delivered",
    "support.contact",
    "support.message",
    "feedback.csat",
    "feedback.nps",
    "behaviour.page",
    "behaviour.action",
)
COUNTRIES: Final = ("DE", "FR", "NL", "AT", "PL", "IT")
WORDS: Final = tuple(
    "parcel courier late invoice refund broken colour login password size box label return "  # noqa: SIM905
    "delivery waiting week order wrong missing happy thanks service answer phone mail again".split()
)
CUSTOMERS: Final = 50_000
DUPLICATES: Final = 0.05
RULES_A_FILE: Final = 2_000
"""A file of a framework has at most 1 MiB."""

TOPIC: Final = "bench.events"
PARTITIONS: Final = 4


class Sent(NamedTuple):
    """A record as it is published."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]] | None = None
    at_ms: int | None = None


class Load(NamedTuple):
    """What is published to which topics, and the framework for it."""

    files: Mapping[str, str]
    topics: Mapping[str, int]
    """Partitions by topic."""
    records: Callable[[int, int, datetime], Iterator[Sent]]
    """So many records of a seed, until a time."""


def canonical_load(rules: int) -> Load:
    """Events of 500 bytes in our own form, under so many rules."""
    return Load(framework_files(rules, TOPIC), {TOPIC: PARTITIONS}, _sent)


def _sent(number: int, seed: int, until: datetime) -> Iterator[Sent]:
    for key, value in events(number, seed, until):
        yield Sent(TOPIC, key, value)


def framework_files(rules: int, topic: str) -> dict[str, str]:
    """A framework of `rules` rules over ten stages, each stage with two metrics."""
    stages = [f"stage-{n}" for n in range(10)]
    framework: dict[str, object] = {
        "framework": "bench",
        "segment": "country",
        "teams": [{"id": "team", "title": "Team"}],
        "journeys": [_journey("journey", stages)],
        "metrics": [metric for stage in stages for metric in _metrics(stage)],
        "sources": [{"id": "bench", "connector": "canonical", "system": "bench", "topic": topic}],
    }
    written: list[object] = [
        *(_rule(n, f"journey/{stages[n % 10]}/touch-{n % 3}") for n in _numbers(rules - 8)),
        *(_rule_of_kind(kind, f"journey/stage-{n}/touch-0") for n, kind in enumerate(KINDS)),
    ]
    files = {"bench.yaml": _yaml(framework)}
    for first in range(0, rules, RULES_A_FILE):
        part = {"rules": written[first : first + RULES_A_FILE]}
        files[f"rules-{first:05}.yaml"] = _yaml(part)
    return files


def _numbers(rules: int) -> list[int]:
    """Which rules to write. Two at least ask for history, so that few rules ask as much of it."""
    asking = [8 * n + 7 for n in range(max(2, rules // 8))]
    others = (n for n in range(rules * 2) if n % 8 != 7)
    return [*asking, *islice(others, rules - len(asking))]


def _yaml(document: Mapping[str, object]) -> str:
    return yaml.safe_dump(document, sort_keys=False)


def _journey(id: str, stages: list[str]) -> dict[str, object]:
    return {
        "id": id,
        "title": "I use it",
        "owner": "team",
        "stages": [
            {
                "id": stage,
                "title": f"Stage {stage}",
                "owner": "team",
                "touchpoints": [{"id": f"touch-{n}", "title": f"Touch {n}"} for n in range(3)],
            }
            for stage in stages
        ],
    }


def _metrics(stage: str) -> list[dict[str, object]]:
    at = f"journey/{stage}"
    return [
        {
            "id": f"{stage}-csat",
            "title": "Satisfied",
            "formula": "csat",
            "of": "feedback.csat",
            "at": at,
        },
        {
            "id": f"{stage}-orders",
            "title": "Orders",
            "formula": "count",
            "of": "sales.order.placed",
            "at": at,
        },
    ]


def _rule_of_kind(kind: str, place: str) -> dict[str, object]:
    return {
        "id": f"every-{kind.replace('.', '-')}",
        "when": f'event.kind == "{kind}"',
        "place": place,
    }


def _rule(n: int, place: str) -> dict[str, object]:
    kind = KINDS[n % len(KINDS)]
    condition = f'event.kind == "{kind}" && '
    match n % 8:
        case 0 | 1 | 2 | 3:
            condition += f'event.attributes.campaign == "campaign-{n}"'
        case 4:
            condition += f'event.text.matches("(?i){WORDS[n % len(WORDS)]} {WORDS[n % 7]}")'
        case 5:
            condition += f'"tag-{n}" in event.tags'
        case 6:
            condition += f"event.attributes.amount > {n}.0 && event.attributes.step == {n}"
        case _:
            condition = _history_rule(n, kind)
    return {"id": f"rule-{n}", "when": condition, "place": place}


def _history_rule(n: int, kind: str) -> str:
    """A few rules ask for history, of two kinds; the others just test their kind."""
    if n < 32:
        asked = ("support.contact", "sales.order.placed")[n % 16 // 8]
        return f'event.kind == "{asked}" && history.count("{asked}", days(30)) == {3 + n}'
    return f'event.kind == "{kind}" && event.channel == "channel-{n % 40}"'


def events(number: int, seed: int, until: datetime) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of canonical events that happened in the hour before `until`."""
    rng = random.Random(seed)
    start = until.astimezone(UTC) - timedelta(hours=1)
    last: list[tuple[bytes, bytes]] = []
    for n in range(number):
        if last and rng.random() < DUPLICATES:
            yield rng.choice(last)
            continue
        customer = rng.randrange(CUSTOMERS)
        document = _event(n, seed, customer, start + timedelta(seconds=3600 * n / number), rng)
        made = (str(customer).encode(), json.dumps(document, separators=(",", ":")).encode())
        last.append(made)
        del last[:-1000]
        yield made


def _event(n: int, seed: int, customer: int, at: datetime, rng: random.Random) -> dict[str, object]:
    kind = rng.choice(KINDS)
    event: dict[str, object] = {
        "id": f"event-{seed}-{n:09d}",
        "kind": kind,
        "occurred_at": at.isoformat().replace("+00:00", "Z"),
        "subject": {"namespace": "user", "value": f"customer-{customer}"},
        "title": " ".join(rng.choices(WORDS, k=4)),
        "text": " ".join(rng.choices(WORDS, k=20)),
        "channel": f"channel-{rng.randrange(40)}",
        "language": "en",
        "tags": [f"tag-{rng.randrange(400)}", f"tag-{rng.randrange(400)}"],
        "attributes": {
            "campaign": f"campaign-{rng.randrange(800)}",
            "country": rng.choice(COUNTRIES),
            "amount": rng.randrange(10_000) / 100,
            "step": rng.randrange(400),
        },
    }
    if kind == "feedback.csat":
        event["score"] = {"value": rng.randint(1, 5), "low": 1, "high": 5, "best": 5}
    elif kind == "feedback.nps":
        event["score"] = {"value": rng.randint(0, 10), "low": 0, "high": 10, "best": 10}
    if n % 8 == 0:
        mail = {"namespace": "email", "value": f"customer-{customer}@bench.example"}
        event["identifiers"] = [mail]
        event["links"] = [{"one": event["subject"], "other": mail}]
    return event
