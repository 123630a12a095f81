"""The page about the framework says what the models say, with examples that are the shop's."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.framework.models import Framework
from tests.docs.guides import Guide
from tests.docs.pages.framework import PARTS, SHOP, page, schema_of

GUIDE = Guide("framework.md")
MODELS = ["Framework", *(model for part in PARTS.values() for model in part.models)]


def test_the_page_is_current() -> None:
    assert GUIDE.text == page(), "run `make docs`"


def test_every_part_of_a_framework_has_its_chapter() -> None:
    chapters = re.findall(r"^## (.*)$", GUIDE.text, re.MULTILINE)
    values = {"framework", "timezone", "segment"}
    assert set(chapters) == {"At the top", *Framework.model_fields} - values


@pytest.mark.parametrize("model", MODELS)
def test_every_field_says_what_it_means(model: str) -> None:
    fields = schema_of(model)["properties"]
    assert [name for name, field in fields.items() if not field.get("description")] == []


@pytest.mark.parametrize("example", GUIDE.blocks("yaml"))
def test_an_example_is_whole_and_from_the_shop(example: str) -> None:
    for name, written in yaml.safe_load(example).items():
        there = in_the_shop(SHOP)[name]
        if isinstance(written, list):
            assert [entry for entry in written if entry not in there] == []
        else:
            assert written == there


def in_the_shop(directory: Path) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for file in directory.glob("*.yaml"):
        whole |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return whole
