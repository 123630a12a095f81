"""What people decide about an opportunity, and what that does to it.

    action    from                    signal                          to
    accept    open                    updated                         open, and somebody takes it on
              dismissed               reopened                        open
    start     open                    updated                         in_progress
    solve     open, in_progress       solved                          solved
    dismiss   all but dismissed       dismissed                       dismissed
    effort    open, in_progress       updated                         the same

A dismissed opportunity stays dismissed, whatever the numbers say, until somebody accepts it. One
that people solved is believed: what was missed then is missed again only once it was met in
between, or when the cooldown is over. A decision has its own time and leaves the numbers of the
newest check as they are. The effort that somebody told is part of the score from then on, also
when the opportunity is reopened, until somebody tells another.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from service.opportunities.lifecycle import Reason, Signal, State
from service.opportunities.models import Action, Decision, Opportunity
from service.opportunities.score import with_effort


class Said(NamedTuple):
    """What somebody says about an opportunity; `effort` comes with the action of that name."""

    action: Action
    author: str
    because: str
    effort: int | None = None


class Effect(NamedTuple):
    """What an action does to an opportunity."""

    signal: Signal
    state: State
    reason: Reason


class Impossible(NamedTuple):
    """The action means nothing here. `allowed` are the actions that do."""

    state: State
    allowed: tuple[Action, ...]


_SOLVED: Final = Effect("solved", "solved", "solved")
_DISMISSED: Final = Effect("dismissed", "dismissed", "dismissed")
_EFFECTS: Final[Mapping[tuple[State, Action], Effect]] = {
    ("open", "accept"): Effect("updated", "open", "accepted"),
    ("open", "start"): Effect("updated", "in_progress", "started"),
    ("open", "solve"): _SOLVED,
    ("open", "dismiss"): _DISMISSED,
    ("open", "effort"): Effect("updated", "open", "effort_told"),
    ("in_progress", "solve"): _SOLVED,
    ("in_progress", "dismiss"): _DISMISSED,
    ("in_progress", "effort"): Effect("updated", "in_progress", "effort_told"),
    ("recovered", "dismiss"): _DISMISSED,
    ("solved", "dismiss"): _DISMISSED,
    ("dismissed", "accept"): Effect("reopened", "open", "accepted"),
}


def decided(opportunity: Opportunity, decision: Decision) -> Opportunity | Impossible:
    """The opportunity after the decision."""
    effect = _EFFECTS.get((opportunity.state, decision.action))
    if effect is None:
        return Impossible(opportunity.state, allowed(opportunity.state))
    return opportunity.model_copy(
        update={
            **effect._asdict(),
            "sequence": opportunity.sequence + 1,
            **_kept(opportunity, decision),
        }
    )


def _kept(opportunity: Opportunity, decision: Decision) -> dict[str, Any]:
    """Where the document has the decision."""
    if decision.action != "effort":
        return {"decision": decision}
    return {"estimate": decision, "score": with_effort(opportunity.score, decision)}


def allowed(state: State) -> tuple[Action, ...]:
    """What people can decide about an opportunity in this state."""
    return tuple(action for from_, action in _EFFECTS if from_ == state)
