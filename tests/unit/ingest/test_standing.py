"""Whether a partition can be read on, decided by its ledger row and what lies on the broker."""

import pytest

from service.ingest.locating.standing import Gone, GoOn, Known, MadeAnew, standing
from service.ingest.reading.extent import Extent
from service.offsets import incarnation, offset_in, own_offset, position_text

SECOND = offset_in(1, 0)


@pytest.mark.parametrize(
    ("known", "extent", "expected"),
    [
        (Known(5, "a", made_anew=False), Extent("a", 0, 9), GoOn(5)),
        (Known(9, "a", made_anew=False), Extent("a", 9, 9), GoOn(9)),
        (Known(5, None, made_anew=False), Extent("a", 0, 9), GoOn(5)),
        (Known(5, "a", made_anew=False), Extent(None, 0, 9), GoOn(5)),
        (Known(5, "a", made_anew=False), Extent("a", 7, 9), Gone(5, 7)),
        (Known(SECOND + 5, "b", made_anew=False), Extent("b", 0, 9), GoOn(SECOND + 5)),
        (Known(SECOND + 5, "b", made_anew=False), Extent("b", 7, 9), Gone(SECOND + 5, SECOND + 7)),
    ],
)
def test_the_topic_that_was_read_is_read_on(
    known: Known, extent: Extent, expected: GoOn | Gone
) -> None:
    """Where records are gone, behind them, and it is said which."""
    assert standing(known, extent) == expected


@pytest.mark.parametrize(
    ("known", "extent"),
    [
        (Known(5, "a", made_anew=False), Extent("b", 0, 9)),
        (Known(5, "a", made_anew=False), Extent("a", 0, 4)),
        (Known(5, None, made_anew=False), Extent(None, 0, 0)),
        (Known(SECOND + 5, "b", made_anew=False), Extent("b", 0, 4)),
        (Known(5, "a", made_anew=True), Extent("a", 0, 9)),
    ],
)
def test_a_topic_that_is_not_the_one_that_was_read_is_not_read_on(
    known: Known, extent: Extent
) -> None:
    """Also when it has grown past the ledger since that was seen."""
    assert isinstance(standing(known, extent), MadeAnew)


@pytest.mark.parametrize(("number", "own"), [(0, 0), (0, 12), (1, 0), (3, 1 << 40)])
def test_an_offset_says_which_topic_of_its_name_it_is_of(number: int, own: int) -> None:
    kept = offset_in(number, own)
    assert (incarnation(kept), own_offset(kept)) == (number, own)


def test_people_read_offsets_as_the_topic_counts_them() -> None:
    assert position_text("orders", 2, 7) == "orders/2@7"
    assert position_text("orders", 2, SECOND + 7) == "orders/2@7 (made anew)"
    assert position_text("orders", 2, offset_in(2, 7)) == "orders/2@7 (made anew 2 times)"
