"""Signals are CloudEvents whose bytes depend on the document alone."""

import json
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest

from service.canonical import CanonicalEvent, Subject
from service.opportunities import documents
from service.opportunities.lifecycle import Transition, withdrawn
from service.opportunities.models import Opportunity
from service.opportunities.signals import opportunity_message, reached_message
from tests.support.cloudevents import signal_faults
from tests.unit.opportunities.parcels import AT, DETECTOR, IN_FORCE, MILESTONE, opened


def test_an_opened_signal_is_a_cloudevent_about_its_stage() -> None:
    message = opportunity_message(opened())
    event = json.loads(message.value)
    data = event.pop("data")
    assert message.key == b"opportunity:7"
    assert message.headers == (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
    assert event == {
        "specversion": "1.0",
        "id": "opportunity-7-1",
        "source": "/signalbox/shop",
        "type": "signalbox.opportunity.opened",
        "subject": "purchase/receive",
        "time": "2026-05-07T08:00:00Z",
        "datacontenttype": "application/json",
    }
    assert (data["revision"], data["detector"], data["sequence"]) == (3, "late", 1)
    assert data["evidence"]["missed"][0]["objective"]["window"] == "1d"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e.update(specversion="0.3"),
        lambda e: e.pop("id"),
        lambda e: e.update(subject=""),
        lambda e: e.update(orgName="x"),
        lambda e: e.update(time="2026-05-07T08:00:00"),
        lambda e: e["data"].pop("evidence"),
        lambda e: e["data"].update(customer_name="Anna"),
        lambda e: e["data"].update(state="closed"),
        lambda e: e["data"].update(sequence="1"),
        lambda e: e["data"]["score"].update(value=101),
        lambda e: e["data"]["evidence"]["missed"][0].pop("number"),
        lambda e: e["data"]["evidence"]["missed"][0]["objective"].update(window=86_400),
    ],
)
def test_only_what_is_sent_is_of_the_schema_of_signals(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    message = opportunity_message(opened())
    assert signal_faults(message.value, message.headers) == []
    assert signal_faults(message.value, ()) != []
    spoiled = json.loads(message.value)
    spoil(spoiled)
    assert signal_faults(json.dumps(spoiled).encode(), message.headers) != []


def test_the_document_survives_its_json_and_gives_the_same_bytes_again() -> None:
    message = opportunity_message(opened())
    again = Opportunity.model_validate(json.loads(message.value)["data"])
    assert again == opened()
    assert opportunity_message(again) == message


def test_the_same_moment_in_another_zone_gives_the_same_bytes() -> None:
    document = opened().model_dump()
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))
    moved = Opportunity.model_validate({**document, "checked_at": elsewhere})
    assert opportunity_message(moved) == opportunity_message(opened())


def test_each_further_signal_has_the_next_sequence_and_the_same_key() -> None:
    retracted = documents.ended(AT, withdrawn(), opened())
    first, second = opportunity_message(opened()), opportunity_message(retracted)
    assert second.key == first.key
    assert json.loads(second.value)["id"] == "opportunity-7-2"
    assert second.signal == "retracted"


def test_no_text_of_a_customer_is_in_a_signal() -> None:
    assert b"nobody rings" not in opportunity_message(opened()).value


def test_a_milestone_is_told_once_for_each_customer() -> None:
    event = CanonicalEvent(
        system="shop-de",
        id="orders:100",
        kind="sales.order.placed",
        occurred_at_us=1_778_140_800_000_000,
        subject=Subject("shop-de:customer", "ab" * 16, "jo"),
        fact_id="order:100",
        text="secret words",
    )
    document = documents.reached(IN_FORCE, MILESTONE, b"\xab" * 16, event, AT)
    message = reached_message(document)
    told = json.loads(message.value)
    assert told["id"] == f"milestone-first-{'ab' * 16}-1"
    assert told["type"] == "signalbox.opportunity.reached"
    assert told["subject"] == "purchase/receive/parcel-arrives"
    assert told["data"]["event"] == "shop-de:order:100"
    assert told["data"]["occurred_at"] == "2026-05-07T08:00:00Z"
    assert b"secret" not in message.value


def test_a_reopened_document_keeps_its_number_and_beginning() -> None:
    ended = documents.ended(
        AT, Transition("recovered", "recovered", (), "objectives_met"), opened()
    )
    turn = documents.Turn(
        AT + timedelta(days=1),
        DETECTOR,
        Transition("reopened", "open", ("delivery-csat",), "missed_again"),
        ended,
    )
    again = documents.found(IN_FORCE, turn, 99, opened(("delivery-csat",)).evidence)
    assert (again.id, again.sequence, again.opened_at) == (7, 3, AT)
    assert again.state == "open"
