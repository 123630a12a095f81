"""What people decide: each action in each state, what stays, and what the numbers may undo."""

from datetime import timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from service.opportunities import documents
from service.opportunities.decisions import Impossible, allowed, decided
from service.opportunities.lifecycle import Standing, State, Transition
from service.opportunities.models import Action, Component, Decision, Opportunity
from service.opportunities.wording import lines
from tests.unit.opportunities.parcels import AT, DETECTOR, HOUR, IN_FORCE, counted, opened
from tests.unit.opportunities.test_lifecycle import AT as LAST_CHECK
from tests.unit.opportunities.test_lifecycle import decide

BERLIN = ZoneInfo("Europe/Berlin")
SENT = {
    ("open", "accept"): ("updated", "open"),
    ("open", "start"): ("updated", "in_progress"),
    ("open", "solve"): ("solved", "solved"),
    ("open", "dismiss"): ("dismissed", "dismissed"),
    ("in_progress", "solve"): ("solved", "solved"),
    ("in_progress", "dismiss"): ("dismissed", "dismissed"),
    ("recovered", "dismiss"): ("dismissed", "dismissed"),
    ("solved", "dismiss"): ("dismissed", "dismissed"),
    ("dismissed", "accept"): ("reopened", "open"),
    ("open", "effort"): ("updated", "open"),
    ("in_progress", "effort"): ("updated", "in_progress"),
}


def by_jo(action: Action) -> Decision:
    effort = 2 if action == "effort" else None
    because = "A new carrier."
    return Decision(action=action, author="jo", because=because, at=AT + 2 * HOUR, effort=effort)


def after(*actions: Action) -> Opportunity:
    document = opened()
    for action in actions:
        told = decided(document, by_jo(action))
        assert isinstance(told, Opportunity)
        document = told
    return document


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("action", get_args(Action))
def test_each_action_in_each_state(state: State, action: Action) -> None:
    before = opened().model_copy(update={"state": state})
    told = decided(before, by_jo(action))
    if (state, action) not in SENT:
        assert told == Impossible(state, allowed(state))
        assert action not in allowed(state)
        return
    assert isinstance(told, Opportunity)
    assert (told.signal, told.state) == SENT[state, action]
    assert (told.sequence, told.changed_at) == (2, AT + 2 * HOUR)
    assert (told.checked_at, told.evidence) == (before.checked_at, before.evidence)
    if action != "effort":
        assert told.score == before.score


def test_a_decision_stays_while_the_opportunity_lives_and_not_when_it_comes_back() -> None:
    started = after("start")
    proof = started.evidence
    updated = Transition("updated", "in_progress", ("delivery-csat",), "metric_left")
    turn = documents.Turn(AT + 3 * HOUR, DETECTOR, updated, started)
    assert documents.found(IN_FORCE, turn, 9, proof).decision == by_jo("start")
    again = Transition("reopened", "open", ("delivery-csat",), "missed_again")
    turn = documents.Turn(AT + 3 * HOUR, DETECTOR, again, after("solve"))
    assert documents.found(IN_FORCE, turn, 9, proof).decision is None
    recovered = Transition("recovered", "recovered", (), "objectives_met")
    document = documents.recovered(IN_FORCE, AT + 3 * HOUR, recovered, started, counted())
    assert (document.decision, document.changed_at) == (by_jo("start"), AT + 3 * HOUR)


def test_an_effort_is_declared_in_the_score_and_changes_neither_value_nor_what_was_decided() -> (
    None
):
    started, told = after("start"), after("start", "effort")
    assert told.score.effort == Component(value=2, basis="declared")
    assert told.score.model_copy(update={"effort": None}) == started.score
    assert (told.decision, told.estimate) == (by_jo("start"), by_jo("effort"))


def test_an_effort_stays_when_the_numbers_move_and_when_the_opportunity_comes_back() -> None:
    told, again = after("effort"), after("effort", "solve")
    proof = told.evidence
    updated = Transition("updated", "open", ("delivery-csat",), "metric_left")
    reopened = Transition("reopened", "open", ("delivery-csat",), "missed_again")
    for before, transition in ((told, updated), (again, reopened)):
        turn = documents.Turn(AT + 3 * HOUR, DETECTOR, transition, before)
        document = documents.found(IN_FORCE, turn, 9, proof)
        assert document.estimate == by_jo("effort")
        assert document.score.effort == Component(value=2, basis="declared")
    new = Transition("opened", "open", ("delivery-csat",), "objective_missed")
    another = documents.found(
        IN_FORCE, documents.Turn(AT + 3 * HOUR, DETECTOR, new, again), 9, proof
    )
    assert (another.estimate, another.score.effort) == (None, None)


@pytest.mark.parametrize("effort", [-1, 6])
def test_an_effort_is_from_0_to_5(effort: int) -> None:
    with pytest.raises(ValueError, match="effort"):
        Decision(action="effort", author="jo", because="So.", at=AT, effort=effort)


def test_people_read_the_effort_with_who_told_it_beside_what_was_decided() -> None:
    text = lines(after("start", "effort"), BERLIN, 100)
    assert text[1].startswith("In progress, open since Thu 10:00.")
    assert "Decided started by jo, Thu 12:00: A new carrier." in text
    assert "Effort  2 of 5, told by jo, Thu 12:00: A new carrier." in text
    assert "business 34 (EUR 5,840 of 17,300: measured). Effort: 2 of 5 (declared)." in text[-2]


def test_what_is_dismissed_never_comes_back_by_itself() -> None:
    standing = documents.standing(after("dismiss"))
    assert standing is not None
    assert decide(standing, csat="bbbb") is None


def solved(ago: timedelta) -> Standing:
    return Standing("solved", frozenset({"csat"}), LAST_CHECK - ago, believed=True)


@pytest.mark.parametrize("health", ["bbbbbb", "bhbbbb", "bbhbbb"])
def test_what_people_solved_is_believed_while_the_numbers_still_show_the_past(health: str) -> None:
    """Also if they had been better once before, up to the moment at which it was solved."""
    assert decide(solved(timedelta(hours=3)), csat=health) is None


@pytest.mark.parametrize("health", ["bbbhbb", "bbbrbb", "bbbnbb"])
def test_what_was_met_in_between_and_is_missed_again_reopens(health: str) -> None:
    again = decide(solved(timedelta(hours=3)), csat=health)
    assert again == Transition("reopened", "open", ("csat",), "missed_again")


def test_another_metric_reopens_what_people_solved() -> None:
    again = decide(solved(timedelta(hours=3)), csat="bbbbbb", late="bb")
    assert again == Transition("reopened", "open", ("csat", "late"), "missed_again")


def test_after_the_cooldown_a_miss_that_never_ended_opens_another() -> None:
    again = decide(solved(timedelta(days=8)), csat="bbbbbb")
    assert again == Transition("opened", "open", ("csat",), "objective_missed")


def test_the_standing_of_what_people_ended_is_as_of_their_decision() -> None:
    standing = documents.standing(after("start", "solve"))
    assert standing is not None
    assert (standing.ended_at, standing.believed) == (AT + 2 * HOUR, True)


@pytest.mark.parametrize(
    ("action", "status", "outlook"),
    [
        ("accept", "Open since Thu 10:00.", "Closes  after two checks at which all"),
        ("start", "In progress, open since Thu 10:00.", "Closes  after two checks at which all"),
        (
            "solve",
            "Solved Thu 12:00, was open since Thu 10:00.",
            "Again   a miss within 7 days reopens it, a later one opens another. Why?",
        ),
        (
            "dismiss",
            "Dismissed Thu 12:00, was open since Thu 10:00.",
            "Again   only if somebody says so. To say so: signalbox opportunities accept 7.",
        ),
    ],
)
def test_people_read_who_decided_what_when_and_why(
    action: Action, status: str, outlook: str
) -> None:
    text = lines(after(action), BERLIN, 100)
    assert text[1].startswith(status)
    word = {"accept": "accepted", "start": "started", "solve": "solved", "dismiss": "dismissed"}
    assert f"Decided {word[action]} by jo, Thu 12:00: A new carrier." in text
    assert any(line.startswith(outlook) for line in text)
