"""Which signals must be sent, given when the evaluator looked and how far ingestion was then.

The journal says at which time each objective was checked, under which revision, and at which
offsets. From this and the records follow what each check found, each signal of each opportunity
with its proof, and who reached what. Efforts that people told are signals of their own, at the
sequences that the journal of decisions has for them. The life of an opportunity is restated from
its definition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.support.oracle.checks import Aims, Found, Looked, Watch, check
from tests.support.oracle.evidence import Proof, Scene, at_the_end, proof
from tests.support.oracle.tables import FactName, Offsets, Tables
from tests.support.truth import Subject


class Told(NamedTuple):
    """Somebody told the effort of an opportunity, which gave it this sequence."""

    number: int
    sequence: int
    at_us: int
    effort: int


class Sent(NamedTuple):
    """A signal about an opportunity."""

    watch: Watch
    number: int
    sequence: int
    signal: str
    at_us: int
    revision: int
    proof: Proof
    effort: int | None = None


class Reach(NamedTuple):
    """A customer reached a milestone with this event."""

    subject: Subject
    fact: FactName
    occurred_at_us: int
    at_us: int


@dataclass
class Findings:
    """Everything that follows from the journal."""

    checks: list[Found] = field(default_factory=list)
    signals: list[Sent] = field(default_factory=list)
    milestones: list[Reach] = field(default_factory=list)


def evaluate(
    journal: Sequence[Looked],
    tables_at: Callable[[Offsets], Tables],
    aims: Mapping[int, Aims],
    told: Sequence[Told] = (),
) -> Findings:
    """Go through the journal in the order of check times.

    Milestones are looked for at the checks of the objectives that are checked most often.
    """
    findings = Findings()
    lives: dict[str, _Life] = {}
    heard = {(one.number, one.sequence): one for one in told}
    rows: dict[str, list[Found]] = {}
    reached: set[Subject] = set()
    for at_us in sorted({looked.at_us for looked in journal}):
        now = {looked.metric: looked for looked in journal if looked.at_us == at_us}
        looked = next(iter(now.values()))
        aim, tables = aims[looked.revision], tables_at(looked.offsets)
        for target in aim.targets:
            if target.metric in now:
                found = check(tables_at(now[target.metric].offsets), target, at_us)
                findings.checks.append(found)
                rows.setdefault(found.metric, []).insert(0, found)
        for watch in aim.watches:
            of_stage = [t.metric for t in aim.targets if t.stage == watch.stage]
            if now.keys() & set(of_stage):
                life = lives.setdefault(watch.id, _Life(watch))
                checks = {metric: rows[metric] for metric in of_stage if metric in rows}
                life.step(checks, Scene(tables, aim, looked), findings.signals)
                life.hear(heard, findings.signals)
        often = min(target.every_us for target in aim.targets)
        if any(t.metric in now and t.every_us == often for t in aim.targets):
            _milestones(tables, aim.milestone, at_us, reached, findings)
    return findings


class _Life:
    """The opportunities of one detector, one after the other."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.number = 0
        self.sequence = 0
        self.revision = 0
        self.effort: int | None = None
        self.missed: set[str] = set()
        self.ended_us: int | None = None
        self.proof: Proof | None = None

    def step(self, checks: Mapping[str, list[Found]], scene: Scene, signals: list[Sent]) -> None:
        missed = {metric for metric, found in checks.items() if self._joins(found)}
        if self.missed:
            missed |= {m for m in self.missed if not self._row(checks[m], "healthy")}
            if missed == self.missed:
                return
            signal = "updated" if missed else "recovered"
            self.ended_us = None if missed else scene.looked.at_us
        elif not missed:
            return
        elif self._ended_lately(scene.looked.at_us):
            signal = "reopened"
        else:
            signal = "opened"
            self.number = 1 + max((sent.number for sent in signals), default=0)
            self.sequence = 0
            self.effort = None
        self.missed = missed
        self.revision = scene.looked.revision
        self._prove(checks, scene)
        signals.append(self._sent(signal, scene.looked.at_us))

    def hear(self, told: Mapping[tuple[int, int], Told], signals: list[Sent]) -> None:
        """What people told after the newest signal and before the next check."""
        while one := told.get((self.number, self.sequence + 1)):
            self.effort = one.effort
            signals.append(self._sent("updated", one.at_us))

    def _sent(self, signal: str, at_us: int) -> Sent:
        assert self.proof is not None
        self.sequence += 1
        return Sent(
            self.watch,
            self.number,
            self.sequence,
            signal,
            at_us,
            self.revision,
            self.proof,
            self.effort,
        )

    def _prove(self, checks: Mapping[str, list[Found]], scene: Scene) -> None:
        if self.missed:
            self.proof = proof(scene, checks, [m for m in checks if m in self.missed])
        elif self.proof is not None:
            self.proof = at_the_end(scene, checks, self.proof)

    def _ended_lately(self, at_us: int) -> bool:
        return self.ended_us is not None and at_us - self.ended_us <= self.watch.cooldown_us

    def _joins(self, found: list[Found]) -> bool:
        return self._row(found, "breached") and found[0].customers >= self.watch.min_customers

    def _row(self, found: list[Found], health: str) -> bool:
        newest = found[: self.watch.checks]
        return len(newest) == self.watch.checks and all(f.health == health for f in newest)


def _milestones(
    tables: Tables, milestone: str, at_us: int, reached: set[Subject], findings: Findings
) -> None:
    here = [
        (row.occurred_at_us, row.system, row.id, name)
        for name, row in tables.events.items()
        if any(touchpoint == milestone for touchpoint, _ in row.placements)
    ]
    for occurred_at_us, _, _, name in sorted(here):
        subject = tables.events[name].subject
        if subject not in reached:
            reached.add(subject)
            findings.milestones.append(Reach(subject, name, occurred_at_us, at_us))
