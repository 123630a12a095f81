"""The demo's screen: what there is to see on terminals of any size, and what a log says."""

import io
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from connectors.registry import connector_options
from service.cli.audience import Log
from service.cli.views.demo import SceneView, SummaryText
from service.demo import happenings
from service.demo.happenings import Found, Happening, Proof
from service.demo.play import Scene, Summary
from service.framework.loading import Accepted, load_directory
from service.framework.models import Framework
from service.metrics.journey_map import Found as Counted
from service.metrics.journey_map import JourneyMap, asked, journey_map
from service.metrics.statistics import Statistics
from service.store.auditing import Difference
from service.store.reading import Outcomes, Placed
from service.store.status import Status
from tests.unit.opportunities.parcels import opened

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
MISSED = {
    "delivery-csat": Statistics(98, 64, 0, 300, 1_000),
    "late-parcels": Statistics(201, 61),
    "delivery-contacts": Statistics(133, 40),
}
OUTCOMES = Outcomes(20_317, 20_900, 15_101, 660, 81, 5_030, 28)
BEFORE = OUTCOMES._replace(records=19_999, events=14_879)
PROOF = Proof(BEFORE, OUTCOMES, published=20_317, away_s=7.04, differences=())
HAPPENED = (
    happenings.loaded(19_299, 4.8),
    *(Happening(turn.hour / 2, turn.mood, turn.text) for turn in happenings.TURNS[:1]),
    happenings.killed(12.0, BEFORE),
    happenings.returned(19.4, PROOF),
    *happenings.found_since(Found(0, (), 0), Found(20, [opened()], 0), lambda _at: 20.0),
)
SIZES = [(width, height) for width in (80, 120, 200) for height in (24, 30, 40, 60)]


@pytest.fixture(scope="module")
def framework() -> Framework:
    loaded = load_directory(Path(__file__).parents[3] / "examples" / "shop", connector_options())
    assert isinstance(loaded, Accepted)
    return loaded.framework


@pytest.fixture(scope="module")
def scene(framework: Framework) -> Scene:
    """While the carrier fails, with an opportunity that is open."""
    sums = {one: MISSED[one.metric] for one in asked(framework, DAY) if one.metric in MISSED}
    volumes = {"purchase/receive/parcel-arrives": 201}
    standing = journey_map(framework, Counted(1_700_000_000_000_000, DAY, sums, volumes, ()))
    said = ["Third day out for delivery, nobody rings."]
    return Scene(
        hour=41,
        second=20.5,
        seconds=60,
        waits=False,
        framework=framework,
        status=status(standing),
        quotes=said,
        happenings=HAPPENED,
    )


def status(standing: JourneyMap) -> Status:
    return Status(
        map=standing,
        outcomes=OUTCOMES,
        placed=Placed(570, 39),
        postponed=0,
        rebuilding=False,
        progress=(),
        opportunities=[opened()],
        milestones=0,
        signals={"sent": 1},
        incidents=(),
    )


def shown(scene: Scene, width: int, height: int, encoding: str = "utf-8") -> list[str]:
    """The lines on a terminal of this size, without what is blank on the right."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding, newline="")
    Console(file=file, width=width, height=height).print(SceneView(scene, BERLIN))
    file.flush()
    return [line.rstrip() for line in raw.getvalue().decode(encoding).splitlines()]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_fits_the_terminal(scene: Scene, width: int, height: int) -> None:
    lines = shown(scene, width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_shows_stages_the_opportunity_outcomes_and_what_is_unplaced(
    scene: Scene, width: int, height: int
) -> None:
    text = " ".join(" ".join(shown(scene, width, height)).split())
    for journey in scene.framework.journeys:
        assert [stage.title for stage in journey.stages if stage.title not in text] == []
    assert "65 %" in text
    assert "#7 I wait for my parcel: satisfied with delivery is 60 %, objective at least" in text
    assert "True value between 48 and 71 %" in text
    assert "20,317 records with 20,900 items" in text
    assert "39 of 609 events in 24 h are unplaced: signalbox events list --unplaced" in text
    assert "0:20 Opportunity #7 opens. I wait for my parcel" in text


@pytest.mark.parametrize(("width", "height"), [(80, 40), (200, 24), (200, 40)])
def test_an_opportunity_is_told_whole_where_there_is_room(
    scene: Scene, width: int, height: int
) -> None:
    text = "\n".join(shown(scene, width, height))
    labels = ("Proof", "Also", "Where", "Who", "They say", "Value", "Closes")
    assert [label for label in labels if f"\n{label} " not in text] == []


@pytest.mark.parametrize(("width", "height"), [(80, 60), (200, 24), (200, 40)])
def test_touchpoints_are_whole_and_moments_of_truth_marked_where_there_is_room(
    scene: Scene, width: int, height: int
) -> None:
    text = "\n".join(shown(scene, width, height))
    titles = [
        touchpoint.title
        for journey in scene.framework.journeys
        for stage in journey.stages
        for touchpoint in stage.touchpoints
    ]
    assert [title for title in titles if title not in text] == []
    assert "201 My parcel arrives ★" in text
    assert "★ moment of truth" in text


def test_stages_stand_side_by_side_on_a_wide_terminal(scene: Scene) -> None:
    line = next(line for line in shown(scene, 200, 40) if "I order" in line)
    assert "✗ I wait for my parcel" in line
    assert "You know me" in line


def test_nothing_is_lost_without_unicode(scene: Scene) -> None:
    text = "\n".join(shown(scene, 200, 40, "ascii"))
    assert "x I wait for my parcel" in text
    assert "misses 3 objectives" in text
    assert "201 My parcel arrives *" in text


def test_a_story_that_waits_says_so(scene: Scene) -> None:
    assert shown(scene._replace(waits=True), 80, 24)[0].endswith("0:20 of 1:00, waiting")


def test_a_log_has_a_line_for_each_thing_that_happened_however_long_it_is() -> None:
    console = Console(file=io.StringIO(), width=80)
    log = Log(console, holds=False)
    log.told("Starting PostgreSQL and a Kafka broker")
    for one in HAPPENED:
        log.happened(one)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "Starting PostgreSQL and a Kafka broker ..."
    assert [line[:6] for line in lines[1:]] == ["0:00  ", "0:10  ", "0:12  ", "0:19  ", "0:20  "]


def test_the_return_of_the_worker_is_proven_in_plain_words() -> None:
    told = happenings.returned(19.4, PROOF)
    assert (told.second, told.mood) == (19.4, "good")
    assert told.text == (
        "The worker is back after 7.0 s and has read the 318 records that came meanwhile. Nothing "
        "lost, nothing double: 20,317 published, 20,317 read, 15,101 counted; audit exact."
    )


@pytest.mark.parametrize(
    "wrong",
    [
        PROOF._replace(published=20_318),
        PROOF._replace(published=20_316),
        PROOF._replace(differences=[Difference("n", "late-parcels", "3", "2")]),
    ],
)
def test_what_is_lost_or_double_is_never_called_exact(wrong: Proof) -> None:
    assert not wrong.exact
    assert happenings.returned(19.4, wrong).mood == "bad"
    summary = Summary(OUTCOMES, Placed(15_000, 101), 1, 1, 1, (), wrong)
    assert not summary.as_promised
    assert summary._replace(proof=PROOF).as_promised


def test_a_summary_says_that_the_worker_was_killed() -> None:
    summary = Summary(OUTCOMES, Placed(15_000, 101), 1, 1, 1, (), PROOF)
    console = Console(file=io.StringIO(), width=80)
    console.print(SummaryText(summary))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "The worker, killed once, was back after 7.0 s: nothing lost, nothing double." in text
    assert text.splitlines()[-1] == "Audit: exact. Every number is the sum of its events."


def test_each_change_of_an_opportunity_is_told_once() -> None:
    found = Found(48, [opened().model_copy(update={"state": "recovered"})], 1)
    told = list(happenings.found_since(Found(47, [opened()], 0), found, lambda _at: 48.0))
    assert [(one.second, one.mood) for one in told] == [(48, "good"), (48, "good")]
    assert told[0].text == "Opportunity #7 recovered: all its objectives are met again."
    assert list(happenings.found_since(found, found, lambda _at: 48.0)) == []
