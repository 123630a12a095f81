"""Snapshots of ServiceNow's rows become what happened, each once."""

from typing import Any

import pytest

from connectors.contract import NOTHING_IN_IT
from connectors.feedback.answers import UNMAPPED
from connectors.support import servicenow
from connectors.support.servicenow import IGNORED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.servicenow import (
    CALLER,
    SURVEYS,
    SYS_ID,
    deletion,
    incident,
    person,
    reference,
    result,
)

OPENED_US, UPDATED_US = 1_746_439_140_000_000, 1_746_525_600_000_000
USER, COMPANY = Identifier("user", CALLER), Identifier("company", "c1")


def read(payload: object, **options: Any) -> list[Item]:
    return convert("servicenow", payload, options=options)


def events(payload: object, **options: Any) -> list[Event]:
    items = read(payload, **options)
    assert all(isinstance(item, Event) for item in items), items
    return [item for item in items if isinstance(item, Event)]


def test_no_table_is_both_read_and_ignored() -> None:
    assert set(servicenow._MAPPED) & set(IGNORED) == set()


def test_a_new_incident_is_a_contact_of_its_caller() -> None:
    assert read(incident(state="1"), fields={"active": "active"}) == [
        Event(
            id=f"incident:{SYS_ID}:contact",
            kind="support.contact",
            occurred_at_us=OPENED_US,
            subject=USER,
            identifiers=(COMPANY,),
            links=(Link(USER, COMPANY, "weak"),),
            fact=Fact(f"incident:{SYS_ID}:contact", UPDATED_US + 3),
            title="Lamp is broken",
            text="It came without a bulb",
            channel="email",
            status="new",
            attributes={
                "ticket_id": SYS_ID,
                "ticket_number": "INC0010001",
                "priority": "high",
                "category": "inquiry",
                "active": "true",
            },
        )
    ]


@pytest.mark.parametrize(
    ("fields", "kind", "part", "time_us"),
    [
        ({"state": "2"}, "support.status_changed", "state:in progress:0", UPDATED_US),
        ({"state": "6"}, "support.solved", "solved:0", UPDATED_US),
        (
            {"state": "Resolved", "resolved_at": "2025-05-05 09:59:00"},
            "support.solved",
            "solved:0",
            OPENED_US,
        ),
        (
            {"state": "7", "closed_at": "2025-05-05 09:59:00"},
            "support.closed",
            "closed:0",
            OPENED_US,
        ),
        ({"state": "8"}, "support.closed", "closed:0", UPDATED_US),
    ],
)
def test_a_state_counts_once_in_however_many_snapshots(
    fields: dict[str, Any], kind: str, part: str, time_us: int
) -> None:
    _, event = events(incident(**fields))
    assert (event.kind, event.occurred_at_us) == (kind, time_us)
    assert event.fact == Fact(f"incident:{SYS_ID}:{part}", -(UPDATED_US + 3))
    assert not event.text
    later = events(incident(**fields, sys_updated_on="2025-05-09 10:00:00"))[1]
    assert later.fact is not None
    assert later.fact.id == event.fact.id
    assert later.fact.version < event.fact.version


def test_each_reopening_is_told() -> None:
    row = incident(state="6", reopen_count="2", reopened_time="2025-05-05 09:59:00")
    told = events(row)
    assert [event.kind for event in told] == [
        "support.contact",
        "support.reopened",
        "support.contact",
        "support.solved",
    ]
    assert told[1].fact == Fact(f"incident:{SYS_ID}:reopened:2", -OPENED_US)
    assert told[3].fact is not None
    assert told[3].fact.id == f"incident:{SYS_ID}:solved:2"


def test_a_case_of_the_customer_service_has_other_codes_and_people() -> None:
    row = incident(
        sys_class_name="sn_customerservice_case",
        state="3",
        caller_id="",
        contact=reference("p1"),
        account=reference("a1"),
    )
    contact, closed = events(row)
    assert contact.subject == Identifier("user", "p1")
    assert Link(contact.subject, Identifier("account", "a1"), "weak") in contact.links
    assert (closed.kind, closed.status) == ("support.closed", "closed")


def test_who_opened_it_is_the_customer_of_what_names_nobody() -> None:
    row = incident(state="1", caller_id="", company="")
    assert only_event(read(row)).subject == Identifier("user", "agent")


def test_a_time_that_a_poller_lost_is_that_of_the_creation() -> None:
    (event,) = events(incident(state="1", opened_at=0))
    assert event.occurred_at_us == 1_746_439_200_000_000


def test_display_values_are_read_in_the_zone_of_the_source() -> None:
    row = incident(
        state="New", caller_id="Ann Alt", priority="2 - High", opened_at="2025-05-05 11:59:00"
    )
    event = only_event(read(row, zone="Europe/Berlin"))
    assert event.occurred_at_us == OPENED_US
    assert event.subject == Identifier("user", "Ann Alt")
    assert (event.status, event.attributes["priority"]) == ("new", "high")


def test_a_reference_that_is_read_by_its_display_value_is_known_by_its_link() -> None:
    link = f"https://acme.service-now.com/api/now/table/sys_user/{CALLER}"
    row = incident(state="New", caller_id={"display_value": "Ann Alt", "link": link})
    assert only_event(read(row)).subject == USER


def test_a_person_is_known_by_mail_and_phone() -> None:
    event = only_event(read(person()))
    assert event.fact == Fact(f"sys_user:{CALLER}:created", UPDATED_US + 1)
    assert event.links == (
        Link(USER, Identifier("email", "ann@mail.example")),
        Link(USER, Identifier("phone", "+49170")),
    )


def test_what_was_deleted_was_no_contact() -> None:
    (gone,) = read(deletion())
    assert isinstance(gone, Retraction)
    assert gone.fact.id == f"incident:{SYS_ID}:contact"
    assert gone.fact.version > UPDATED_US
    (person_gone,) = read(deletion(tablename="sys_user", documentkey=CALLER))
    assert isinstance(person_gone, Retraction)
    assert person_gone.fact.id == f"sys_user:{CALLER}:created"


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", incident(sys_class_name="u_lamps")),
        ("missing_field", incident(sys_id="")),
        ("missing_field", incident(sys_updated_on="")),
        ("missing_field", incident(caller_id="", company="", opened_by="")),
        ("bad_time", incident(opened_at="yesterday")),
        ("wrong_type", incident(caller_id=["x"])),
        ("missing_field", deletion(documentkey="")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason


def test_the_source_says_the_table_where_the_rows_do_not() -> None:
    row = incident(state="1", sys_class_name=None)
    assert only_event(read(row, type="incident")).kind == "support.contact"


def surveyed(payload: dict[str, Any], **options: Any) -> list[Item]:
    return convert("servicenow", payload, options={**SURVEYS, **options})


def test_an_answer_to_a_survey_is_what_the_source_says_of_its_question() -> None:
    event = only_event(surveyed(result()))
    assert (event.kind, event.score) == ("feedback.csat", Score(4, 1, 5, 5))
    assert event.subject == Identifier("user", CALLER)
    assert event.occurred_at_us == 1_746_532_800_000_000
    assert event.fact == Fact("asmt_metric_result:r1", 1_746_532_800_000_000)
    chosen = {"kind": "feedback.csat", "scale": "1-5", "choices": {"Satisfied": 5}}
    by_label = only_event(surveyed(result(), questions={"m1": chosen}))
    assert by_label.score == Score(5, 1, 5, 5)


def test_a_worth_without_its_scale_is_no_score_and_a_text_is_a_comment() -> None:
    assert surveyed(result(), questions={}) == [UNMAPPED]
    written = result(metric=reference("m2"), actual_value="-1", string_value="Too slow")
    event = only_event(surveyed(written))
    assert (event.kind, event.text) == ("feedback.comment", "Too slow")
    anonymous = only_event(surveyed(result(user="")))
    assert anonymous.subject == Identifier("survey", "i1")


def test_a_page_of_the_table_api_is_read_row_by_row() -> None:
    broken, whole = convert("servicenow", {"result": [7, person()]})
    assert isinstance(broken, Failed)
    assert [whole] == convert("servicenow", person())
    assert convert("servicenow", {"result": person()}) == [whole]
    assert convert("servicenow", {"result": []}) == [NOTHING_IN_IT]
