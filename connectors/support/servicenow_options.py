"""What a source of ServiceNow can say."""

from collections.abc import Callable
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.custom_fields import CustomFields
from connectors.feedback.questions import Questions
from connectors.stand_ins import TypeOptions
from service.event import Item


class ServicenowOptions(CustomFields, TypeOptions):
    """Keys of a source of ServiceNow."""

    questions: Questions = Field(default_factory=dict)
    """What the questions of surveys ask, by the sys_id or the name of their metric."""

    zone: ZoneInfo = Field(default_factory=lambda: ZoneInfo("UTC"))
    """The zone of times: UTC unless they are read as display values."""


ToItems: TypeAlias = Callable[[dict[str, Any], str, ServicenowOptions], list[Item]]
"""A row, its table and the options to items."""
