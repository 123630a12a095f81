"""The connectors of the bakery whose frameworks lie in `tests/data/frameworks`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

FRAMEWORKS: Final = Path(__file__).parents[2] / "data" / "frameworks"


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ignore: tuple[str, ...] = ()
    type: str = ""


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: str
    best: float


class TillOptions(Options):
    currency: str = "EUR"


class SurveyOptions(Options):
    questions: dict[str, Question] = {}


CONNECTORS: Final[Mapping[str, type[BaseModel]]] = {"till": TillOptions, "survey": SurveyOptions}
