"""The page about each field of a framework, from its models and the example shop.

`python -m tests.docs.pages.framework` writes it to `docs/framework.md`; a test compares.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from connectors.registry import OURS, connector_options
from service.framework.models import Framework, Source
from service.framework.schema import framework_schema
from tests.docs.pages.markdown import GENERATED, joined, table, unwrapped
from tests.docs.pages.schema_words import Schema, meaning, type_in_words

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = ROOT / "docs" / "framework.md"
SHOP: Final = ROOT / "examples" / "shop"


class Part(NamedTuple):
    """What stands in one list of a framework: its models, and which of the shop's to show."""

    models: tuple[str, ...]
    shown: tuple[str, ...] = ()


PARTS: Final = {
    "score": Part(("Weights",)),
    "teams": Part(("Team",), ("delivery",)),
    "journeys": Part(("Journey", "Stage", "Touchpoint"), ("loyalty",)),
    "metrics": Part(("Metric",), ("delivery-csat", "late-parcels", "delivery-contacts")),
    "objectives": Part(("Objective",), ("delivery-csat",)),
    "rules": Part(("Rule",), ("delivery-complaint", "third-contact-in-a-month")),
    "detectors": Part(("Breach", "Milestone"), ("receive-below-objective", "hundredth-orders")),
    "sources": Part(("Source",), ("shop", "delivery-survey")),
}

INTRODUCTION: Final = """
For whoever keeps the journey in YAML. Begin with `signalbox init my-company`, and try each change
with `signalbox validate my-company`: it tells every mistake with its line and what was probably
meant. The words are explained in [concepts](concepts.md), conditions in [rules](rules.md)."""

FORMS: Final = """
- An **id** is small letters, digits and single hyphens: `order-placed`. It is what others name.
- A **path** is `journey`, `journey/stage` or `journey/stage/touchpoint`, made of their ids.
- A **duration** is a whole number and one of s, m, h, d, w: `15m`, `24h`, `7d`.
- A **condition** is [CEL](rules.md) over an event, at most 2,000 characters."""

EDITORS: Final = """
`signalbox schema framework` prints all of this as JSON Schema, so that editors complete and check
it while you write. A field that is not here is refused."""

OPTIONS: Final = "The options of each connector stand beside these fields: "


def page() -> str:
    """The whole page."""
    whole = schema_of("Framework")
    return joined(
        "# The framework, field by field",
        GENERATED,
        unwrapped(INTRODUCTION),
        FORMS,
        unwrapped(EDITORS),
        "## At the top",
        meaning(whole),
        _fields(whole),
        _example(_head(), "framework.yaml"),
        *(text for name, part in PARTS.items() for text in _part(name, part)),
    )


def schema_of(model: str) -> Schema:
    """The JSON Schema of a model of the framework."""
    if model == "Source":  # in the schema of a framework there is one for each connector
        return Source.model_json_schema()
    whole = _whole_schema()
    if model == "Framework":
        return {**whole, "description": Framework.__doc__, "required": ["framework"]}
    found: Schema = whole["$defs"][model]
    return found


@cache
def _whole_schema() -> Schema:
    return framework_schema(connector_options())


def _part(name: str, part: Part) -> Iterator[str]:
    yield f"## {name}"
    for model in part.models:
        if len(part.models) > 1:
            yield f"### {model}"
        yield meaning(schema_of(model))
        yield _fields(schema_of(model))
    if name == "sources":
        yield OPTIONS + ", ".join(f"[{one}](connectors/{one}.md)" for one in sorted(OURS)) + "."
    yield _example(*_shown(name, part.shown))


def _fields(schema: Schema) -> str:
    required = schema.get("required", ())
    return table(
        ("field", "what", "meaning", "without it"),
        [
            (f"`{name}`", _what(name, field), meaning(field), _default(name, field, required))
            for name, field in schema["properties"].items()
        ],
    )


def _what(name: str, field: Schema) -> str:
    if name in PARTS:
        return f"[below](#{name})"
    return type_in_words(field)


def _default(name: str, field: Schema, required: Iterable[str]) -> str:
    if name in required:
        return "needed"
    default = field.get("default")
    if isinstance(default, bool):
        return "true" if default else "false"
    if isinstance(default, str | int | float) and default != "":
        return f"`{default}`"
    return "-"


def _example(yaml_text: str, file: str) -> str:
    return f"From [examples/shop/{file}](../examples/shop/{file}):\n\n```yaml\n{yaml_text}\n```"


def _head() -> str:
    """The fields at the top of the shop that hold one value each."""
    text = (SHOP / "framework.yaml").read_text(encoding="utf-8")
    names = ("framework", "timezone", "segment")
    return "\n".join(line for line in text.splitlines() if line.partition(":")[0] in names)


def _shown(name: str, ids: tuple[str, ...]) -> tuple[str, str]:
    """What the shop says under a name, of a list only these; and the file in which it says it."""
    for file in sorted(SHOP.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text)
        for key, value in root.value if root else ():
            if key.value == name:
                nodes = [node for node in value.value if _id(node) in ids] if ids else [value]
                return "\n".join([f"{name}:", *(_lines(text, node) for node in nodes)]), file.name
    raise LookupError(name)


def _id(node: yaml.MappingNode) -> str:
    """What it is named by. An objective is that of its metric."""
    named = (str(value.value) for key, value in node.value if key.value in ("id", "metric"))
    return next(named, "")


def _lines(text: str, node: yaml.Node) -> str:
    """The lines of a node, without the comments that stand before what comes next."""
    end = _last(node).end_mark
    lines = text.splitlines()[node.start_mark.line : end.line + (end.column > 0)]
    return "\n".join(lines).rstrip()


def _last(node: yaml.Node) -> yaml.Node:
    """The last value inside. A block ends only where something else begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return node
    last = node.value[-1]
    return _last(last[1] if isinstance(node, yaml.MappingNode) else last)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
