"""Customers, leads and their wishes to be forgotten in Salesforce."""

from typing import Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names
from connectors.naming import Named, name, named
from connectors.sales import salesforce_records as records
from connectors.sales.salesforce_changes import Change
from connectors.sales.salesforce_events import created_us, event, retractions
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Ignored, Item

NOT_FORGOTTEN: Final = Ignored("preferences of a person who does not ask to be forgotten")


def of_account(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an account becomes."""
    account = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("account", change.record_id),
        *own_names(options, change.fields),
        name("contact", account.person_contact_id),
        name("email", account.person_email),
        around=[name("phone", account.phone)],
    )
    return _profile(change, account, who, options, "customer.created")


def of_contact(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of a contact becomes."""
    contact = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("contact", change.record_id),
        *own_names(options, change.fields),
        name("email", contact.email),
        name("individual", contact.individual_id),
        name("phone", contact.phone),
        name("phone", contact.mobile_phone),
        around=[name("account", contact.account_id)],
    )
    return _profile(change, contact, who, options, "customer.created")


def of_lead(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of a lead becomes."""
    lead = strict_json.shaped(change.fields, records.Person)
    who = named(
        name("lead", change.record_id),
        *own_names(options, change.fields),
        name("contact", lead.converted_contact_id),
        name("email", lead.email),
        name("individual", lead.individual_id),
        name("phone", lead.phone),
        name("phone", lead.mobile_phone),
        around=[name("account", lead.converted_account_id)],
    )
    if change.type == "UPDATE" and lead.is_converted and "IsConverted" in change.changed:
        return [replace(event(change, "customer.merged", who), status="converted")]
    return _profile(change, lead, who, options, "sales.lead.created")


def _profile(
    change: Change, person: records.Person, who: Named, options: SalesforceOptions, created: str
) -> list[Item]:
    if change.type == "DELETE":
        return retractions(change, "created")
    content = {
        "channel": (person.lead_source or "").lower(),
        "status": (person.status or "").lower(),
        "attributes": kept(options, change.fields),
    }
    if change.type == "UPDATE":
        return [replace(event(change, "customer.updated", who), **content)]
    since_us = created_us(change, person.created_date)
    told = event(change, created, who, "created")
    return [replace(told, occurred_at_us=since_us, **content)]


def of_individual(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an individual becomes."""
    individual = strict_json.shaped(change.fields, records.Individual)
    if not individual.should_forget or change.type == "DELETE":
        return [NOT_FORGOTTEN]
    who = named(name("individual", change.record_id), *own_names(options, change.fields))
    return [event(change, "customer.erasure_requested", who)]
