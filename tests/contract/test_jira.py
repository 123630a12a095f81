"""Webhooks of Jira Service Management become what its customers do and say."""

from typing import Any

import pytest

from connectors.contract import IGNORED_BY_SOURCE, NOTHING_IN_IT
from connectors.support import jira, jira_issues
from connectors.support.jira import IGNORED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.jira import (
    AGENT,
    DOCUMENT,
    NOW,
    SENT_MS,
    change,
    comment,
    history,
    issue,
    polled,
    webhook,
)

SENT_US = SENT_MS * 1_000
UPDATED_US = 1_740_002_400_000_000
USER, ORGANIZATION = Identifier("user", "qm:cust-123"), Identifier("organization", "3")


def read(payload: object, **options: Any) -> list[Item]:
    return convert("jira", payload, options=options)


def updated(thing: dict[str, Any], *changes: dict[str, Any], **options: Any) -> list[Item]:
    return read(webhook("jira:issue_updated", thing, *changes), **options)


def test_no_type_is_both_read_and_ignored() -> None:
    assert set(jira._MAPPED) & set(IGNORED) == set()


def test_an_issue_is_a_contact_of_its_reporter() -> None:
    assert only_event(read(webhook("jira:issue_created", issue()))) == Event(
        id="issue:11955",
        kind="support.contact",
        occurred_at_us=1_740_000_000_123_000,
        subject=USER,
        identifiers=(ORGANIZATION,),
        links=(Link(USER, ORGANIZATION, "weak"),),
        fact=Fact("issue:11955:contact", SENT_US),
        title="Where is my parcel?",
        text="It was to come on Monday",
        tags=("delivery",),
        status="waiting for support",
        attributes={
            "ticket_id": "11955",
            "ticket_number": "SUP-3",
            "priority": "high",
            "ticket_type": "service request",
            "project": "SUP",
        },
    )


def test_an_issue_that_somebody_else_created_is_a_contact_unless_the_source_says_no() -> None:
    payload = webhook("jira:issue_created", issue(creator=AGENT))
    assert only_event(read(payload)).subject == USER
    assert read(payload, on_behalf="ignore") == [jira_issues.OPENED_BY_STAFF]


@pytest.mark.parametrize("type_", ["jira:issue_created", "jira:issue_updated", "comment_created"])
def test_issues_of_other_projects_are_none(type_: str) -> None:
    software = {"key": "DEV", "projectTypeKey": "software"}
    payload = webhook(type_, issue(project=software), comment=comment())
    assert read(payload) == [jira_issues.NO_SERVICE]


@pytest.mark.parametrize(
    ("before", "after", "category", "kinds"),
    [
        ("Open", "Resolved", "done", ["support.solved"]),
        ("Open", "Fixed", "done", ["support.solved"]),
        ("Open", "Canceled", "done", ["support.closed"]),
        ("Open", "In progress", "indeterminate", ["support.status_changed"]),
        ("Resolved", "Waiting for support", "new", ["support.reopened", "support.contact"]),
        ("Resolved", "Closed", "done", ["support.closed"]),
    ],
)
def test_a_status_changes(before: str, after: str, category: str, kinds: list[str]) -> None:
    items = updated(issue(after, category), change("status", before, after))
    events = [item for item in items if isinstance(item, Event)]
    assert [event.kind for event in events] == kinds
    assert events[0].id == "issue:11955:27318"
    assert (events[0].previous_status, events[0].status) == (before.lower(), after.lower())


def test_a_resolution_that_is_taken_away_opens_an_issue_again() -> None:
    items = updated(
        issue("To do"), change("resolution", "Fixed", None), change("status", "Verified", "To do")
    )
    assert [item.kind for item in items if isinstance(item, Event)] == [
        "support.reopened",
        "support.contact",
    ]


def test_satisfaction_is_on_1_to_5_and_the_latest_counts() -> None:
    rated = issue("Closed", "done", customfield_10012={"rating": 2})
    satisfied = change("Satisfaction", None, "2", fieldId="customfield_10012")
    event = only_event(updated(rated, satisfied))
    assert event.kind == "feedback.csat"
    assert event.score == Score(2, 1, 5, 5)
    assert event.fact == Fact("issue:11955:csat", SENT_US)
    assert updated(rated, change("labels", "", "x")) == [jira_issues.NO_STEP]


def test_a_public_comment_of_the_reporter_is_a_message() -> None:
    event = only_event(read(webhook("comment_created", issue(), comment=comment())))
    assert (event.kind, event.text, event.id) == ("support.message", "Any news?", "comment:88")
    assert event.occurred_at_us == 1_740_000_060_000_000
    edited = webhook(
        "comment_updated", issue(), comment=comment(body="News?"), timestamp=SENT_MS + 1
    )
    assert only_event(read(edited)).fact == Fact("comment:88", SENT_US + 1_000)


def test_the_text_of_a_document_is_read() -> None:
    payload = webhook("comment_created", issue(), comment=comment(body=DOCUMENT))
    assert only_event(read(payload)).text == "Any news?\nAnn"


def test_other_comments_are_none() -> None:
    for said, why in (
        (comment(jsdPublic=False), jira_issues.PRIVATE),
        (comment(author=AGENT), jira_issues.BY_STAFF),
    ):
        assert read(webhook("comment_created", issue(), comment=said)) == [why]


def test_a_comment_of_a_customer_counts_where_the_reporter_is_not_sent() -> None:
    payload = webhook("comment_created", issue(reporter=None), comment=comment())
    assert only_event(read(payload)).subject == USER


def test_a_comment_within_an_update_is_the_same_message() -> None:
    alone = read(webhook("comment_created", issue(), comment=comment()))
    within = read(webhook("jira:issue_updated", issue(), comment=comment()))
    assert alone == within


def test_what_was_deleted_is_retracted() -> None:
    (no_message,) = read(webhook("comment_deleted", issue(), comment=comment()))
    (no_contact,) = read(webhook("jira:issue_deleted", issue()))
    assert isinstance(no_message, Retraction)
    assert isinstance(no_contact, Retraction)
    assert no_message.fact == Fact("comment:88", SENT_US)
    assert no_contact.fact == Fact("issue:11955:contact", SENT_US)


def test_people_of_a_data_centre_are_known_by_key_and_mail() -> None:
    person = {"key": "JIRAUSER10", "name": "ann", "emailAddress": "ann@mail.example"}
    event = only_event(read(webhook("jira:issue_created", issue(reporter=person))))
    assert event.subject == Identifier("user", "JIRAUSER10")
    assert Link(event.subject, Identifier("email", "ann@mail.example")) in event.links


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", webhook("jira:issue_sung", issue())),
        ("missing_field", {"webhookEvent": "jira:issue_created", "timestamp": 1}),
        ("missing_field", webhook("comment_created", issue())),
        (
            "missing_field",
            webhook("jira:issue_created", issue(reporter=None, customfield_10002=[])),
        ),
        ("bad_time", webhook("jira:issue_created", issue(created="today"))),
        ("bad_time", webhook("jira:issue_deleted", issue(), timestamp=-5)),
        (
            "out_of_scale",
            webhook(
                "jira:issue_updated",
                issue(customfield_9={"rating": 9}),
                change("Satisfaction", None, "9", fieldId="customfield_9"),
            ),
        ),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason


def test_an_issue_that_was_polled_with_its_log_states_the_facts_of_its_webhooks() -> None:
    solving = change("status", "Waiting for support", "Resolved")
    told = polled(
        history("27318", solving),
        history("27317", change("labels", "", "x")),
        comment={"comments": [comment(), comment(jsdPublic=False)]},
    )
    contact, solved, message, private = read(told)
    notified = [
        only_event(read(webhook("jira:issue_created", issue()))),
        only_event(read(webhook("jira:issue_updated", issue("Resolved", "done"), solving))),
        only_event(read(webhook("comment_created", issue(), comment=comment()))),
    ]
    for event, same in zip((contact, solved, message), notified, strict=True):
        assert isinstance(event, Event)
        assert (event.kind, event.fact and event.fact.id) == (same.kind, same.fact and same.fact.id)
    assert isinstance(solved, Event)
    assert (solved.previous_status, solved.status) == ("waiting for support", "resolved")
    assert private == jira_issues.PRIVATE


def test_an_issue_without_a_log_says_what_is_so_now_behind_what_webhooks_say() -> None:
    told = issue("Done", "done", **NOW, customfield_10030={"rating": 4})
    contact, solved, rated = read(told)
    assert isinstance(contact, Event)
    assert isinstance(solved, Event)
    assert isinstance(rated, Event)
    assert (solved.kind, solved.occurred_at_us) == ("support.solved", 1_740_001_500_000_000)
    assert solved.fact == Fact("issue:11955:resolved:2025-02-19T18:45:00.000-0300", -UPDATED_US)
    assert rated.fact == Fact("issue:11955:csat", -UPDATED_US)
    assert rated.score == Score(4, 1, 5, 5)
    assert contact.fact == Fact("issue:11955:contact", UPDATED_US)


def test_a_page_of_issues_is_read_issue_by_issue() -> None:
    elsewhere = issue(**NOW, project={"key": "DEV", "projectTypeKey": "software"})
    page = {"startAt": 0, "total": 3, "issues": [issue(**NOW), issue(), elsewhere]}
    *_, broken, other = read(page)
    assert isinstance(broken, Failed)
    assert other == jira_issues.NO_SERVICE
    assert read({"issues": []}) == [NOTHING_IN_IT]
    assert read(issue(**NOW), ignore=["issue"]) == [IGNORED_BY_SOURCE]
