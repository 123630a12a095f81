"""The pages of connectors, generated from their code and their fixtures.

`python -m tests.docs.pages.connectors` writes them to `docs/connectors`; a test compares.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from connectors.conformance import Fixtures, Specimen
from connectors.contract import Connector
from connectors.envelopes import NAMES
from connectors.registry import OURS
from service.cli.views.connectors import (
    default_words,
    event_document,
    option_documents,
    summary,
)
from service.event import Event, Item, Retraction
from tests.contract.fixtures_of import fixtures_of
from tests.docs.pages.markdown import GENERATED, joined, table

DIRECTORY: Final = Path(__file__).parents[3] / "docs" / "connectors"
LONGEST_EXAMPLE: Final = 4_000
_NAMED: Final = re.compile(r"\A`\w+`: ")
_OF_SURVEYS: Final = ("questions", "answers")
_TOLD_OF_SURVEYS: Final = re.compile(rf"`connectors\.feedback\.({'|'.join(_OF_SURVEYS)})`")


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    fixtures = {name: fixtures_of(name) for name in sorted(OURS)}
    return {
        "README.md": _index(fixtures),
        "envelopes.md": _envelopes(),
        "surveys.md": _surveys(),
        **{f"{name}.md": _page(each) for name, each in fixtures.items()},
    }


def _page(fixtures: Fixtures) -> str:
    connector = fixtures.connector
    return joined(
        f"# {connector.name}",
        GENERATED,
        _documentation(connector.documentation),
        "## How records reach a topic",
        connector.arrival,
        "## Options of a source",
        table(
            ("option", "unless said otherwise", "what"),
            [
                (f"`{option['name']}`", _default(option), _meaning(option))
                for option in option_documents(connector)
            ],
        ),
        *_event_types(fixtures),
        *_example(fixtures),
    )


def _default(option: Mapping[str, Any]) -> str:
    return "needed" if option["required"] else _listed(default_words(option))


def _meaning(option: Mapping[str, Any]) -> str:
    choices = f" One of {_listed(option['one_of'])}." if option["one_of"] else ""
    return f"{option['what']}{choices}"


def _documentation(text: str) -> str:
    """A module's docstring, whose first sentence may begin with its name."""
    text = "\n".join(_whole_rows(text.splitlines()))
    sentence = _TOLD_OF_SURVEYS.sub(r"[surveys](surveys.md#\1)", _NAMED.sub("", text.strip()))
    return sentence[:1].upper() + sentence[1:]


def _whole_rows(lines: Iterable[str]) -> list[str]:
    """The lines, of whose tables a row is one, however many lines of the docstring it has."""
    whole: list[str] = []
    for line in lines:
        before = _cells(whole[-1]) if whole else []
        cells = _cells(line)
        if len(before) == len(cells) > 0 and (not cells[0] or before[0].endswith(",")):
            parts = (f"{first} {more}".strip() for first, more in zip(before, cells, strict=True))
            whole[-1] = f"| {' | '.join(parts)} |"
        else:
            whole.append(line)
    return whole


def _cells(line: str) -> list[str]:
    """The cells of a row of a table; none of any other line."""
    return [cell.strip() for cell in line.split("|")[1:-1]] if line.startswith("|") else []


def _event_types(fixtures: Fixtures) -> Iterator[str]:
    mapped = mapped_types(fixtures)
    if mapped:
        yield "## Event types"
        yield table(
            ("event type", "becomes"),
            [
                (f"`{type_}`", ", ".join(f"`{kind}`" for kind in kinds))
                for type_, kinds in mapped.items()
            ],
        )
    reasons: dict[str, list[str]] = {}
    for type_, reason in sorted(fixtures.connector.ignored.items()):
        reasons.setdefault(reason, []).append(type_)
    if reasons:
        yield "Ignored, because a journey does not need them:"
        yield table(
            ("why", "event types"), [(why, _listed(types)) for why, types in reasons.items()]
        )
        yield "Any other event type is a dead letter `unknown_type`, so that nothing new is missed."


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def mapped_types(fixtures: Fixtures) -> dict[str, list[str]]:
    """What the specimens of each event type become."""
    found: dict[str, set[str]] = {}
    for specimen in fixtures.specimens:
        if specimen.type:
            found.setdefault(specimen.type, set()).update(_kinds(fixtures.connector, specimen))
    return {type_: sorted(kinds) for type_, kinds in sorted(found.items())}


def _kinds(connector: Connector, specimen: Specimen) -> Iterator[str]:
    for item in _items(connector, specimen):
        if isinstance(item, Event):
            yield item.kind
        elif isinstance(item, Retraction):
            yield "retraction"


def _items(connector: Connector, specimen: Specimen) -> list[Item]:
    options = connector.options.model_validate(dict(specimen.options))
    return connector.open(options)(specimen.record(specimen.payload))


def _example(fixtures: Fixtures) -> Iterator[str]:
    specimen = fixtures.specimens[0]
    documents = [
        event_document(item)
        for item in _items(fixtures.connector, specimen)
        if isinstance(item, Event | Retraction)
    ]
    yield "## Example"
    if specimen.options:
        yield _code(specimen.options, "Options of the source:")
    if specimen.headers:
        yield _code(specimen.headers, "Headers:")
    yield _code(specimen.payload, "Payload:")
    yield _code(documents, "Events, as `signalbox connectors try` prints them:")


def _code(value: object, title: str) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if len(text) > LONGEST_EXAMPLE:
        text = text[:LONGEST_EXAMPLE].rpartition("\n")[0] + "\n..."
    return f"{title}\n\n```json\n{text}\n```"


def _index(fixtures: Mapping[str, Fixtures]) -> str:
    return joined(
        "# Connectors",
        GENERATED,
        "A connector reads the records of one kind of tool. Each is listed by "
        "`signalbox connectors list`; what a record becomes is shown by "
        "`signalbox connectors try NAME FILE`.",
        "No connector for your system: describe it to [mapping](mapping.md), without Python, or "
        "[write one](writing.md). What may wrap a payload in a topic: [envelopes](envelopes.md). "
        "What answers to a survey become: [surveys](surveys.md). "
        "How fast they are: [connector-speed](../connector-speed.md).",
        table(
            ("connector", "reads"),
            [(f"[{name}]({name}.md)", summary(each.connector)) for name, each in fixtures.items()],
        ),
        "## Coverage",
        "Of the event types that a system documents, how many become events and how many are "
        "ignored, each for a reason that its page names. The conformance suite holds that none is "
        "left over. Systems that are not here send one form, or snapshots without a type.",
        table(
            ("connector", "mapped", "ignored"),
            [
                (name, str(len(mapped_types(each))), str(len(each.connector.ignored)))
                for name, each in fixtures.items()
                if mapped_types(each) and each.connector.ignored
            ],
        ),
    )


def _envelopes() -> str:
    documented = (
        (name, sys.modules[f"connectors.envelopes.{name}"].__doc__ or "")
        for name in NAMES
        if name != "plain"
    )
    return joined(
        "# Envelopes",
        GENERATED,
        _documentation(sys.modules["connectors.envelopes"].__doc__ or ""),
        *(f"## {name}\n\n{_documentation(text.strip())}" for name, text in documented),
    )


def _surveys() -> str:
    documented = (
        (name, sys.modules[f"connectors.feedback.{name}"].__doc__ or "") for name in _OF_SURVEYS
    )
    return joined(
        "# Surveys",
        GENERATED,
        "How connectors read the answers to a survey's questions.",
        *(f"## {name}\n\n{_documentation(text)}" for name, text in documented),
    )


def main() -> None:
    """Write all pages."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in pages().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
