"""Rules to placements: which touchpoints an event is at, by which rule.

Within each journey the first rule that matches, in the order written, places the event; every
matching rule with `also` places in addition and never ends the search. An event is at a
touchpoint at most once, by the first rule that says so. A rule whose condition ends in an error
does not match and is counted.

`candidates` does what needs the event alone and runs ahead; `settle` does the rest once the
customer's history is known. Both together give what trying every rule in turn would give, at a
cost that follows the rules that could match, not those that are there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from service.canonical import CanonicalEvent, Subject
from service.routing.conditions import NO_HISTORY
from service.routing.explain import Tried, explain
from service.routing.frame import Frame, History, Run
from service.routing.index import Index
from service.routing.rules import Placement, Rule, RuleSpec, compiled_rule
from service.routing.triggers import kinds_of, triggers_of
from service.routing.values import NoValueError


class Trial(NamedTuple):
    """A rule that the event alone does not make false: its event part is true, or an error."""

    rule: Rule
    holds: bool


class Candidates(NamedTuple):
    """What the event alone says. `final` is None if a rule has to ask the customer's history;
    then `trials` are the rules that are left, in order.

    `errors` names the rules that ended in an error. It is complete only if `final` is there;
    otherwise `Router.conclude` names them.
    """

    final: tuple[Placement, ...] | None
    errors: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()


class Conclusion(NamedTuple):
    """Where an event is placed, and the rules that ended in an error."""

    placements: tuple[Placement, ...]
    errors: tuple[str, ...]


class _Kind(NamedTuple):
    """What there is to look up for events of one kind.

    `always` are the rules that could match any of them. `usual` is what comes of these alone, if
    that is the same for every such event.
    """

    indexes: tuple[Index, ...]
    always: tuple[int, ...]
    usual: Candidates | None

    def numbers(self, event: CanonicalEvent) -> Sequence[int]:
        """The rules that could match the event, in order; `always` itself if there is no other."""
        found = [number for index in self.indexes for number in index.found(event)]
        return sorted({*self.always, *found}) if found else self.always


_ANY_EVENT: Final = CanonicalEvent(
    system="", id="", kind="", occurred_at_us=0, subject=Subject("", ""), fact_id=""
)
"""Stands for an event that no rule looks at."""


class Router:
    """The rules of one revision, ready for events. Build it with `compile`; it never changes.

    `asked`: the kinds that some rule counts in the customer's history, with the greatest window
    in microseconds, None for all time. `askers`: the kinds of events at which a rule that asks
    for history could match, None for any. `widest_bounded_us`: the greatest window that has an
    end, whatever the kind and whether or not it is counted over all time, too.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.asked = _asked(rules)
        self.askers = _askers(rules)
        self.widest_bounded_us = _widest_bounded_us(rules)
        self._journeys = len({rule.spec.journey for rule in rules})
        self._last_also = max((rule.number for rule in rules if rule.spec.also), default=-1)
        by_kind, of_any_kind = _indexes(rules)
        self._of_kind = {kind: self._kind(index, of_any_kind) for kind, index in by_kind.items()}
        self._of_other_kinds = self._kind(of_any_kind)

    @classmethod
    def compile(cls, rules: Sequence[RuleSpec]) -> "Router":
        """The router of rules whose conditions were checked.

        Raises ValueError for a condition that is not valid, naming the rule.
        """
        return cls(tuple(compiled_rule(number, spec) for number, spec in enumerate(rules)))

    def candidates(self, event: CanonicalEvent) -> Candidates:
        """What the event alone decides, without any history."""
        kind = self._of_kind.get(event.kind, self._of_other_kinds)
        numbers = kind.numbers(event)
        if numbers is kind.always and kind.usual is not None:
            return kind.usual
        return self._candidates(numbers, event)

    def settle(
        self, candidates: Candidates, event: CanonicalEvent, history: History
    ) -> tuple[Placement, ...]:
        """The placements of the event that `candidates` came from."""
        if candidates.final is not None:
            return candidates.final
        return self.conclude(candidates, event, history).placements

    def conclude(
        self, candidates: Candidates, event: CanonicalEvent, history: History
    ) -> Conclusion:
        """As `settle`, with the rules that ended in an error."""
        if candidates.final is not None:
            return Conclusion(candidates.final, candidates.errors)
        return _walk(candidates.trials, Frame(event, history))

    def explain(self, event: CanonicalEvent, history: History) -> tuple[Tried, ...]:
        """What became of every rule at this event, in order, and why."""
        return explain(self.rules, Frame(event, history))

    def _kind(self, *indexes: Index) -> "_Kind":
        always = tuple(sorted(number for index in indexes for number in index.always))
        alike = all(self.rules[number].event_part is None for number in always)
        usual = self._candidates(always, _ANY_EVENT) if alike else None
        return _Kind(tuple(index for index in indexes if index.looks), always, usual)

    def _candidates(self, numbers: Iterable[int], event: CanonicalEvent) -> Candidates:
        trials = self._trials(numbers, event)
        if any(trial.rule.history_part is not None for trial in trials):
            return Candidates(None, (), tuple(trials))
        return Candidates(*_walk(trials, Frame(event, NO_HISTORY)))

    def _trials(self, numbers: Iterable[int], event: CanonicalEvent) -> list[Trial]:
        """The rules left to try, without those behind one that is certain to place."""
        frame = Frame(event, NO_HISTORY)
        trials: list[Trial] = []
        placed: set[str] = set()
        for number in numbers:
            rule = self.rules[number]
            if rule.spec.journey in placed and not rule.spec.also:
                continue
            holds = True if rule.event_part is None else _outcome(rule.event_part, frame)
            if holds is not False:
                trials.append(Trial(rule, holds is True))
            if holds and rule.history_part is None and not rule.spec.also:
                placed.add(rule.spec.journey)
                if len(placed) == self._journeys and number > self._last_also:
                    break
        return trials


def _outcome(run: Run, frame: Frame) -> bool | None:
    """None for an error."""
    try:
        return bool(run(frame))
    except NoValueError:
        return None


def _walk(trials: Iterable[Trial], frame: Frame) -> Conclusion:
    """The rules in order, with the history that the frame has."""
    placements: dict[str, Placement] = {}
    placed: set[str] = set()
    errors: list[str] = []
    for rule, event_part_holds in trials:
        if rule.spec.journey in placed and not rule.spec.also:
            continue
        holds = True if rule.history_part is None else _outcome(rule.history_part, frame)
        if holds is None or (holds and not event_part_holds):
            errors.append(rule.spec.id)
        elif holds:
            placements.setdefault(rule.spec.touchpoint, rule.placement)
            if not rule.spec.also:
                placed.add(rule.spec.journey)
    return Conclusion(tuple(placements.values()), tuple(errors))


def _indexes(rules: Iterable[Rule]) -> tuple[dict[str, Index], Index]:
    """One index for each kind that rules name, and one of rules that name none."""
    by_kind: dict[str, list[Rule]] = {}
    of_any_kind: list[Rule] = []
    for rule in rules:
        kinds = kinds_of(rule.condition.root)
        if kinds is None:
            of_any_kind.append(rule)
        for kind in kinds or ():
            by_kind.setdefault(kind, []).append(rule)
    return {kind: _index(those) for kind, those in by_kind.items()}, _index(of_any_kind)


def _index(rules: Iterable[Rule]) -> Index:
    return Index((rule.number, triggers_of(rule.condition.root)) for rule in rules)


def _asked(rules: Iterable[Rule]) -> Mapping[str, int | None]:
    asked: dict[str, int | None] = {}
    for count in (count for rule in rules for count in rule.condition.asks):
        known = asked.get(count.kind, 0)
        unbounded = known is None or count.window_us is None
        asked[count.kind] = None if unbounded else max(known or 0, count.window_us or 0)
    return asked


def _widest_bounded_us(rules: Iterable[Rule]) -> int:
    return max((count.window_us or 0 for rule in rules for count in rule.condition.asks), default=0)


def _askers(rules: Iterable[Rule]) -> frozenset[str] | None:
    kinds = [kinds_of(rule.condition.root) for rule in rules if rule.history_part is not None]
    known = [each for each in kinds if each is not None]
    return frozenset().union(*known) if len(known) == len(kinds) else None
