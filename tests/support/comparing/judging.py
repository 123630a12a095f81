"""Whether a run stored and sent what it must: the oracle against the database and the topic."""

import gc
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.support.cloudevents import signal_faults
from tests.support.comparing.findings import customers_of, finding_differences, repeats
from tests.support.comparing.stored import Stored
from tests.support.comparing.stored_findings import in_us
from tests.support.comparing.tables import as_stored, differences
from tests.support.fleet import signalbox
from tests.support.oracle.checks import Aims, check, settled_by
from tests.support.oracle.shop import AIMS, HUNDREDTH, MILESTONE_DETECTOR, revisions
from tests.support.oracle.signals import evaluate
from tests.support.oracle.tables import Offsets, Tables, work_out
from tests.support.records import read_all
from tests.support.running import SIGNAL_PARTITIONS, Run
from tests.support.truth import Delivery

WORST_FIRST: Final = ("breached", "at_risk", "stale", "no_data", "healthy")


class Judge:
    """Works out what a run must have stored.

    The journal goes forward, so only the tables of its newest point and of the end are kept.
    """

    def __init__(self, deliveries: list[Delivery], stored: Stored) -> None:
        self._deliveries = deliveries
        self._choose = as_stored(stored)
        self._stored = stored
        self._end = stored.next_offsets()
        self._revisions = revisions(stored.revisions)
        self.tables = self._work_out(self._end)
        self._newest = (self._end, self.tables)

    def _work_out(self, offsets: Offsets) -> Tables:
        return work_out(settled_by(self._deliveries, offsets), self._revisions, self._choose)

    def _tables_at(self, offsets: Offsets) -> Tables:
        if offsets == self._end:
            return self.tables
        if offsets != self._newest[0]:
            self._newest = (dict(offsets), self._work_out(offsets))
        return self._newest[1]

    def differences(self) -> list[str]:
        findings = evaluate(self._stored.journal, self._tables_at, AIMS, self._stored.told)
        names = customers_of(self._stored, self.tables)
        return [
            *differences(self.tables, self._stored),
            *finding_differences(findings, self._stored, MILESTONE_DETECTOR, HUNDREDTH, names),
        ]


async def assert_told(run: Run, stored: Stored, tables: Tables) -> int:
    """What is sent, committed and shown is what is stored; how many signals lie there once more."""
    repeats = await _assert_sent_as_stored(run, stored)
    await _assert_committed_at_most(run, stored.next_offsets())
    _assert_shown(run, tables, AIMS[max(stored.revisions)])
    return repeats


async def _assert_sent_as_stored(run: Run, stored: Stored) -> int:
    """What lies on the topic is what the outbox holds, each message a CloudEvent of our schema, and
    first deliveries are in order; how many of it are (identical) repeats.
    """
    topic = str(run.settings["signals_topic"])
    found = await read_all(run.broker, {topic: SIGNAL_PARTITIONS})
    lying = list(chain.from_iterable(found.values()))
    kept = {json.loads(signal.value)["id"]: signal for signal in stored.signals}
    assert len(kept) == len(stored.signals), "a signal id was used twice"
    sent = repeats((d.key, d.value) for d in lying if d.value is not None)
    # One that was sent and whose relay was stopped before it could say so is pending, and there.
    assert sent == {
        id_: {signal.value}
        for id_, signal in kept.items()
        if signal.state == "sent" or (signal.state == "pending" and id_ in sent)
    }
    wrong = [fault for d in lying for fault in signal_faults(d.value or b"{}", d.headers)]
    assert not wrong, wrong
    first: dict[bytes, list[int]] = {}
    for delivery in lying:
        message = json.loads(delivery.value or b"{}")
        seen = first.setdefault(delivery.key or b"", [])
        if message["data"]["sequence"] not in seen:
            seen.append(message["data"]["sequence"])
    assert all(seen == sorted(seen) for seen in first.values()), "first deliveries out of order"
    return len(lying) - len(sent)


def _assert_shown(run: Run, tables: Tables, aims: Aims) -> None:
    """`signalbox status` shows of each objective what a check at that moment would find, of each
    stage the worst, and what all items ended as.
    """
    status = json.loads(signalbox(run.settings, "status", "--json"))
    at_us = in_us(datetime.fromisoformat(status["at"]))
    stages = {one["path"]: one for journey in status["journeys"] for one in journey["stages"]}
    healths = defaultdict(list)
    for target in aims.targets:
        found = check(tables, target, at_us)
        [shown] = [one for one in stages[target.stage]["metrics"] if one["id"] == target.metric]
        for name in ("n", "value", "low", "high", "health"):
            assert shown[name] == pytest.approx(getattr(found, name)), (target.metric, name)
        healths[target.stage].append(found.health)
    for stage, found_here in healths.items():
        assert stages[stage]["health"] == min(found_here, key=WORST_FIRST.index), stage
    assert status["outcomes"]["events"] == tables.counts.events
    assert status["outcomes"]["dead_letters"] == tables.counts.dead_letters
    assert status["outcomes"]["ignored"] == tables.counts.ignored


async def _assert_committed_at_most(run: Run, ledger: Mapping[tuple[str, int], int]) -> None:
    """The broker's offsets never lead the ledger."""
    admin = AIOKafkaAdminClient(bootstrap_servers=run.broker)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(run.group)
    finally:
        await admin.close()
    ahead = {p: c.offset for p, c in committed.items() if c.offset > ledger[p.topic, p.partition]}
    assert not ahead


def judged(name: str, deliveries: list[Delivery], stored: Stored) -> Judge:
    """Fails unless the run stored what it must."""
    gc.disable()  # millions of rows and no cycles: looking for some would take half of the time
    try:
        judge = Judge(deliveries, stored)
        differences = judge.differences()
    finally:
        gc.enable()
    assert not differences, f"run {name}:\n" + "\n".join(differences)
    return judge
