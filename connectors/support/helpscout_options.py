"""What a source of Help Scout can say."""

from typing import Literal, TypeAlias

from connectors.event_types import Mapped
from connectors.stand_ins import TypeOptions


class HelpscoutOptions(TypeOptions):
    """Keys of a source of Help Scout."""

    on_behalf: Literal["ignore", "contact"] = "ignore"
    """Whether a conversation that an agent opened for the customer is a contact."""


ToItems: TypeAlias = Mapped[[object, int, HelpscoutOptions]]
"""An object, the time of its record and the options to items."""
