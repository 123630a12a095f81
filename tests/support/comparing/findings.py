"""What differs between checks, signals and opportunities as they are and as they must be.

A signal is compared with everything that it must prove; the stored opportunity must be its newest
signal. Numbers are equal to a millionth, parts of a score to the tenth to which they are rounded.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.comparing.stored import Stored
from tests.support.comparing.stored_findings import StoredOpportunity, in_us
from tests.support.comparing.tables import Row, counted_differences, first
from tests.support.oracle.checks import Found
from tests.support.oracle.evidence import Counted, Proof, Shown, StandsOut, Worth
from tests.support.oracle.signals import Findings, Sent
from tests.support.oracle.tables import Tables
from tests.support.payloads import moment
from tests.support.truth import Subject

ROUNDED_TO = 0.051
EXACT = 1e-6


def finding_differences(
    expected: Findings,
    stored: Stored,
    detector: str,
    touchpoint: str,
    names: Mapping[bytes, Subject],
) -> list[str]:
    """How checks, signals, opportunities and milestones differ.

    `detector` watches for the milestone at `touchpoint`; `names` says which key stands for whom.
    """
    return [
        *first("check", _check_differences(expected.checks, stored.checks)),
        *first("signal", _signal_differences(expected.signals, stored)),
        *first("opportunity", _opportunity_differences(stored)),
        *first(
            "milestone", _milestone_differences(expected, stored, (detector, touchpoint), names)
        ),
    ]


def customers_of(stored: Stored, expected: Tables) -> dict[bytes, Subject]:
    """Which key stands for which customer, by the events that both have."""
    return {
        event.customer: expected.events[name].subject
        for name, event in stored.events.items()
        if name in expected.events
    }


def repeats(messages: Iterable[tuple[bytes | None, bytes]]) -> dict[str, set[bytes]]:
    """The different bytes under each signal id on the topic."""
    seen: dict[str, set[bytes]] = defaultdict(set)
    for _, value in messages:
        seen[json.loads(value)["id"]].add(value)
    return seen


def _check_differences(expected: Sequence[Found], found: Sequence[Found]) -> Iterator[str]:
    wanted = {(row.metric, row.at_us): row for row in expected}
    for row in found:
        want = wanted.pop((row.metric, row.at_us))
        if not all(_close(one, other, EXACT) for one, other in zip(row, want, strict=True)):
            yield f"{tuple(row)}, expected {tuple(want)}"
    yield from (f"missing {tuple(want)}" for want in wanted.values())


def _close(one: object, other: object, within: float) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= within
    return one == other


def _signal_differences(expected: Sequence[Sent], stored: Stored) -> Iterator[str]:
    wanted = {f"opportunity-{sent.number}-{sent.sequence}": sent for sent in expected}
    for signal in stored.signals:
        if signal.kind != "reached":
            message = json.loads(signal.value)
            sent = wanted.pop(message["id"], None)
            if sent is None:
                yield f"{message['id']} ({signal.kind}) should not be there"
                continue
            if signal.key != b"opportunity:%d" % sent.number:
                yield f"{message['id']} ({signal.kind}): its key is {signal.key!r}"
            for line in _mismatches(message_of(sent), message, ""):
                yield f"{message['id']} ({signal.kind}): {line}"
    yield from (f"{id_} ({sent.signal}) is missing" for id_, sent in wanted.items())


def _mismatches(want: Any, got: Any, path: str) -> Iterator[str]:
    """Where a document is not what it must be. What is not asked for may be anything."""
    if isinstance(want, dict) and isinstance(got, dict):
        for name, value in want.items():
            yield from _mismatches(value, got.get(name), f"{path}.{name}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for index, (one, other) in enumerate(zip(want, got, strict=True)):
            yield from _mismatches(one, other, f"{path}.{index}")
    elif isinstance(want, datetime):
        if datetime.fromisoformat(got) != want:
            yield f"{path} {got!r}, expected {want}"
    elif not _close(got, want, ROUNDED_TO if ".score." in path else EXACT):
        yield f"{path} {got!r}, expected {want!r}"


def message_of(sent: Sent) -> dict[str, Any]:
    """The message as far as the oracle knows it."""
    state = "recovered" if sent.signal == "recovered" else "open"
    return {
        "subject": sent.watch.stage,
        "type": f"signalbox.opportunity.{sent.signal}",
        "time": moment(sent.at_us),
        "data": {
            "id": sent.number,
            "detector": sent.watch.id,
            "stage": sent.watch.stage,
            "closes_after_checks": sent.watch.checks,
            "cooldown_s": sent.watch.cooldown_us // 1_000_000,
            "sequence": sent.sequence,
            "signal": sent.signal,
            "state": state,
            "revision": sent.revision,
            "evidence": _evidence(sent.proof),
            "score": _score(sent.proof.worth, sent.effort),
        },
    }


def _evidence(proof: Proof) -> dict[str, Any]:
    return {
        "missed": [_measured(one) for one in proof.missed],
        "also": [_measured(one) for one in proof.also],
        "stands_out": proof.stands_out and _standout(proof.stands_out),
        "reach": proof.reach and proof.reach._asdict(),
        "money": proof.money
        and {
            "currency": proof.money.currency,
            "exponent": proof.money.exponent,
            "affected_minor": proof.money.affected,
            "all_minor": proof.money.all,
        },
        "sample_events": [f"{system}:{fact}" for system, fact in proof.sample],
    }


def _measured(shown: Shown) -> dict[str, Any]:
    found = shown.found
    return {
        "metric": {"id": found.metric},
        "health": found.health,
        "customers": found.customers,
        "interval": None if found.low is None else {"low": found.low, "high": found.high},
        "streak": shown.streak,
        "moment_of_truth": shown.moment_of_truth,
        "number": _number(shown.number),
        "week_before": _number(shown.week_before),
    }


def _number(counted: Counted) -> dict[str, Any]:
    return counted._asdict()


def _standout(found: StandsOut) -> dict[str, Any]:
    return {
        "metric": found.metric,
        "segment": found.segment,
        "here": _number(found.here),
        "elsewhere": _number(found.elsewhere),
    }


def _score(worth: Worth, effort: int | None) -> dict[str, Any]:
    return {
        "value": worth.value,
        "customer": worth.customer,
        "gap": {"value": worth.gap, "basis": "measured"},
        "reach": _component(worth.reach, "measured"),
        "moment_of_truth": _component(worth.factor, "declared"),
        "business": _component(worth.business, "measured"),
        "effort": _component(effort, "declared"),
    }


def _component(value: float | None, basis: str) -> dict[str, Any] | None:
    return None if value is None else {"value": value, "basis": basis}


def _opportunity_differences(stored: Stored) -> Iterator[str]:
    """Each is what its newest signal says, opened when its first one was."""
    told: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for signal in stored.signals:
        if signal.kind != "reached":
            data = json.loads(signal.value)["data"]
            told[data["id"]].append(data)
    for row in stored.opportunities:
        signals = told.pop(row.id, [])
        if not signals:
            yield f"{row.id} has no signal"
            continue
        yield from _row_differences(row, signals)
    yield from (f"{number} is missing" for number in told)


def _row_differences(row: StoredOpportunity, signals: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    newest = signals[-1]
    if row.document != newest:
        yield f"{row.id}: its document is not its newest signal"
    sequences = [signal["sequence"] for signal in signals]
    if sequences != list(range(1, len(signals) + 1)):
        yield f"{row.id}: its signals are {sequences}"
    pairs = (
        (row.detector, newest["detector"]),
        (row.stage, newest["stage"]),
        (row.state, newest["state"]),
        (row.sequence, newest["sequence"]),
        (row.opened_at_us, _us(signals[0]["checked_at"])),
        (row.changed_at_us, _us(_changed_at(newest))),
        (row.recovered_at_us, newest["recovered_at"] and _us(newest["recovered_at"])),
    )
    yield from (f"{row.id}: {got!r}, expected {want!r}" for got, want in pairs if got != want)


def _changed_at(newest: Mapping[str, Any]) -> str:
    told = newest.get("reason") == "effort_told"
    return str(newest["estimate"]["at"] if told else newest["checked_at"])


def _us(text: str) -> int:
    return in_us(datetime.fromisoformat(text))


def _milestone_differences(
    expected: Findings, stored: Stored, watched: tuple[str, str], names: Mapping[bytes, Subject]
) -> Iterator[str]:
    """The rows, then the signals: one for each row."""
    wanted: Counter[Row] = Counter(
        (*watched, one.subject, ":".join(one.fact), one.occurred_at_us, one.at_us)
        for one in expected.milestones
    )
    kept: Counter[Row] = Counter(
        (row.detector, row.touchpoint, names.get(row.customer), *row[3:])
        for row in stored.milestones
    )
    yield from counted_differences(wanted, kept)
    sent: Counter[Row] = Counter()
    for signal in stored.signals:
        if signal.kind == "reached":
            data = json.loads(signal.value)["data"]
            customer = names.get(bytes.fromhex(data["customer"]))
            times = _us(data["occurred_at"]), _us(data["checked_at"])
            sent[data["detector"], data["touchpoint"], customer, data["event"], *times] += 1
    yield from counted_differences(kept, sent)
