"""The AsyncAPI document has what is really read and sent, in AsyncAPI's own form."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from connectors.canonical import record_schema
from connectors.registry import connector_options
from service.asyncapi import asyncapi_document
from service.framework.loading import Accepted, load_directory

EXAMPLES = Path(__file__).parents[2] / "examples"


def document_of(example: str) -> dict[str, Any]:
    loaded = load_directory(EXAMPLES / example, connector_options())
    assert isinstance(loaded, Accepted)
    return asyncapi_document(loaded.framework, "signals", {"canonical": record_schema()})


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from references(one)


def test_it_names_every_topic_that_is_read_and_the_one_that_is_sent_to() -> None:
    document = document_of("shop")
    loaded = load_directory(EXAMPLES / "shop", connector_options())
    assert isinstance(loaded, Accepted)
    topics = {one["address"] for one in document["channels"].values()}
    assert topics == {source.topic for source in loaded.framework.sources} | {"signals"}
    actions = [one["action"] for one in document["operations"].values()]
    assert sorted(actions) == ["receive"] * len(loaded.framework.sources) + ["send"]


@pytest.mark.parametrize("example", ["shop", "empty"])
def test_it_is_a_document_of_asyncapi_and_every_reference_leads_somewhere(example: str) -> None:
    document = document_of(example)
    ApplicationSchema.model_validate(document)
    for reference in set(references(document)):
        part: Any = document
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
    assert "$defs" not in json.dumps(document)


def test_what_is_sent_has_its_evidence_and_events_in_our_own_form_their_kinds() -> None:
    schemas = document_of("empty")["components"]
    assert {"signal.Opportunity", "signal.Reached"} <= schemas["schemas"].keys()
    assert "kind" in schemas["messages"]["record.helpdesk"]["payload"]["properties"]
