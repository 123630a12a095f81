"""`signalbox connectors`: what a platform engineer asks before a source is written."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.registry import OURS
from service.cli.views.connectors import event_document
from service.event import Event, Retraction
from tests.contract.converting import convert
from tests.contract.fixtures import mapping, shopify, zendesk
from tests.contract.fixtures_of import fixtures_of
from tests.support.command import Ended, signalbox


async def tried(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    ended = await signalbox("connectors", "try", *map(str, arguments), "--json")
    return ended.status, json.loads(ended.out)


async def refused(*arguments: str | Path) -> str:
    ended: Ended = await signalbox("connectors", *map(str, arguments))
    assert (ended.status, ended.out) == (2, ""), ended
    return ended.err


@pytest.fixture
def ticket(tmp_path: Path) -> Path:
    file = tmp_path / "ticket.json"
    file.write_text(json.dumps(zendesk.notice("ticket.created"), indent=2) + "\n")
    return file


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    file = tmp_path / "odd.json"
    file.write_text('{"topic": "t", "headers": ["odd"], "value": {}}')
    return file


async def test_list_and_show_say_what_is_read_and_what_is_ignored() -> None:
    listed = await signalbox("connectors", "list", "--json")
    assert {one["name"] for one in json.loads(listed.out)} >= OURS.keys()
    shown = await signalbox("connectors", "show", "zendesk")
    assert "`ticket.status_changed` to SOLVED" in shown.out
    assert "on_behalf  Whether a ticket that somebody else opened" in shown.out
    assert "one of ignore, contact (ignore unless said otherwise)" in " ".join(shown.out.split())
    assert "## zendesk_triggers" in shown.out
    assert "ticket.merged" in shown.out


async def test_try_shows_what_a_payload_becomes(ticket: Path) -> None:
    ended = await signalbox("connectors", "try", "zendesk", str(ticket))
    assert ended.status == 0
    assert ended.out.splitlines()[:2] == ["envelope plain", "event support.contact"]


@pytest.mark.parametrize(
    "written",
    [
        dict,
        lambda all_: [*all_.items()],
        lambda all_: [{"key": k, "value": v} for k, v in all_.items()],
    ],
    ids=["fields", "pairs", "objects"],
)
async def test_try_reads_records_with_their_headers(
    tmp_path: Path, written: Callable[[dict[str, str]], object]
) -> None:
    file = tmp_path / "record.json"
    headers = written(shopify.of_topic("orders/create"))
    file.write_text(json.dumps({"topic": "shop", "headers": headers, "value": shopify.order()}))
    status, document = await tried("shopify", file)
    assert (status, document["envelope"]) == (0, "plain")
    (event,) = document["events"]
    assert (event["kind"], event["money"]) == (
        "sales.order.placed",
        {"amount": "49.90", "currency": "EUR"},
    )


async def test_try_opens_envelopes_and_tells_each_part_its_fate(tmp_path: Path) -> None:
    file = tmp_path / "several.gz"
    parts = [zendesk.notice("ticket.created"), zendesk.notice("ticket.merged"), {"type": 7}]
    file.write_bytes(gzip.compress(json.dumps(parts).encode()))
    status, document = await tried("zendesk", file)
    assert (status, document["envelope"]) == (1, "compressed > array")
    assert [event["kind"] for event in document["events"]] == ["support.contact"]
    assert len(document["ignored"]) == len(document["dead_letters"]) == 1
    assert document["dead_letters"][0]["reason"] == "missing_field"
    status, document = await tried("zendesk", file, "--envelope", "form")
    assert (status, document["dead_letters"][0]["reason"]) == (1, "no_envelope")


async def test_try_takes_options_from_a_file(tmp_path: Path) -> None:
    payload, options = tmp_path / "parcel.json", tmp_path / "source.yaml"
    payload.write_text(json.dumps(mapping.parcel()))
    options.write_text("id: parcels\nconnector: mapping\n" + json.dumps(mapping.WHOLE)[1:-1] + "\n")
    status, document = await tried("mapping", payload, "--options", options)
    assert (status, len(document["events"])) == (0, 2)
    options.write_text("events:\n  - kind: x.parcel\n    when: payload.n ==\n")
    said = await refused("try", "mapping", payload, "--options", options)
    assert "source.yaml:3:23: the expression ends too early" in said
    assert 'missing field "id"' in said


async def test_what_is_not_there_is_said_in_a_sentence(ticket: Path, odd: Path) -> None:
    assert 'did you mean "zendesk"?' in await refused("show", "zendsk")
    assert "cannot be read: No such file" in await refused("try", "zendesk", "nowhere.json")
    assert "It is one of: plain" in await refused("try", "zendesk", ticket, "--envelope", "box")
    assert "need options: events" in await refused("try", "mapping", ticket)
    assert "has the fields of a record and is none" in await refused("try", "zendesk", odd)


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_try_prints_is_what_canonical_reads(name: str) -> None:
    fixtures = fixtures_of(name)
    for specimen in fixtures.specimens:
        options = fixtures.connector.options.model_validate(dict(specimen.options))
        for item in fixtures.connector.open(options)(specimen.record(specimen.payload)):
            if isinstance(item, Event | Retraction):
                # What an item tells of a notification is between a connector and its own source.
                alone = replace(item, tells=None)
                assert convert("canonical", event_document(item)) == [alone]
