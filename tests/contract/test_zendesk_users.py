"""Events about users: who is a customer, and what else they are called."""

from connectors.support.zendesk_rows import NOT_A_CUSTOMER
from service.event import Event, Fact, Identifier, Link, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.zendesk import REQUESTER, of_user, row

CREATED_US = 1_738_569_600_000_000
TOLD_US = 1_738_661_400_123_456
USER = Identifier("user", REQUESTER)
EMAIL = Identifier("email", "mo@mail.example")
EXTERNAL = Identifier("external", "ERP-5")
ORGANIZATION = Identifier("organization", "501")
LINKS = (Link(USER, EMAIL), Link(USER, EXTERNAL), Link(USER, ORGANIZATION, "weak"))


def test_a_new_user_is_a_customer_under_all_their_names() -> None:
    assert convert("zendesk", of_user("user.created")) == [
        Event(
            id="user:70010:created",
            kind="customer.created",
            occurred_at_us=CREATED_US,
            subject=USER,
            identifiers=(EMAIL, EXTERNAL, ORGANIZATION),
            links=LINKS,
            fact=Fact("user:70010:created", CREATED_US),
        )
    ]


def test_the_row_of_a_user_tells_the_same_creation() -> None:
    event = only_event(convert("zendesk", of_user("user.created")))
    later = only_event(convert("zendesk", row("users")))
    assert (later.id, later.occurred_at_us) == (event.id, event.occurred_at_us)
    assert event.fact is not None
    assert later.fact is not None
    assert later.fact.id == event.fact.id
    assert later.fact.version > event.fact.version


def test_users_who_were_merged_are_one_customer() -> None:
    event = only_event(convert("zendesk", of_user("user.merged")))
    assert (event.kind, event.subject, event.links) == ("customer.merged", USER, LINKS)
    assert event.occurred_at_us == TOLD_US


def test_a_deleted_user_was_never_created() -> None:
    (item,) = convert("zendesk", of_user("user.deleted"))
    assert isinstance(item, Retraction)
    assert item.fact == Fact("user:70010:created", TOLD_US)


def test_agents_are_no_customers() -> None:
    assert convert("zendesk", of_user("user.created", role="agent")) == [NOT_A_CUSTOMER]


def test_a_type_may_be_written_with_a_slash_as_some_documents_have_it() -> None:
    slashed = of_user("user.merged") | {"type": "zen:event-type/user.merged"}
    assert convert("zendesk", slashed) == convert("zendesk", of_user("user.merged"))
