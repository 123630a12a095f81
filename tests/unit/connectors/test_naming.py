"""Who an event is about: the first name is the subject, and each link has its strength."""

import pytest

from connectors.naming import name, named
from connectors.refusal import Refused
from service.event import Identifier, Link

EMAIL = Identifier("email", "jo@shop.example")
USER = Identifier("user", "9")
COMPANY = Identifier("company", "5")


def test_names_of_one_customer_are_linked_strongly_and_what_is_around_weakly() -> None:
    who = named(name("email", "jo@shop.example"), name("user", 9), around=[name("company", 5)])
    assert who == (
        EMAIL,
        (USER, COMPANY),
        (Link(EMAIL, USER), Link(EMAIL, COMPANY, "weak")),
    )


def test_what_is_missing_names_nobody() -> None:
    assert [name("user", nothing) for nothing in (None, "", 0)] == [None] * 3
    assert named(None, name("user", "9"), None) == (USER, (), ())


def test_a_name_that_is_there_twice_counts_once_and_as_the_stronger() -> None:
    assert named(EMAIL, USER, EMAIL, around=[USER]) == (EMAIL, (USER,), (Link(EMAIL, USER),))


def test_a_company_stands_for_its_people_where_they_are_not_named() -> None:
    assert named(None, around=[COMPANY]).subject == COMPANY


def test_an_event_about_nobody_is_refused() -> None:
    with pytest.raises(Refused, match="names nobody"):
        named(None)
