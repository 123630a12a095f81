"""The checks, one function for each promise: `checks` names those of a connector's fixtures."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

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
from connectors.contract import Connector, Convert
from connectors.limits import checked
from connectors.strict_json import MAX_BYTES
from service.event import Event, Failed, Ignored, Item, Retraction

EXAMPLES: Final = settings(max_examples=50, deadline=None)
"""How often each check of Hypothesis tries; a busy machine is no failure."""

UNHEARD_OF: Final = "signalbox:unheard_of"
"""An event type that no system has."""


@dataclass(frozen=True)
class Subject:
    """A source with the options of one specimen, opened twice: two processes that read it."""

    connector: Connector
    specimen: Specimen
    convert: Convert
    again: Convert

    @property
    def payload(self) -> Mapping[str, Any]:
        """What is valid."""
        return self.specimen.payload


def subject_of(connector: Connector, specimen: Specimen) -> Subject:
    """The source of a specimen."""
    options = connector.options.model_validate(dict(specimen.options))
    return Subject(connector, specimen, connector.open(options), connector.open(options))


Promise: TypeAlias = Callable[[Subject], None]


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
            yield Check(name, partial(_hold, promise, fixtures.connector, specimen))


def _hold(promise: Promise, connector: Connector, specimen: Specimen) -> None:
    promise(subject_of(connector, specimen))


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
        items = kept_promises(subject_of(fixtures.connector, specimen), specimen.payload)
        assert items == [Ignored(reason)], (type_, items)


def _fails_unheard_of(fixtures: Fixtures) -> None:
    assert fixtures.bare is not None
    specimen = fixtures.bare(UNHEARD_OF)
    subject = subject_of(fixtures.connector, specimen)
    (item,) = kept_promises(subject, specimen.payload)
    assert isinstance(item, Failed), item
    forewarned = subject_of(fixtures.connector, specimen.leaving_out(UNHEARD_OF))
    (left_out,) = kept_promises(forewarned, specimen.payload)
    assert isinstance(left_out, Ignored), left_out


def kept_promises(subject: Subject, payload: object) -> list[Item]:
    """Convert twice, and hold the items to what every connector promises."""
    record = subject.specimen.record(payload)
    items = subject.convert(record)
    assert items
    assert items == subject.again(record)
    for item in items:
        assert isinstance(item, Event | Retraction | Ignored | Failed)
        if isinstance(item, Failed):
            assert item.reason.isidentifier()
            assert CANARY not in item.detail
        elif isinstance(item, Ignored):
            assert CANARY not in item.reason
        else:
            assert checked(item) is item
    return items


def it_is_valid(subject: Subject) -> None:
    items = kept_promises(subject, subject.payload)
    assert not any(isinstance(item, Failed) for item in items), items
    assert any(isinstance(item, Event | Retraction) for item in items), items
    options = subject.connector.options.model_validate(dict(subject.specimen.options))
    kinds = {item.kind for item in items if isinstance(item, Event)}
    assert kinds <= subject.connector.kinds(options), kinds


def anything_in_any_place_gives_items(subject: Subject) -> None:
    for path in paths(subject.payload):
        for wrong in WRONG:
            kept_promises(subject, replaced(subject.payload, path, wrong))


def anything_may_be_missing(subject: Subject) -> None:
    for path in paths(subject.payload)[1:]:
        kept_promises(subject, without(subject.payload, path))


def a_failed_item_shows_no_text_of_the_payload(subject: Subject) -> None:
    marked: Any = subject.payload
    for path in paths(subject.payload):
        value = part(subject.payload, path)
        if isinstance(value, str) and value != subject.specimen.type:
            marked = replaced(marked, path, f"{CANARY} {value}")
    for path in paths(subject.payload):
        for wrong in WRONG:
            for item in kept_promises(subject, replaced(marked, path, wrong)):
                assert not isinstance(item, Failed) or "anary" not in item.detail


def what_was_read_before_changes_nothing(subject: Subject) -> None:
    record = subject.specimen.record(subject.payload)
    for path in paths(subject.payload)[1:]:
        subject.convert(subject.specimen.record(without(subject.payload, path)))
    fresh = subject_of(subject.connector, subject.specimen)
    assert subject.convert(record) == fresh.convert(record)


def torn_and_flipped_bytes_give_items(subject: Subject) -> None:
    raw = json.dumps(subject.payload).encode()

    @EXAMPLES
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        kept_promises(subject, torn(raw, data))

    hold()


def any_json_in_any_places_gives_items(subject: Subject) -> None:
    @EXAMPLES
    @given(st.data())
    def hold(data: st.DataObject) -> None:
        kept_promises(subject, spoiled(subject.payload, data))

    hold()


def any_bytes_at_all_give_items(subject: Subject) -> None:
    @EXAMPLES
    @given(st.binary(max_size=60))
    def hold(raw: bytes) -> None:
        kept_promises(subject, raw)

    hold()


def what_is_no_payload_fails(subject: Subject) -> None:
    for raw in (None, b"", b"\xff", b" " * (MAX_BYTES + 1)):
        items = kept_promises(subject, raw)
        assert all(isinstance(item, Failed) for item in items), items


def headers_of_any_sort_give_items(subject: Subject) -> None:
    record = subject.specimen.record(subject.payload)
    names = [name for name, _ in record.headers]
    broken = tuple((name, b"\xff\x00") for name in names)
    odd = (("", b""), ("\ud800", b""), *((name.upper(), b"\0") for name in names))
    for headers in ((), broken, odd, (*odd, *record.headers), record.headers * 2):
        assert subject.convert(replace(record, headers=headers))


def ids_and_facts_do_not_hang_on_the_delivery(subject: Subject) -> None:
    record = subject.specimen.record(subject.payload)
    elsewhere = replace(
        record,
        position=replace(record.position, partition=3, offset=99),
        time_us=record.time_us + 3_600_000_000,
        key=b"another key",
        headers=(("traceparent", b"00-1"), *record.headers),
        value=json.dumps(subject.payload, indent=2, sort_keys=True).encode(),
    )
    again = _ids(subject.convert(elsewhere))
    assert again == _ids(subject.convert(record))
    assert len(set(again)) == len(again)


def _ids(items: list[Item]) -> list[tuple[str, object]]:
    return [(item.id, item.fact) for item in items if isinstance(item, Event | Retraction)]


def a_new_field_changes_no_id(subject: Subject) -> None:
    more = {**subject.payload, "something_new": {"deep": [1, CANARY]}}
    assert _ids(kept_promises(subject, more)) == _ids(kept_promises(subject, subject.payload))


def a_source_can_leave_its_type_out(subject: Subject) -> None:
    if not subject.specimen.type:
        return
    left_out = subject.specimen.leaving_out(subject.specimen.type)
    items = kept_promises(subject_of(subject.connector, left_out), subject.payload)
    assert all(isinstance(item, Ignored) for item in items), items


PROMISES: Final[tuple[Promise, ...]] = (
    it_is_valid,
    anything_in_any_place_gives_items,
    anything_may_be_missing,
    a_failed_item_shows_no_text_of_the_payload,
    what_was_read_before_changes_nothing,
    torn_and_flipped_bytes_give_items,
    any_json_in_any_places_gives_items,
    any_bytes_at_all_give_items,
    what_is_no_payload_fails,
    headers_of_any_sort_give_items,
    ids_and_facts_do_not_hang_on_the_delivery,
    a_source_can_leave_its_type_out,
)

NEW_FIELDS: Final[Promise] = a_new_field_changes_no_id
