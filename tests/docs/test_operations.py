"""What is told to those who run the service is what the code has: commands, lines, numbers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from service.settings import Settings
from service.store.trouble import CLASSES, SENTENCES
from service.telemetry import Metrics, make_metrics
from tests.docs.guides import Guide, assert_is_command, mentioned
from tests.docs.pages import settings as settings_page

GUIDE = Guide("operations.md")
ROOT = Path(__file__).parents[2]
LEVELS = {"info", "warning", "error", "exception"}
COMPOSE = ["docker", "compose", "run", "--rm", "signalbox"]


def test_the_page_of_settings_is_current() -> None:
    assert Guide("settings.md").text == settings_page.page(), "run `make docs`"


def test_chapters_that_the_page_points_to_are_there() -> None:
    headings = re.findall(r"^##+ (.*)$", GUIDE.text, re.MULTILINE)
    chapters = {re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-") for title in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE.text)) <= chapters


def test_variables_that_pages_name_are_settings() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    named = set(re.findall(r"SIGNALBOX_(?!TEST_)[A-Z_]*[A-Z]", text))
    assert named - {f"SIGNALBOX_{name.upper()}" for name in Settings.model_fields} == set()


def commands() -> list[list[str]]:
    """Those of shell blocks, those that compose runs, those in the middle of sentences."""
    in_compose = [line[len(COMPOSE) :] for line in GUIDE.lines() if line[: len(COMPOSE)] == COMPOSE]
    placeholders = {"TOPIC": "orders", "N": "2"}
    in_text = [[placeholders.get(word, word) for word in words] for words in mentioned(GUIDE.text)]
    return [*GUIDE.commands(), *in_compose, *in_text]


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_a_command_is_one_that_there_is(arguments: list[str]) -> None:
    assert_is_command(arguments)


def test_shell_blocks_hold_nothing_that_is_not_tried() -> None:
    words = {line[0] for line in GUIDE.lines()}
    assert words == {"export", "docker", "signalbox", "pg_dump", "pg_restore"}


def test_compose_has_what_is_asked_of_it() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    of_compose = [line for line in GUIDE.lines() if line[0] == "docker"]
    assert all(line[-1] in compose["services"] for line in of_compose if "logs" in line)
    needed = set(re.findall(r"\$\{(\w+):\?", str(compose)))
    (exported,) = [line[1:] for line in GUIDE.lines() if line[0] == "export"]
    assert {assignment.partition("=")[0] for assignment in exported} == needed


def test_every_metric_is_explained() -> None:
    registry = CollectorRegistry()
    make_metrics(registry)
    there = {
        f"{one.name}_total" if one.type == "counter" else one.name for one in registry.collect()
    }
    assert set(re.findall(r"^\| `(signalbox_\w+)` \|", GUIDE.text, re.MULTILINE)) == there


def test_every_metric_is_moved_by_something() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "service").rglob("*.py"))
    assert [name for name in Metrics._fields if f"metrics.{name}" not in code] == []


def test_every_reason_of_the_database_is_explained() -> None:
    explained = re.findall(r"^\| database \| ([^|]+) \|", GUIDE.text, re.MULTILINE)
    assert {*SENTENCES.values(), *CLASSES.values()} <= set(explained)


def test_every_line_of_the_log_is_explained() -> None:
    told = {line for file in (ROOT / "service").rglob("*.py") for line in logged(file)}
    assert told
    assert [line for line in sorted(told) if f"`{line}`" not in GUIDE.text] == []


def logged(file: Path) -> Iterator[str]:
    """What a module logs, as far as it is written out there."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                ast.Attribute(ast.Name("log" | "_log"), level), [ast.Constant(str(line)), *_]
            ) if level in LEVELS:
                yield line
            case ast.Call(ast.Name("Outage"), [ast.Constant(str(what)), *_]):
                yield from (f"{what} wait", f"{what} go on")
