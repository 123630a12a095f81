"""Mistakes and warnings in a framework, one a line, in the form that editors jump to."""

from collections.abc import Sequence
from typing import Any, Literal

from rich.text import Text

from service.cli.printing import show
from service.framework.models import Framework
from service.framework.problems import Problem


def show_problems(problems: Sequence[Problem], weight: Literal["error", "warning"]) -> None:
    """Lists them and says how many there are."""
    colour = "red" if weight == "error" else "yellow"
    for problem in problems:
        show(Text.assemble((f"{weight} ", colour), str(problem)))
    if len(problems) > 1 or (problems and weight == "error"):
        show(Text(f"{len(problems)} {weight}{'' if len(problems) == 1 else 's'}.", "bold"))


def problem_documents(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [problem._asdict() for problem in problems]


def summary_text(framework: Framework) -> str:
    """What there is in a framework, by number."""
    parts = {
        "journey": len(framework.journeys),
        "stage": sum(len(journey.stages) for journey in framework.journeys),
        "metric": len(framework.metrics),
        "rule": len(framework.rules),
        "detector": len(framework.detectors),
        "source": len(framework.sources),
    }
    return ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in parts.items())
