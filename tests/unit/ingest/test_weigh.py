"""What stands after any batches in any order is a function of the set of items."""

from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent, Subject
from service.event import Position, Record
from service.facts.weighing import Place
from service.ingest.committing.model import State
from service.ingest.preparing.prepared import (
    STATING,
    DeadItem,
    IgnoredItem,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Settled,
    Stating,
)
from service.ingest.settling.weigh import Outcome, conflict_key, tally, weigh_batch
from service.routing import Candidates
from tests.unit.ingest.batches import after, batches, outcomes, standing

RETRACTED = b"retracted"
NOTHING = Candidates(())
UNPLACED = Settled((), ())


def event_of(record: Record, fact: bytes, version: int, content: bytes) -> PreparedEvent:
    return PreparedEvent(
        record=record,
        item=0,
        source="one",
        fact=fact,
        version=version,
        digest=content,
        event=CanonicalEvent(
            system="crm",
            id=fact.decode(),
            kind="support.contact",
            occurred_at_us=0,
            subject=Subject("user", "00"),
            fact_id=fact.decode(),
            version=version,
        ),
        document=content,
        customer=b"\0",
        candidates=NOTHING,
        settled=UNPLACED,
        identifiers=(),
        links=(),
    )


@st.composite
def said(draw: st.DrawFn, offset: int) -> PreparedItem:
    """An item at an offset of its own. Facts `v` are restated, `u` never, `m` is both."""
    record = Record(Position("one", 0, offset), draw(st.integers(0, 3)), None, (), b"")
    what = draw(st.sampled_from(["v1", "v2", "u1", "u2", "m1", "dead", "ignored"]))
    if what == "dead":
        return DeadItem(record, 0, "one", "invalid_json", "")
    if what == "ignored":
        return IgnoredItem(record, 0, "no_item")
    fact = what.encode()
    versions = {"v": (1, 2, -5), "u": (0,), "m": (0, 1, -5)}[what[0]]
    version = draw(st.sampled_from(versions))
    content = draw(st.sampled_from([b"a", b"b", b"c"]))
    if version != 0 and draw(st.integers(0, 3)) == 0:
        return PreparedRetraction(record, 0, "one", fact, version, RETRACTED)
    return event_of(record, fact, version, content)


@st.composite
def deliveries(draw: st.DrawFn) -> list[PreparedItem]:
    """Items in the order in which they come, which is not that of their times."""
    number = draw(st.integers(0, 14))
    return draw(st.permutations([draw(said(offset)) for offset in range(number)]))


def stored(items: list[PreparedItem], cuts: list[int]) -> State:
    state = State()
    for batch in batches(items, cuts):
        state = after(state, batch)
    return state


Standing = dict[bytes, tuple[int, bytes, Place | None]]


def worked_out(items: list[PreparedItem]) -> tuple[Standing, set[bytes]]:
    """What stands and what conflicts, from the definition, of facts that are not mixed."""
    by_fact: dict[bytes, list[Stating]] = defaultdict(list)
    for item in items:
        if isinstance(item, STATING):
            by_fact[item.fact].append(item)
    standing: Standing = {}
    conflicts = set()
    for fact, stated in by_fact.items():
        newest = max(item.statement.version for item in stated)
        best = [item for item in stated if item.statement.version == newest]
        first = min(best, key=lambda item: item.statement.place)
        content = first.statement.digest
        if newest != 0:
            content = max(item.statement.digest for item in best)
        elif fact[:1] == b"u":
            others = {item.statement.digest for item in best} - {content}
            conflicts |= {conflict_key(fact, other) for other in others}
        place = min(i.statement.place for i in best if i.statement.digest == content)
        standing[fact] = (newest, content, None if content == RETRACTED else place)
    return standing, conflicts


def of_mixed_facts() -> set[bytes]:
    """Which contents of a fact that is restated after all were conflicts hangs on the order."""
    return {conflict_key(b"m1", content) for content in (b"a", b"b", b"c")}


@given(deliveries(), st.lists(st.integers(0, 14), max_size=5))
def test_any_order_in_any_batches_leaves_the_same_facts_events_and_conflicts(
    items: list[PreparedItem], cuts: list[int]
) -> None:
    state = stored(items, cuts)
    wanted, conflicts = worked_out(items)
    assert standing(state) == wanted
    assert state.conflicts - of_mixed_facts() == conflicts
    assert {e.place for e in state.events.values()} == {
        place for *_, place in wanted.values() if place
    }


@given(deliveries(), st.lists(st.integers(0, 14), max_size=5))
def test_outcomes_and_corrections_add_up_to_the_items(
    items: list[PreparedItem], cuts: list[int]
) -> None:
    state = stored(items, cuts)
    counted = outcomes(state)
    broken = sum(isinstance(item, DeadItem) for item in items)
    assert counted.total() == len(items)
    assert min(counted.values(), default=0) >= 0
    assert counted[Outcome.EVENT] == len(state.facts)
    assert counted[Outcome.IGNORED] == sum(isinstance(item, IgnoredItem) for item in items)
    assert counted[Outcome.DEAD_LETTER] == broken + len(state.conflicts)


@given(deliveries(), st.lists(st.integers(0, 14), max_size=5), st.data())
def test_what_was_settled_once_changes_nothing_when_it_comes_again(
    items: list[PreparedItem], cuts: list[int], data: st.DataObject
) -> None:
    """As it does where a topic is read again from its beginning into the same facts."""
    before = stored(items, cuts)
    again = [i for i in data.draw(st.permutations(items)) if not isinstance(i, DeadItem)]
    state = after(before, again)
    assert standing(state) == standing(before)
    assert state.conflicts - of_mixed_facts() == before.conflicts - of_mixed_facts()


def told(offset: int, at: int, content: bytes) -> PreparedEvent:
    """A statement of a fact that is never restated, by its record time."""
    return event_of(Record(Position("one", 0, offset), at, None, (), b""), b"u1", 0, content)


def test_a_content_that_comes_back_twice_in_a_batch_is_no_dead_letter_in_the_end() -> None:
    """Each of them is earlier than what counted before it, so they take turns."""
    state = stored([told(0, 8, b"a"), told(1, 9, b"b")], [])
    assert state.conflicts == {conflict_key(b"u1", b"b")}
    state = after(state, [told(2, 7, b"b"), told(3, 6, b"a"), told(4, 5, b"b")])
    assert standing(state) == {b"u1": (0, b"b", Place(5, "one", 0, 4, 0))}
    assert state.conflicts == {conflict_key(b"u1", b"a")}
    assert outcomes(state) == Counter({Outcome.EVENT: 1, Outcome.DUPLICATE: 3, "dead_letters": 1})


def test_of_two_copies_the_later_is_the_duplicate_whichever_was_read_first() -> None:
    early, late = told(0, 1, b"a"), told(1, 2, b"a")
    for batch in ([early, late], [late, early]):
        ended = weigh_batch(batch, {}, {}, set()).outcomes
        assert {item.record.position.offset: outcome for item, outcome in ended} == {
            0: Outcome.EVENT, 1: Outcome.DUPLICATE,
        }  # fmt: skip
    corrected = outcomes(after(after(State(), [late]), [early]))
    assert corrected == Counter({Outcome.EVENT: 1, Outcome.DUPLICATE: 1})


def test_outcomes_are_counted_by_partition() -> None:
    items: list[PreparedItem] = [
        IgnoredItem(Record(Position(topic, partition, 0), 0, None, (), b""), 0, "no_item")
        for topic, partition in (("one", 0), ("one", 1), ("two", 0), ("one", 1))
    ]
    weighed = weigh_batch(items, {}, {}, set())
    assert tally(weighed.outcomes) == {
        ("one", 0): Counter(ignored=1),
        ("one", 1): Counter(ignored=2),
        ("two", 0): Counter(ignored=1),
    }
