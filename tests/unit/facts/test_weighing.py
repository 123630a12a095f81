"""Which statement of a fact counts does not depend on the order in which statements come."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.weighing import Place, Statement, Verdict, weigh

TAKES_OVER = {Verdict.REPLACES, Verdict.DISPLACES, Verdict.EARLIER_COPY}

statements = st.builds(
    Statement,
    version=st.sampled_from([0, 0, 1, 2, -5]),
    digest=st.sampled_from([b"a", b"b", b"c"]),
    place=st.builds(
        Place,
        record_time_us=st.integers(0, 2),
        topic=st.sampled_from(["t", "u"]),
        partition=st.integers(0, 1),
        offset=st.integers(0, 9),
        item=st.just(0),
    ),
)


def winner(coming: list[Statement]) -> Statement:
    standing = coming[0]
    for incoming in coming[1:]:
        if weigh(standing, incoming) in TAKES_OVER:
            standing = incoming
    return standing


@given(st.lists(statements, min_size=1, max_size=5, unique_by=lambda s: s.place))
def test_the_same_statement_wins_in_every_order(coming: list[Statement]) -> None:
    assert len({winner(list(order)) for order in permutations(coming)}) == 1


@given(statements, statements)
def test_of_two_statements_exactly_one_counts(one: Statement, other: Statement) -> None:
    if one.place != other.place:
        assert (weigh(one, other) in TAKES_OVER) != (weigh(other, one) in TAKES_OVER)


def place(offset: int) -> Place:
    return Place(1, "t", 0, offset, 0)


@pytest.mark.parametrize(
    ("standing", "incoming", "verdict"),
    [
        (Statement(1, b"a", place(1)), Statement(2, b"b", place(2)), Verdict.REPLACES),
        (Statement(2, b"a", place(1)), Statement(1, b"b", place(2)), Verdict.SUPERSEDED),
        (Statement(-9, b"a", place(1)), Statement(-8, b"b", place(2)), Verdict.REPLACES),
        (Statement(5, b"a", place(1)), Statement(5, b"b", place(0)), Verdict.REPLACES),
        (Statement(5, b"b", place(1)), Statement(5, b"a", place(0)), Verdict.SUPERSEDED),
        (Statement(0, b"a", place(1)), Statement(0, b"a", place(2)), Verdict.DUPLICATE),
        (Statement(0, b"a", place(2)), Statement(0, b"a", place(1)), Verdict.EARLIER_COPY),
        (Statement(0, b"a", place(1)), Statement(0, b"b", place(2)), Verdict.CONFLICT),
        (Statement(0, b"a", place(2)), Statement(0, b"b", place(1)), Verdict.DISPLACES),
    ],
)
def test_each_verdict(standing: Statement, incoming: Statement, verdict: Verdict) -> None:
    assert weigh(standing, incoming) is verdict
