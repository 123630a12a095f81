"""What a source of Dynamics 365 can say about its organisation."""

from connectors.custom_fields import CustomFields
from connectors.stand_ins import TypeOptions


class DynamicsOptions(CustomFields, TypeOptions):
    """Keys of a source of Dynamics 365."""

    currency: str = ""
    """The currency of all amounts."""
