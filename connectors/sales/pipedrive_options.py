"""What a source of Pipedrive can say."""

from typing import Literal

from pydantic import Field

from connectors.custom_fields import CustomFields


class PipedriveOptions(CustomFields):
    """Keys of a source of Pipedrive."""

    customer_is: Literal["person", "organization"] = "person"
    """Whom deals and leads belong to."""

    stages: dict[int, str] = Field(default_factory=dict)
    """What stages are called, by their ids."""
