"""Customers and leads of Dynamics 365, and customers of its Finance and Operations."""

from msgspec.structs import replace

from connectors.custom_fields import own_names
from connectors.naming import Named, name, named
from connectors.sales.dynamics_contexts import Operation, reference, text
from connectors.sales.dynamics_events import CUSTOMERS, NO_STEP, event, retractions
from connectors.sales.dynamics_options import DynamicsOptions
from service.event import Identifier, Item


def person(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `lead`, an `account` or a `contact` becomes."""
    created = "sales.lead.created" if operation.entity == "lead" else "customer.created"
    known = operation.known
    who = named(
        name(operation.entity, operation.record_id),
        *own_names(options, known),
        name("email", text(known.get("emailaddress1"))),
        name("email", text(known.get("emailaddress2"))),
        name("phone", text(known.get("mobilephone"))),
        *_merged(operation),
        around=[
            name("phone", text(known.get("telephone1"))),
            reference(known.get("parentcustomerid"), *CUSTOMERS),
            reference(known.get("parentaccountid"), "account"),
        ],
    )
    return _profile(operation, created, who, options)


def _merged(operation: Operation) -> list[Identifier | None]:
    """The record that this one was merged with."""
    if operation.is_row:
        return [reference(operation.known.get("masterid"), operation.entity)]
    subordinate = operation.parameters.get("SubordinateId")
    if operation.message != "Merge" or not isinstance(subordinate, str):
        return []
    return [name(operation.entity, subordinate.lower())]


def finance_customer(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `CustCustomerV3Entity` becomes."""
    known = operation.known
    who = named(
        name("customer", text(known.get("CustomerAccount"))),
        *own_names(options, known),
        name("email", text(known.get("PrimaryContactEmail"))),
        name("record", operation.record_id),
        around=[name("phone", text(known.get("PrimaryContactPhone")))],
    )
    return _profile(operation, "customer.created", who, options)


def _profile(
    operation: Operation, created: str, who: Named, options: DynamicsOptions
) -> list[Item]:
    if operation.message == "Delete":
        return retractions(operation, "created")
    if operation.message == "Create" or operation.is_row:
        told = event(operation, created, who, "created", options)
        return [replace(told, occurred_at_us=operation.created_us)]
    if operation.message == "Merge":
        return [event(operation, "customer.merged", who, "", options)]
    if operation.message == "Update":
        return [event(operation, "customer.updated", who, "", options)]
    return [NO_STEP]
