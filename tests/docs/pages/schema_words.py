"""JSON Schema of a field in plain words, as the pages about frameworks and settings need it."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from service.framework.durations import DURATION_PATTERN
from service.framework.models import (
    ATTRIBUTE_PATTERN,
    IDENTITY_PATTERN,
    PATH_PATTERN,
    TOPIC_PATTERN,
)
from tests.docs.pages.markdown import unwrapped

Schema: TypeAlias = Mapping[str, Any]

_FORMS: Final = {
    IDENTITY_PATTERN: "id",
    PATH_PATTERN: "path",
    TOPIC_PATTERN: "topic",
    ATTRIBUTE_PATTERN: "name of an attribute",
    f"^{DURATION_PATTERN}$": "duration",
}
_TYPES: Final = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "object": "names and values",
    "string": "text",
}
_FORMATS: Final = {"duration": "duration", "file-path": "file"}
_PLURALS: Final = {"id": "ids"}
_CONDITION_CHARACTERS: Final = 2_000


def type_in_words(schema: Schema) -> str:
    """What may be written there."""
    choices = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    if forms := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
        return type_in_words(forms[0])
    if schema.get("type") == "array":
        entry = type_in_words(schema["items"])
        return f"list of {_PLURALS.get(entry, entry)}"
    if "$ref" in schema:
        model = schema["$ref"].rpartition("/")[2]
        return f"[{model}](#{model.lower()})"
    if schema.get("maxLength") == _CONDITION_CHARACTERS:
        return "condition"
    word = (
        _FORMS.get(schema.get("pattern", ""))
        or _FORMATS.get(schema.get("format", ""))
        or _TYPES[schema["type"]]
    )
    return f"{word}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f", above {schema['exclusiveMinimum']:,}, at most {high:,}"
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    return "" if low is None else f", {low:,} or more"


def meaning(schema: Schema) -> str:
    """The description, on one line."""
    return unwrapped(schema["description"])
