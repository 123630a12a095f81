"""Fields that each company adds to a tool: the options `fields` and `identifiers` of a source.

    fields: {Plan__c: plan, Region__c: country}
    identifiers: {Shop_Customer__c: customer}

`fields` are kept as attributes under these names, `identifiers` name the customer in these
namespaces. Texts, numbers, true and false are kept, anything else is as if it were not there.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import Field

from connectors.contract import ConnectorOptions
from connectors.naming import name
from service.event import AttributeValue, Identifier


class CustomFields(ConnectorOptions):
    """Keys of the sources of systems whose payloads have fields of a company's own."""

    fields: dict[str, str] = Field(default_factory=dict)
    """Fields of the payload to keep as attributes, with the attributes' names."""

    identifiers: dict[str, str] = Field(default_factory=dict)
    """Fields of the payload that name the customer, with their namespaces."""


def stated(**values: str | bool | float | None) -> dict[str, AttributeValue]:
    """The attributes that the payload has: neither null nor an empty text."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


class _Chosen(Protocol):
    """Whatever says which fields are wanted, and under which names."""

    @property
    def fields(self) -> dict[str, str]: ...

    @property
    def identifiers(self) -> dict[str, str]: ...


def kept(options: _Chosen, payload: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """The attributes that the source wants of the payload."""
    if not options.fields:
        return {}
    return stated(
        **{
            attribute: value
            for field, attribute in options.fields.items()
            if isinstance(value := payload.get(field), str | bool | int | float)
        }
    )


def own_names(options: _Chosen, payload: Mapping[str, Any]) -> list[Identifier | None]:
    """How the source says that the payload names the customer."""
    return [
        name(namespace, value)
        for field, namespace in options.identifiers.items()
        if isinstance(value := payload.get(field), str | int)
    ]
