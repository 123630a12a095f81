"""Refusals of the pydantic models in plain sentences: never the library's own wording.

Where the models say which forms are allowed (patterns, choices, bounds), the sentence says it
too, and names a value that would be accepted when there is a likely one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.framework.models import (
    ATTRIBUTE_PATTERN,
    IDENTITY_PATTERN,
    PATH_PATTERN,
    TOPIC_PATTERN,
)
from service.framework.problems import Finding, Location, nearest, quoted

QUOTE: Final = "'"

_FORMS: Final[Mapping[str, str]] = {
    IDENTITY_PATTERN: "must be small letters, digits and single hyphens, such as order-placed",
    PATH_PATTERN: "must be a path: journey, journey/stage or journey/stage/touchpoint",
    TOPIC_PATTERN: "must be the name of a topic: letters, digits, dots, hyphens, underscores",
    ATTRIBUTE_PATTERN: "must be the name of an attribute: small letters, digits, underscores",
}

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "fields with values",
    "mapping_type": "fields with values",
    "model_type": "fields with values",
    "model_attributes_type": "fields with values",
    "dataclass_type": "fields with values",
}

_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "less_than": ("lt", "must be less than {}"),
    "multiple_of": ("multiple_of", "must be a multiple of {}"),
    "string_too_long": ("max_length", "is longer than {} characters"),
    "too_long": ("max_length", "has more than {} entries"),
}


def findings(error: ValidationError, model: Any, top: Location, data: Any) -> Iterator[Finding]:
    """What `model` (a pydantic model or a union of them) refuses in `data`, which is at `top`.

    A value that fits none of several allowed types gives one finding.
    """
    errors = [(_location(one, data), one) for one in error.errors(include_url=False)]
    errors = [one for one in errors if not _follows(one, errors)]
    errors.sort(key=lambda one: str(one[0]))
    for location, same in groupby(errors, key=lambda one: one[0]):
        yield _finding([one for _, one in same], model, top, location)


def _follows(one: tuple[Location, ErrorDetails], errors: Sequence[tuple[Location, Any]]) -> bool:
    """Whether an error only says again what another one does.

    A list is too short when its entries are refused, and a field is missing that is misspelt.
    """
    at, error = one
    if error["type"] == "too_short":
        return any(other[: len(at)] == at and other != at for other, _ in errors)
    if error["type"] != "missing":
        return False
    beside = (
        other[-1] for other, e in errors if e["type"] == "extra_forbidden" and other[:-1] == at[:-1]
    )
    return any(nearest(str(name), [str(at[-1])]) for name in beside)


def _location(error: ErrorDetails, data: Any) -> Location:
    """Where it is in the data. Pydantic adds which branch of a union was tried, or `[key]`."""
    location: list[str | int] = []
    for part in error["loc"]:
        listed = isinstance(data, tuple) and isinstance(part, int)
        if listed or (isinstance(data, Mapping) and part in data):
            location.append(part)
            data = data[part]
    return (*location, error["loc"][-1]) if error["type"] == "missing" else tuple(location)


def _finding(errors: Sequence[ErrorDetails], model: Any, top: Location, at: Location) -> Finding:
    first = errors[0]
    place, kind, name = (*top, *at), first["type"], _name((*top, *at))
    if kind == "extra_forbidden":
        known = tuple(sorted(_fields(model, at[:-1])))
        return Finding(place, f"unknown field {name}", "key", wrong=str(at[-1]), candidates=known)
    if kind == "missing":
        return Finding(place, f"missing field {name}{_meaning(model, at)}")
    if first["input"] is not None and len({one["type"] for one in errors} & _EXPECTED.keys()) > 1:
        return Finding(place, f"field {name} must be {_any_of(errors)}")
    if kind == "expression":
        return _in_expression(place, first)
    wrong, candidates = _guess(first)
    position: Literal["key", "value"] = "key" if "[key]" in first["loc"] else "value"
    message = f"field {name} {_complaint(first)}" if at else _about_all(first, place)
    return Finding(place, message, position, wrong=wrong, candidates=candidates)


def _in_expression(place: Location, error: ErrorDetails) -> Finding:
    """What a connector that is told by expressions finds wrong with one of them."""
    context = error.get("ctx", {})
    inside, suggestion = (context["line"], context["column"]), context["suggestion"]
    meant = (suggestion,) if suggestion else ()
    return Finding(place, error["msg"], inside=inside, wrong=suggestion, candidates=meant)


def _about_all(error: ErrorDetails, place: Location) -> str:
    if error["type"] in _EXPECTED:
        return f'an entry of {_name(place)} has fields, such as "id: ..."'
    return f"this entry of {_name(place)} {_complaint(error)}"


def _any_of(errors: Sequence[ErrorDetails]) -> str:
    expected = dict.fromkeys(_EXPECTED[one["type"]] for one in errors)
    if "a number" in expected:
        expected.pop("a whole number", None)
    return " or ".join(sorted(expected, key=len))


def _complaint(error: ErrorDetails) -> str:
    """The rest of the sentence that begins with the field."""
    kind, context = error["type"], error.get("ctx", {})
    if error["input"] is None:
        return "has no value"
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}{_hint(error)}"
    if kind in _BOUNDS:
        name, sentence = _BOUNDS[kind]
        return sentence.format(f"{context[name]:,}".removesuffix(".0"))
    return _particular(kind, context)


def _particular(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            complaint = _FORMS.get(pattern, f"must have the form {pattern}")
        case "string_too_short":
            complaint = "is too short" if context["min_length"] > 1 else "is empty"
        case "too_short":
            complaint = "needs at least one entry"
        case "literal_error" | "enum":
            complaint = f"must be {context['expected'].replace(QUOTE, '')}"
        case "value_error" | "assertion_error":
            complaint = f"is not accepted: {context['error']}"
        case _:
            complaint = f"is not accepted ({kind.replace('_', ' ')})"
    return complaint


def _hint(error: ErrorDetails) -> str:
    """What probably happened when YAML read something else than was meant."""
    value, kind = error["input"], error["type"]
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if _EXPECTED[kind] == "a list":
        return '; begin each entry with "- "'
    if isinstance(value, str) and _EXPECTED[kind].endswith("number") and _number(value):
        return ", without quotes or unit"
    return ""


def _number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)? ?%?", text) is not None


def _guess(error: ErrorDetails) -> tuple[str, tuple[str, ...]]:
    """The wrong word and what it may have been meant to be."""
    value, context = error["input"], error.get("ctx", {})
    if not isinstance(value, str):
        return "", ()
    if error["type"] == "literal_error":
        return value, tuple(re.findall(r"'([^']*)'", context["expected"]))
    if context.get("pattern") == IDENTITY_PATTERN:
        slug = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
        return slug, (slug,) if slug else ()
    if error["type"] == "bool_type":
        words = {"yes": "true", "on": "true", "no": "false", "off": "false"}
        word = words.get(value.lower(), value.lower())
        return word, ("true", "false")
    return "", ()


def _name(location: Location) -> str:
    names = [part for part in location if isinstance(part, str)]
    return quoted(names[-1]) if names else "here"


def _meaning(annotation: Any, location: Location) -> str:
    """`: the topic that is read`, as the field's page begins; nothing where that is a list."""
    described = _fields(annotation, location[:-1]).get(str(location[-1])) or ""
    sentence = re.split(r"[.:;](?:\s|$)", " ".join(described.split()), maxsplit=1)[0]
    return f": {sentence[:1].lower()}{sentence[1:]}" if sentence[:1].isalpha() else ""


def _fields(annotation: Any, location: Location) -> dict[str, str | None]:
    """The fields at `location` within what `annotation` describes, and what they mean."""
    models = _models(annotation)
    if not location:
        fields = (field for model in models for field in model.model_fields.items())
        return {name: field.description for name, field in fields}
    head, rest = location[0], location[1:]
    inner = [m.model_fields[head].annotation for m in models if head in m.model_fields]
    found: dict[str, str | None] = {}
    for one in inner or [annotation]:
        found |= _fields(one, rest)
    return found


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
