"""The drawing of a course: where lines, bands, objectives and labels lie."""

from datetime import UTC, timedelta

import pytest

from service.framework.models import Metric, Objective
from service.metrics.courses import Course, Point
from service.metrics.intervals import Reading
from service.metrics.journey_map import MetricStanding
from service.metrics.statistics import Statistics
from service.web.charts import BOTTOM, LEFT, RIGHT, TOP, Chart, chart

DAY, DAY_US = timedelta(days=1), 86_400_000_000
LATE = Metric(id="late", title="Late", formula="rate", of="sales.order.delivered", at="a/b/c")


def drawn(*values: float | None, **targets: float) -> Chart | None:
    """A point a day; None is a day on which nothing counted."""
    sides = targets or {"at_most": 5.0}
    objective = Objective(metric="late", window=DAY, check_every=DAY, goal="Orders", **sides)
    standing = MetricStanding(LATE, objective, DAY, Statistics(), None, None)
    points = [
        Point(day * DAY_US, None if v is None else Reading(v, 50, max(0, v - 2), min(100, v + 2)))
        for day, v in enumerate(values)
    ]
    return chart(Course(standing, DAY, tuple(points)), 0, UTC)


def there(*values: float | None, **others: float) -> Chart:
    found = drawn(*values, **others)
    assert found is not None
    return found


def test_nothing_counted_draws_nothing() -> None:
    assert drawn(None, None) is None


def test_a_day_without_numbers_breaks_the_line() -> None:
    assert [line.count("L") for line in there(1, 2, 3, None, 2, 1).lines] == [2, 1]


def test_a_single_point_is_a_dot() -> None:
    assert there(3).lines == (f"M{LEFT}.0 {there(3).last[1]}L{LEFT}.0 {there(3).last[1]}",)


@pytest.mark.parametrize("values", [(0, 0, 0), (100, 100), (5, 5), (1, 99, 40)])
def test_all_of_it_lies_within_the_axes(values: tuple[float, ...]) -> None:
    found = there(*values)
    places = [place.split(" ") for line in found.lines for place in line[1:].split("L")]
    assert all(LEFT <= float(x) <= RIGHT and TOP <= float(y) <= BOTTOM for x, y in places)
    heights = [tick.at for tick in found.values] + [target.at for target in found.targets]
    assert all(TOP <= y <= BOTTOM for y in heights)


@pytest.mark.parametrize(
    ("targets", "values", "missed"),
    [
        ({"at_most": 5.0}, (1, 9), [False, True]),
        ({"at_least": 85.0}, (90, 60), [False, True]),
        ({"at_least": 20.0, "at_most": 40.0}, (10, 30, 50), [True, False, True]),
    ],
)
def test_the_wrong_side_of_the_objective_is_marked(
    targets: dict[str, float], values: tuple[float, ...], missed: list[bool]
) -> None:
    found = there(*values, **targets)
    heights = [float(place.split(" ")[1]) for place in found.lines[0][1:].split("L")]
    assert missed == [
        any(span.top < y < span.top + span.height for span in found.missed) for y in heights
    ]


def test_what_is_too_little_to_judge_is_left_out_where_anything_can_be_judged() -> None:
    few = Point(0, Reading(100, 1, 5, 100))
    objective = Objective(metric="late", at_most=5, window=DAY, check_every=DAY, goal="Orders")
    standing = MetricStanding(LATE, objective, DAY, Statistics(), None, None)
    enough = tuple(Point(day * DAY_US, Reading(2, 50, 1, 4)) for day in (1, 2))
    judged = chart(Course(standing, DAY, (few, *enough)), 0, UTC)
    assert judged is not None
    assert judged.lines[0].count("L") == 1
    assert chart(Course(standing, DAY, (few,)), 0, UTC) is not None


def test_labels_are_few_and_plain() -> None:
    found = there(0, 30, 60)
    assert [tick.text for tick in found.values] == ["0 %", "50 %"]
    assert [tick.text for tick in found.times] == ["Thu 00:00", "Fri 00:00", "Sat 00:00"]
    assert [target.text for target in found.targets] == ["at most 5 %"]
