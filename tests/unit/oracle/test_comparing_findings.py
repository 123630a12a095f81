"""The comparison of findings sees every kind of difference, and none where there is none."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.comparing.findings import finding_differences, message_of
from tests.support.comparing.stored import Stored
from tests.support.comparing.stored_findings import Signal, StoredMilestone, StoredOpportunity
from tests.support.oracle.checks import Found, Watch
from tests.support.oracle.evidence import Counted, Proof, Reached, Shown, Spent, StandsOut, Worth
from tests.support.oracle.signals import Findings, Reach, Sent
from tests.support.payloads import moment

ANNA, KEY = ("email", "anna@mail.example"), b"\x01"
DETECTOR, TOUCHPOINT = "hundredth", "a/b/c"
FOUND = Found("m", 900, 40, 30, 25.0, 14.2, 40.2, "breached")
SHOWN = Shown(FOUND, 2, Counted(25.0, 40, 10, 0), Counted(None, 0, 0, 0), moment_of_truth=True)
PROOF = Proof(
    missed=(SHOWN,),
    also=(),
    stands_out=StandsOut("m", "NordPost", Counted(10.0, 20, 2, 0), Counted(40.0, 20, 8, 0)),
    reach=Reached("crm", 25, 50, joined=False),
    money=Spent("EUR", 2, 100, 400),
    sample=(("crm", "e-9"),),
    worth=Worth(42.9, 60.7, 30.96, 50.0, 1.5, 25.0),
)
EXPECTED = Findings(
    checks=[FOUND],
    signals=[Sent(Watch("watch", "a/b", 20, 2, 60_000_000), 1, 1, "opened", 900, 1, PROOF)],
    milestones=[Reach(ANNA, ("crm", "o-1"), 500, 900)],
)


def signal(data: dict[str, Any], kind: str, **message: Any) -> Signal:
    value = json.dumps({**message, "data": data}).encode()
    return Signal(b"opportunity:1", b"", value, kind, "sent")


def stored(opened: Signal) -> Stored:
    """What a service that does everything right would hold, if this is the signal that it sent."""
    data = json.loads(opened.value)["data"]
    reached = {
        "detector": DETECTOR, "touchpoint": TOUCHPOINT, "customer": KEY.hex(),
        "event": "crm:o-1", "occurred_at": moment(500).isoformat(),
        "checked_at": moment(900).isoformat(),
    }  # fmt: skip
    return Stored(
        events={}, repeated_facts=[], versions={}, withdrawn=Counter(), marked=[],
        postponed=0, sources=set(), histories=[], identifiers=[], links=[], buckets={},
        dead_letters={}, log=[], ledger={}, revisions={1: {}}, journal=[], checks=[FOUND],
        opportunities=[StoredOpportunity(1, "watch", "a/b", "open", 1, 900, 900, None, data)],
        milestones=[StoredMilestone(DETECTOR, KEY, TOUCHPOINT, "crm:o-1", 500, 900)],
        signals=[opened, signal(reached, "reached", id="milestone")],
    )  # fmt: skip


def opened(spoil: Callable[[dict[str, Any]], object] = lambda _: None) -> Stored:
    message = message_of(EXPECTED.signals[0])
    data: dict[str, Any] = {
        **message["data"], "checked_at": moment(900).isoformat(),
        "recovered_at": None,
    }  # fmt: skip
    spoil(data)
    head = {**message, "id": "opportunity-1-1", "time": moment(900).isoformat()}
    return stored(signal(data, "opened", **{n: said for n, said in head.items() if n != "data"}))


def kinds_of(found: Stored) -> set[str]:
    lines = finding_differences(EXPECTED, found, DETECTOR, TOUCHPOINT, {KEY: ANNA})
    return {line.partition(":")[0] for line in lines}


def test_equal_findings_have_no_difference() -> None:
    assert kinds_of(opened()) == set()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["evidence"]["missed"][0].update(streak=3),
        lambda d: d["evidence"]["missed"][0].update(customers=31),
        lambda d: d["evidence"]["missed"][0]["number"].update(hits=11),
        lambda d: d["evidence"]["missed"][0]["week_before"].update(n=1),
        lambda d: d["evidence"]["missed"].append({}),
        lambda d: d["evidence"].update(also=[{}]),
        lambda d: d["evidence"].update(stands_out=None),
        lambda d: d["evidence"]["stands_out"]["elsewhere"].update(n=21),
        lambda d: d["evidence"]["reach"].update(affected=24),
        lambda d: d["evidence"]["reach"].update(system="shop"),
        lambda d: d["evidence"]["money"].update(all_minor=401),
        lambda d: d["evidence"].update(sample_events=["crm:e-8"]),
        lambda d: d["score"].update(value=43.1),
        lambda d: d["score"]["moment_of_truth"].update(basis="measured"),
        lambda d: d["score"].update(business=None),
        lambda d: d.update(revision=2),
        lambda d: d.update(state="recovered"),
        lambda d: d.update(closes_after_checks=3),
        lambda d: d.update(cooldown_s=61),
    ],
)
def test_a_wrong_part_of_a_signal_is_seen(spoil: Callable[[dict[str, Any]], object]) -> None:
    assert "signal" in kinds_of(opened(spoil))


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda s: replace(s, checks=[]), "check"),
        (lambda s: replace(s, checks=[FOUND._replace(low=14.3)]), "check"),
        (lambda s: replace(s, signals=s.signals[1:]), "signal"),
        (lambda s: replace(s, signals=[s.signals[0]._replace(key=b"x"), s.signals[1]]), "signal"),
        (lambda s: replace(s, opportunities=[]), "opportunity"),
        (
            lambda s: replace(s, opportunities=[s.opportunities[0]._replace(state="x")]),
            "opportunity",
        ),
        (
            lambda s: replace(s, opportunities=[s.opportunities[0]._replace(document={})]),
            "opportunity",
        ),
        (lambda s: replace(s, milestones=[]), "milestone"),
        (lambda s: replace(s, milestones=[s.milestones[0]._replace(checked_at_us=1)]), "milestone"),
        (lambda s: replace(s, signals=s.signals[:1]), "milestone"),
    ],
)
def test_a_missing_or_other_row_is_seen(spoil: Callable[[Stored], Stored], kind: str) -> None:
    assert kind in kinds_of(spoil(opened()))
