"""What screens show: the same words at any width, with and without colour or Unicode."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from connectors.registry import connector_options
from service.cli.views.dead_letters import ContentView
from service.cli.views.journeys import FullMap
from service.cli.views.live_map import Overview
from service.framework.loading import Accepted, load_directory
from service.metrics.journey_map import Found, JourneyMap, asked, journey_map
from service.metrics.statistics import Statistics
from service.store.listed_letters import DeadLetterContent, DeadLetterRow
from service.store.times import moment

DAY = timedelta(days=1)
COUNTED = {
    "delivery-csat": Statistics(98, 64, 0, 300, 1_000),
    "late-parcels": Statistics(201, 61),
    "delivery-contacts": Statistics(133, 4),
}


@pytest.fixture(scope="module")
def shop() -> JourneyMap:
    directory = Path(__file__).parents[3] / "examples" / "shop"
    loaded = load_directory(directory, connector_options())
    assert isinstance(loaded, Accepted)
    framework = loaded.framework
    sums = {one: COUNTED[one.metric] for one in asked(framework, DAY) if one.metric in COUNTED}
    volumes = {"purchase/receive/parcel-arrives": 201}
    return journey_map(framework, Found(1_700_000_000_000_000, DAY, sums, volumes, ()))


def shown(view: RenderableType, width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding, newline=""), width=width)
    console.print(view)
    console.file.flush()
    return raw.getvalue().decode(encoding)


def test_an_overview_says_what_misses_its_objective_by_how_much(shop: JourneyMap) -> None:
    text = shown(Overview(shop))
    assert "✗ I wait for my parcel" in text
    assert "misses 2 objectives" in text
    assert "65 % at least 85 %" in text
    assert "201 My parcel arrives ★" in text


def test_a_value_is_never_shown_equal_to_a_target_that_it_misses(shop: JourneyMap) -> None:
    assert "3.01 at most 3" in shown(Overview(shop))


def test_the_full_map_says_what_each_number_rests_on(shop: JourneyMap) -> None:
    text = shown(FullMap(shop))
    assert "64 of 98 answers were good in 24 h; true value between 55 and 74 %" in text
    assert "owner: Delivery, with Customer service" in text
    assert "★ moment of truth" in text


@pytest.mark.parametrize("view", [Overview, FullMap])
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(
    shop: JourneyMap, view: type[Overview | FullMap], width: int
) -> None:
    assert max(map(len, shown(view(shop), width).splitlines())) <= width


def test_stages_stand_side_by_side_where_there_is_room(shop: JourneyMap) -> None:
    first = next(line for line in shown(FullMap(shop), 200).splitlines() if "I order" in line)
    assert "I wait for my parcel" in first
    narrow = next(line for line in shown(FullMap(shop), 100).splitlines() if "I order" in line)
    assert "I wait for my parcel" not in narrow


@pytest.mark.parametrize("view", [Overview, FullMap])
def test_without_unicode_there_are_plain_signs(
    shop: JourneyMap, view: type[Overview | FullMap]
) -> None:
    text = shown(view(shop), encoding="ascii")
    assert "x I wait for my parcel" in text
    assert "My parcel arrives *" in text


def test_bytes_of_a_dead_letter_cannot_speak_to_the_terminal() -> None:
    row = DeadLetterRow(3, "shop", "orders", 0, 7, 0, moment(0), "invalid_json", "truncated")
    content = DeadLetterContent(row, b"\xff", b"[]", b'{"a": "\x1b[2J\x07"')
    text = shown(ContentView(content))
    assert "\\x1b[2J\\x07" in text
    assert "\x1b" not in text
    assert "key base64:/w==" in text
