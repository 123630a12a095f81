"""Journeys, stages and touchpoints by their paths."""

from collections.abc import Iterator

from service.framework.models import Framework, Stage, Touchpoint


def stages(framework: Framework) -> Iterator[tuple[str, Stage]]:
    """Every stage with its path, in the order in which journeys and stages are written."""
    for journey in framework.journeys:
        for stage in journey.stages:
            yield f"{journey.id}/{stage.id}", stage


def touchpoints(framework: Framework) -> Iterator[tuple[str, Touchpoint]]:
    """Every touchpoint with its path, in the order in which they are written."""
    for path, stage in stages(framework):
        for touchpoint in stage.touchpoints:
            yield f"{path}/{touchpoint.id}", touchpoint


def titles(framework: Framework) -> dict[str, str]:
    """The titles of all journeys, stages and touchpoints by path."""
    return {
        **{journey.id: journey.title for journey in framework.journeys},
        **{path: stage.title for path, stage in stages(framework)},
        **{path: touchpoint.title for path, touchpoint in touchpoints(framework)},
    }


def stage_of(path: str) -> str:
    """The stage of a touchpoint; a stage is its own."""
    return "/".join(path.split("/")[:2])


def journey_of(path: str) -> str:
    """The journey of a stage or touchpoint."""
    return path.partition("/")[0]
