"""The checks, one function for each promise: `checks` names those of a connector's fixtures."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance.mutations import (
    CANARY,
    WRONG,
    part,
    paths,
    replaced,
    spoiled,
    torn,
    without,
)
from connectors.conformance.specimen import Fixtures, Specimen
from connectors.contract import Connector
from connectors.strict_json import MAX_BYTES
from service.event import Event, Failed, Ignored, Item, Record, Retraction

Promise: TypeAlias = Callable[[Connector, Specimen], None]

UNHEARD_OF: Final = "signalbox:unheard_of"
"""An event type that no system has."""


@dataclass(frozen=True)
class Check:
    """A promise to be held to one record or to the connector as a whole; `run` raises if not."""

    name: str
    run: Callable[[], None]

    def __str__(self) -> str:
        return self.name


def checks(fixtures: Fixtures) -> list[Check]:
    """All checks of a connector."""
    return [*_of_specimens(fixtures), *_of_types(fixtures)]


def _of_specimens(fixtures: Fixtures) -> Iterator[Check]:
    promises = PROMISES if fixtures.refuses_new_fields else (*PROMISES, NEW_FIELDS)
    for specimen in fixtures.specimens:
        for promise in promises:
            name = f"{specimen}: {promise.__name__.replace('_', ' ')}"
            yield Check(name, partial(promise, fixtures.connector, specimen))


def _of_types(fixtures: Fixtures) -> Iterator[Check]:
    yield Check("every documented type is mapped or ignored", partial(_covers, fixtures))
    if fixtures.bare is not None:
        yield Check("ignored types are ignored", partial(_ignores, fixtures))
        yield Check("a type nobody heard of is a failure", partial(_fails_unheard_of, fixtures))


def _covers(fixtures: Fixtures) -> None:
    known = {*fixtures.connector.ignored, *(specimen.type for specimen in fixtures.specimens)}
    assert fixtures.documented <= known, sorted(fixtures.documented - known)


def _ignores(fixtures: Fixtures) -> None:
    assert fixtures.bare is not None
    for type_, reason in fixtures.connector.ignored.items():
        specimen = fixtures.bare(type_)
        items = kept_promises(fixtures.connector, specimen, specimen.payload)
        assert items == [Ignored(reason)], (type_, items)


def _fails_unheard_of(fixtures: Fixtures) -> None:
    assert fixtures.bare is not None
    specimen = fixtures.bare(UNHEARD_OF)
    (item,) = kept_promises(fixtures.connector, specimen, specimen.payload)
    assert isinstance(item, Failed), item
    (left_out,) = _items(fixtures.connector, specimen.leaving_out(UNHEARD_OF), specimen.payload)
    assert isinstance(left_out, Ignored), left_out


def kept_promises(connector: Connector, specimen: Specimen, payload: object) -> list[Item]:
    """Convert twice, and hold the items to what every connector promises."""
    items = _items(connector, specimen, payload)
    assert items
    assert items == _items(connector, specimen, payload)
    for item in items:
        assert isinstance(item, Event | Retraction | Ignored | Failed)
        if isinstance(item, Failed):
            assert item.reason.isidentifier()
            assert CANARY not in item.detail
        if isinstance(item, Ignored):
            assert CANARY not in item.reason
    return items


def _items(connector: Connector, specimen: Specimen, payload: object) -> list[Item]:
    return _converted(connector, specimen, specimen.record(payload))


def _converted(connector: Connector, specimen: Specimen, record: Record) -> list[Item]:
    return connector.open(connector.options.model_validate(dict(specimen.options)))(record)


def it_is_valid(connector: Connector, specimen: Specimen) -> None:
    items = kept_promises(connector, specimen, specimen.payload)
    assert not any(isinstance(item, Failed) for item in items), items
    assert any(isinstance(item, Event | Retraction) for item in items), items
    options = connector.options.model_validate(dict(specimen.options))
    kinds = {item.kind for item in items if isinstance(item, Event)}
    assert kinds <= connector.kinds(options), kinds


def anything_in_any_place_gives_items(connector: Connector, specimen: Specimen) -> None:
    for path in paths(specimen.payload):
        for wrong in WRONG:
            kept_promises(connector, specimen, replaced(specimen.payload, path, wrong))


def anything_may_be_missing(connector: Connector, specimen: Specimen) -> None:
    for path in paths(specimen.payload)[1:]:
        kept_promises(connector, specimen, without(specimen.payload, path))


def a_failed_item_shows_no_text_of_the_payload(connector: Connector, specimen: Specimen) -> None:
    marked: Any = specimen.payload
    for path in paths(specimen.payload):
        value = part(specimen.payload, path)
        if isinstance(value, str) and value != specimen.type:
            marked = replaced(marked, path, f"{CANARY} {value}")
    for path in paths(specimen.payload):
        for wrong in WRONG:
            for item in kept_promises(connector, specimen, replaced(marked, path, wrong)):
                assert not isinstance(item, Failed) or "anary" not in item.detail


def torn_and_flipped_bytes_give_items(connector: Connector, specimen: Specimen) -> None:
    raw = json.dumps(specimen.payload).encode()

    @given(st.data())
    def hold(data: st.DataObject) -> None:
        kept_promises(connector, specimen, torn(raw, data))

    hold()


def any_json_in_any_places_gives_items(connector: Connector, specimen: Specimen) -> None:
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        kept_promises(connector, specimen, spoiled(specimen.payload, data))

    hold()


def any_bytes_at_all_give_items(connector: Connector, specimen: Specimen) -> None:
    @given(st.binary(max_size=60))
    def hold(raw: bytes) -> None:
        kept_promises(connector, specimen, raw)

    hold()


def what_is_no_payload_fails(connector: Connector, specimen: Specimen) -> None:
    for raw in (None, b"", b"\xff", b" " * (MAX_BYTES + 1)):
        items = kept_promises(connector, specimen, raw)
        assert all(isinstance(item, Failed) for item in items), items


def headers_of_any_sort_give_items(connector: Connector, specimen: Specimen) -> None:
    record = specimen.record(specimen.payload)
    names = [name for name, _ in record.headers]
    broken = tuple((name, b"\xff\x00") for name in names)
    odd = (("", b""), ("\ud800", b""), *((name.upper(), b"\0") for name in names))
    for headers in ((), broken, odd, (*odd, *record.headers), record.headers * 2):
        assert _converted(connector, specimen, record._replace(headers=headers))


def ids_and_facts_do_not_hang_on_the_delivery(connector: Connector, specimen: Specimen) -> None:
    record = specimen.record(specimen.payload)
    elsewhere = record._replace(
        position=record.position._replace(partition=3, offset=99),
        time_us=record.time_us + 3_600_000_000,
        key=b"another key",
        headers=(("traceparent", b"00-1"), *record.headers),
        value=json.dumps(specimen.payload, indent=2, sort_keys=True).encode(),
    )
    again = _ids(_converted(connector, specimen, elsewhere))
    assert again == _ids(_converted(connector, specimen, record))
    assert len(set(again)) == len(again)


def _ids(items: list[Item]) -> list[tuple[str, object]]:
    return [(item.id, item.fact) for item in items if isinstance(item, Event | Retraction)]


def a_new_field_changes_no_id(connector: Connector, specimen: Specimen) -> None:
    more = {**specimen.payload, "something_new": {"deep": [1, CANARY]}}
    assert _ids(kept_promises(connector, specimen, more)) == _ids(
        kept_promises(connector, specimen, specimen.payload)
    )


def a_source_can_leave_its_type_out(connector: Connector, specimen: Specimen) -> None:
    if not specimen.type:
        return
    left_out = specimen.leaving_out(specimen.type)
    items = kept_promises(connector, left_out, specimen.payload)
    assert all(isinstance(item, Ignored) for item in items), items


PROMISES: Final[tuple[Promise, ...]] = (
    it_is_valid,
    anything_in_any_place_gives_items,
    anything_may_be_missing,
    a_failed_item_shows_no_text_of_the_payload,
    torn_and_flipped_bytes_give_items,
    any_json_in_any_places_gives_items,
    any_bytes_at_all_give_items,
    what_is_no_payload_fails,
    headers_of_any_sort_give_items,
    ids_and_facts_do_not_hang_on_the_delivery,
    a_source_can_leave_its_type_out,
)

NEW_FIELDS: Final[Promise] = a_new_field_changes_no_id
