"""What editors are told: every key that the examples write, and none that they must not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.canonical import record_schema
from connectors.registry import OURS
from service.event import KINDS
from service.framework.schema import framework_schema

EXAMPLES = Path(__file__).parents[3] / "examples"
SCHEMA = framework_schema({name: connector.options for name, connector in OURS.items()})


def unknown_keys(schema: dict[str, Any], data: Any, at: str = "") -> Iterator[str]:
    """Keys in the data that none of the allowed forms of it has."""
    forms = [resolved(form) for form in schema.get("anyOf", schema.get("oneOf", [schema]))]
    match data:
        case dict() if all(fits(form, data) is False for form in forms):
            yield at
        case dict():
            form = next(form for form in forms if fits(form, data))
            for key, value in data.items():
                known = form.get("properties", {}).get(key)
                if known is not None:
                    yield from unknown_keys(known, value, f"{at}/{key}")
                elif form.get("additionalProperties") is False:
                    yield f"{at}/{key}"
        case list():
            for number, item in enumerate(data):
                yield from unknown_keys(forms[0].get("items", {}), item, f"{at}/{number}")


def resolved(form: dict[str, Any]) -> dict[str, Any]:
    reference = form.get("$ref", "").removeprefix("#/$defs/")
    return resolved(SCHEMA["$defs"][reference]) if reference else form


def fits(form: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether the constants of a form, such as a source's connector, are those of the data."""
    form = resolved(form)
    if "anyOf" in form or "oneOf" in form:
        return any(fits(one, data) for one in form.get("anyOf", form.get("oneOf", ())))
    constants = {
        key: one["const"] for key, one in form.get("properties", {}).items() if "const" in one
    }
    return all(data.get(key) == constant for key, constant in constants.items())


@pytest.mark.parametrize(
    "file", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda f: f.parent.name + f.stem
)
def test_every_key_of_the_examples_is_described(file: Path) -> None:
    assert list(unknown_keys(SCHEMA, yaml.safe_load(file.read_text()))) == []


def test_a_key_of_another_connector_is_none_of_a_source() -> None:
    source = {"id": "a", "connector": "zendesk", "system": "b", "topic": "c", "questions": {}}
    assert list(unknown_keys(SCHEMA, {"sources": [source]})) == ["/sources/0/questions"]


def test_durations_are_given_as_they_are_written() -> None:
    assert SCHEMA["$defs"]["Breach"]["properties"]["cooldown"]["default"] == "1w"


def test_a_file_may_hold_any_part_of_a_framework() -> None:
    assert "required" not in SCHEMA
    assert SCHEMA["additionalProperties"] is False


def test_the_schema_of_an_event_has_the_catalogue_of_kinds() -> None:
    schema = record_schema()
    kinds, private = schema["properties"]["kind"]["anyOf"]
    assert set(kinds["enum"]) == KINDS
    assert private == {"pattern": r"^x\..+"}
    assert schema["required"] == ["id", "occurred_at"]
    assert schema["additionalProperties"] is False
