"""Stories of workers that crash, lose, repeat and overtake each other; exact after every step.

Hypothesis tells the stories, `World` plays them, `judging` holds what is stored to the oracle
after every transaction, and in the end to a replay from the beginning. The shortest story that
fails is written to `regressions/newest.json`: name it after the mistake, and it is played for ever.

`SIGNALBOX_TEST_STORIES` says how many stories, `SIGNALBOX_TEST_SEED` which ones.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.simulation.judging import faults_of, same_rows
from tests.simulation.shop import messages
from tests.simulation.world import PARTITIONS, WORKERS, World
from tests.support.small_shop import ORDER

STORIES = int(os.environ.get("SIGNALBOX_TEST_STORIES", "1000"))
SEED = int(os.environ.get("SIGNALBOX_TEST_SEED", "7"))
STEPS = 40
FEW = 1_000
"""Fewer stories need not have everything."""
REGRESSIONS = Path(__file__).with_name("regressions")
NEWEST = REGRESSIONS / "newest.json"

Step = tuple[str, dict[str, Any]]

OUTCOMES = ("commit", "commit", "commit", "roll back", "in doubt: done", "in doubt: not done")
SOMETIMES = (
    "behind", "other revision", "records read again", "commit", "roll back", "in doubt: done",
    "in doubt: not done", "below the ledger", "lost", "crashed", "copied", "placed again",
    "placed again under an older revision", "displaced", "revived", "retired", "outcome: events",
    "outcome: duplicates", "outcome: superseded", "outcome: dead_letters",
)  # fmt: skip

partitions = st.integers(0, len(PARTITIONS) - 1)
workers = st.integers(0, WORKERS - 1)
minutes = st.integers(0, 5)


def play(world: World, step: Step) -> None:
    """One step, and what must hold after it."""
    before = world.state
    name, arguments = step
    getattr(world, name)(**arguments)
    if world.state is not before:
        assert all(world.state.ledger[p] >= o for p, o in before.ledger.items()), (
            "ledger moved back"
        )
        faults = faults_of(world)
        assert not faults, "\n".join(faults)


def end(world: World, most: int) -> None:
    """Faults stop: everything is read, and a replay leaves the same."""
    world.heal()
    faults = faults_of(world)
    assert not faults, "\n".join(faults)
    differing = same_rows(world.state, world.replayed(most))
    assert not differing, f"a replay leaves other rows in {differing}"


class Stories(RuleBasedStateMachine):
    """Draws the steps of a story and plays them."""

    seen: ClassVar[Counter[str]] = Counter()

    @initialize(most=st.integers(1, 9))
    def begin(self, most: int) -> None:
        self.world = World()
        self.story: list[Step] = []
        self.most = most

    def tell(self, name: str, /, **arguments: Any) -> None:
        self.story.append((name, arguments))
        try:
            play(self.world, (name, arguments))
        except Exception:
            self._keep()
            raise

    @rule(records=st.lists(st.tuples(partitions, minutes, messages()), min_size=1, max_size=4))
    def produce(self, records: list[tuple[int, int, dict[str, Any]]]) -> None:
        for partition, minute, message in records:
            self.tell("produce", partition=partition, minute=minute, message=message)

    @rule(partition=partitions, minute=minutes, message=messages(), other=messages())
    def restate(
        self, partition: int, minute: int, message: dict[str, Any], other: dict[str, Any]
    ) -> None:
        """Two statements of one fact, in two partitions."""
        kept = {"fact": message["fact"], "version": message["version"]}
        if other["what"] == "gone" and not message["version"]:
            kept["what"] = ORDER
        self.tell("produce", partition=partition, minute=minute, message=message)
        self.tell("produce", partition=3 - partition, minute=5 - minute, message={**other, **kept})

    @rule(record=st.integers(0, 99), partition=partitions, minute=minutes)
    def copy(self, record: int, partition: int, minute: int) -> None:
        self.tell("copy", record=record, partition=partition, minute=minute)

    @rule(partition=partitions, offsets=st.integers(1, 3))
    def skip(self, partition: int, offsets: int) -> None:
        self.tell("skip", partition=partition, offsets=offsets)

    @rule(worker=workers, most=st.integers(1, 5), outcome=st.sampled_from(OUTCOMES))
    def work(self, worker: int, most: int, outcome: str) -> None:
        self.tell("fetch", worker=worker, most=most)
        self.tell("commit", worker=worker, outcome=outcome)

    @rule(worker=workers, most=st.integers(1, 5))
    def fetch(self, worker: int, most: int) -> None:
        self.tell("fetch", worker=worker, most=most)

    @rule(worker=workers, outcome=st.sampled_from(OUTCOMES))
    def commit(self, worker: int, outcome: str) -> None:
        self.tell("commit", worker=worker, outcome=outcome)

    @rule(worker=workers)
    def lose(self, worker: int) -> None:
        self.tell("lose", worker=worker)

    @rule(worker=workers)
    def crash(self, worker: int) -> None:
        self.tell("crash", worker=worker)

    @rule(partition=partitions, worker=workers, known=st.booleans())
    def assign(self, partition: int, worker: int, known: bool) -> None:  # noqa: FBT001 - drawn
        self.tell("assign", partition=partition, worker=worker, known=known)

    @rule(name=st.sampled_from(["first", "later"]))
    def revise(self, name: str) -> None:
        self.tell("revise", name=name)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                end(self.world, self.most)
            except Exception:
                self._keep()
                raise
            type(self).seen.update(self.world.seen)

    def _keep(self) -> None:
        kept = {"most": self.most, "story": self.story}
        NEWEST.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_every_story_ends_exactly_and_is_exact_all_along() -> None:
    """Whatever is lost, repeated, overtaken, in doubt or changed."""
    told = settings(
        max_examples=STORIES,
        stateful_step_count=STEPS,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Stories), settings=told)
    if STORIES < FEW:
        return
    missing = [name for name in SOMETIMES if not Stories.seen[name]]
    assert not missing, f"no story has: {missing}"


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_a_story_that_failed_once_does_not_fail_again(path: Path) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    world = World()
    for step in kept["story"]:
        play(world, step)
    end(world, kept["most"])
