"""Counts over a customer's history are right by event time, whatever the order of arrival."""

from hypothesis import given
from hypothesis import strategies as st

from service.history.needs import NOTHING_ASKED, HistoryNeeds
from service.history.order import CustomerHistory, Entry, HistoryAt, Rank

ranks = st.builds(
    Rank,
    occurred_at_us=st.integers(0, 50),
    system=st.sampled_from(["a", "b"]),
    event=st.sampled_from(["1", "2", "3"]),
    fact=st.sampled_from([b"f", b"g"]),
)
entries = st.builds(
    Entry,
    rank=ranks,
    kind=st.sampled_from(["support.contact", "sales.order.placed"]),
    event_id=st.integers(0, 99),
    record_time_us=st.just(0),
)
by_rank = st.lists(entries, max_size=20, unique_by=lambda e: e.rank)


@given(by_rank, ranks, st.one_of(st.none(), st.integers(1, 60)), st.data())
def test_a_count_is_the_number_of_events_in_the_window_up_to_and_including_this_one(
    coming: list[Entry], at: Rank, window_us: int | None, data: st.DataObject
) -> None:
    loaded = data.draw(st.integers(0, len(coming)))
    history = CustomerHistory(coming[:loaded], {})
    for entry in coming[loaded:]:
        history.add(entry)
    since = -1 if window_us is None else at.occurred_at_us - window_us
    expected = sum(
        1
        for e in coming
        if e.kind == "support.contact" and e.rank <= at and e.rank.occurred_at_us > since
    )
    assert HistoryAt(history, at).count("support.contact", window_us) == expected


@given(by_rank, by_rank)
def test_what_was_added_and_removed_leaves_no_trace(
    kept: list[Entry], passing: list[Entry]
) -> None:
    others = [e for e in passing if e.rank not in {k.rank for k in kept}]
    history = CustomerHistory(kept, {})
    for entry in others:
        history.add(entry)
    for entry in others:
        history.remove(entry.rank)
    end = Rank(99, "z", "z", b"z")
    for kind in ("support.contact", "sales.order.placed"):
        assert history.count(kind, end, None) == sum(1 for e in kept if e.kind == kind)


def test_older_events_count_for_all_time_and_not_within_a_window() -> None:
    rank = Rank(100, "a", "9", b"f")
    history = CustomerHistory([Entry(rank, "k", 1, 0)], {"k": 41})
    assert history.count("k", rank, None) == 42
    assert history.count("k", rank, 30) == 1


needs = st.builds(
    HistoryNeeds,
    asked=st.dictionaries(
        st.sampled_from(["k", "l", "m"]), st.one_of(st.none(), st.integers(1, 9))
    ),
    askers=st.one_of(st.none(), st.frozensets(st.sampled_from(["k", "x"]))),
    widest_bounded_us=st.integers(0, 9),
)


@given(needs, needs, st.sampled_from(["k", "l", "m", "x", "y"]))
def test_joined_needs_keep_what_either_keeps(
    one: HistoryNeeds, other: HistoryNeeds, kind: str
) -> None:
    both = one.with_those_of(other)
    assert both.keeps(kind) == (one.keeps(kind) or other.keeps(kind))
    assert both.asks(kind) == (one.asks(kind) or other.asks(kind))
    assert both.widest_bounded_us == max(one.widest_bounded_us, other.widest_bounded_us)
    assert HistoryNeeds.from_json(both.as_json()) == both


def test_nothing_asked_keeps_nothing() -> None:
    assert not NOTHING_ASKED.keeps("support.contact")
