"""An event type is mapped, ignored for a reason, or refused as unknown."""

import msgspec
import pytest

from connectors.contract import IGNORED_BY_SOURCE
from connectors.event_types import by_type, ignoring, mapped
from connectors.refusal import Refused
from service.event import Ignored, Item


class Note(msgspec.Struct):
    text: str


def said(note: Note, times: int) -> list[Item]:
    return [Ignored(note.text * times)]


SAID = mapped(Note, said)
PAYLOAD = {"text": "ha", "more": 1}


def test_a_table_of_reasons_is_turned_around() -> None:
    assert ignoring({"why": "a b\n c", "how": "d"}) == {
        "a": "why",
        "b": "why",
        "c": "why",
        "d": "how",
    }


def test_a_type_is_mapped_or_ignored_and_the_source_has_the_last_word() -> None:
    of_type = by_type({"opened": SAID, "gone": SAID}, {"seen": "no interest"}, ["gone"])
    assert of_type("opened")(PAYLOAD, 2) == [Ignored("haha")]
    assert of_type("seen")(PAYLOAD, 2) == [Ignored("no interest")]
    assert of_type("gone")({}, 2) == [IGNORED_BY_SOURCE]


def test_a_payload_of_another_shape_is_refused_only_where_its_type_is_mapped() -> None:
    of_type = by_type({"opened": SAID}, {"seen": "no interest"}, ())
    assert of_type("seen")([], 1) == [Ignored("no interest")]
    with pytest.raises(Refused, match="`text` is missing"):
        of_type("opened")({}, 1)


def test_a_type_that_nobody_documented_is_refused() -> None:
    with pytest.raises(Refused, match="add it to `ignore`"):
        by_type({"opened": SAID}, {}, ())("closed")
    with pytest.raises(Refused, match="event type that is no plain name is not known"):
        by_type({"opened": SAID}, {}, ())("Anna Alt")
