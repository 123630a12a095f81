"""Who an event is about: the first name is the subject, and each link has its strength."""

import pytest

from connectors.feedback.respondents import respondent
from connectors.naming import name, named, names_in
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


def test_fields_that_a_source_names_are_names_where_they_are_texts_or_ids() -> None:
    values = {"user_id": 9, "mail": "jo@shop.example", "flag": True, "size": 1.5, "no": None}
    namespaces = {"mail": "email", "user_id": "user", "flag": "a", "size": "b", "no": "c", "d": "d"}
    assert names_in(values, namespaces) == [EMAIL, USER]


def test_who_answers_a_survey_is_named_by_the_company_before_what_is_typed_in() -> None:
    response, account = Identifier("response", "1"), Identifier("account", "5")
    assert respondent(response, [account, USER], [EMAIL]) == (
        USER,
        (EMAIL, account),
        (Link(USER, EMAIL, "weak"), Link(USER, account, "weak")),
    )
    assert respondent(response, [], [EMAIL]).subject == EMAIL
    assert respondent(response, []) == (response, (), ())
