"""An opportunity in the words that people read: labelled paragraphs, or lines of a width.

Numbers come with n and the period; no word of the inside. The text is a function of the stored
document and a time zone, so a terminal, a page and a mail say the same.
"""

import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from service.metrics.intervals import Reading
from service.metrics.statistics import Statistics
from service.metrics.wording import (
    interval_text,
    objective_text,
    period_text,
    proof_text,
    value_text,
)
from service.opportunities.lifecycle import LIVE
from service.opportunities.models import (
    MOST_EFFORT,
    Action,
    Decision,
    Evidence,
    Measured,
    Number,
    Opportunity,
    OrderMoney,
    Reach,
    Score,
    StandsOut,
)

LABEL_WIDTH: Final = 8
_NO_BREAK: Final = "\u00a0"
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DECIDED: Final[dict[Action, str]] = {
    "accept": "accepted",
    "start": "started",
    "solve": "solved",
    "dismiss": "dismissed",
    "effort": "effort told",
}
_SAME_WEEK: Final = timedelta(days=6)


class Paragraph(NamedTuple):
    """A part of the text under its label. The headline and the line below it have none.

    `ask` says what to type for more: it is for those who read on a terminal.
    """

    label: str
    text: str
    ask: str = ""


def paragraphs(opportunity: Opportunity, zone: tzinfo) -> tuple[Paragraph, ...]:
    """The whole text about an opportunity, times in `zone`."""
    score, money = opportunity.score, opportunity.evidence.money
    return (
        Paragraph("", headline(opportunity)),
        Paragraph("", f"{_status(opportunity, zone)} {_who_and_why(opportunity)}"),
        *_proof(opportunity.evidence),
        *_around(opportunity),
        *_decision(opportunity, zone),
        Paragraph("Value", f"{_then(opportunity)}{value_line(score, money)} {_effort(score)}"),
        _outlook(opportunity),
    )


def lines(opportunity: Opportunity, zone: tzinfo, width: int) -> list[str]:
    """The text in lines of at most `width` characters (words longer than that stay whole)."""
    return [
        line for paragraph in paragraphs(opportunity, zone) for line in wrapped(paragraph, width)
    ]


def wrapped(paragraph: Paragraph, width: int) -> list[str]:
    """A paragraph in lines of at most `width` characters, all under its label.

    A number and its per cent sign stay together.
    """
    label = f"{paragraph.label:<{LABEL_WIDTH}}" if paragraph.label else ""
    broken = textwrap.wrap(
        label + whole_text(paragraph).replace(" %", _NO_BREAK + "%"),
        width,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_NO_BREAK, " ") for line in broken]


def whole_text(paragraph: Paragraph) -> str:
    """The text with what to type for more."""
    return f"{paragraph.text} {paragraph.ask}".rstrip()


def headline(opportunity: Opportunity) -> str:
    """`#7  I wait for my parcel: satisfied with delivery is 60 %, objective at least 85 %`."""
    return f"#{opportunity.id}  {problem_line(opportunity)}"


def problem_line(opportunity: Opportunity) -> str:
    """`I wait for my parcel: satisfied with delivery is 60 %, objective at least 85 %`."""
    lead = opportunity.evidence.missed[0]
    problem = f"{_in_sentence(lead.metric.title)} is {_value(lead, lead.number)}"
    return f"{opportunity.title}: {problem}, objective {_objective(lead)}"


def value_line(score: Score, money: OrderMoney | None) -> str:
    """How the value comes about, each component with what it rests on."""
    if score.business is None:
        return f"{score.value:.0f} = customer {_customer(score)}; business: not known."
    mean = "mean" if score.customer_weight == score.business_weight else "weighted mean"
    amounts = "" if money is None else f"{_amounts(money)}: "
    business = f"{score.business.value:.0f} ({amounts}{score.business.basis})"
    return f"{score.value:.0f} = {mean} of customer {_customer(score)} and business {business}."


def _outlook(opportunity: Opportunity) -> Paragraph:
    """What comes next: when it closes, or whether it comes back."""
    why = f"Why? {_in_one_line(f'signalbox explain {opportunity.id}')}"
    if opportunity.state in LIVE:
        return Paragraph("Closes", closing_line(opportunity), why)
    if opportunity.state == "dismissed":
        command = _in_one_line(f"signalbox opportunities accept {opportunity.id}")
        accept = f"To say so: {command}."
        return Paragraph("Again", "only if somebody says so.", f"{accept} {why}")
    days = period_text(timedelta(seconds=opportunity.cooldown_s))
    return Paragraph("Again", f"a miss within {days} reopens it, a later one opens another.", why)


def _in_one_line(command: str) -> str:
    """A command that is copied from a screen."""
    return command.replace(" ", _NO_BREAK)


def _decision(opportunity: Opportunity, zone: tzinfo) -> Iterator[Paragraph]:
    decision, estimate = opportunity.decision, opportunity.estimate
    if decision is not None:
        yield Paragraph("Decided", _said(DECIDED[decision.action], decision, opportunity, zone))
    if estimate is not None:
        told = f"{estimate.effort} of {MOST_EFFORT}, told"
        yield Paragraph("Effort", _said(told, estimate, opportunity, zone))


def _said(what: str, decision: Decision, opportunity: Opportunity, zone: tzinfo) -> str:
    at = _moment(decision.at, max(decision.at, opportunity.checked_at), zone)
    return f"{what} by {decision.author}, {at}: {decision.because}"


def closing_line(opportunity: Opportunity) -> str:
    """When the opportunity closes by itself."""
    checks, missed = _checks(opportunity.closes_after_checks), opportunity.evidence.missed
    if len(missed) > 1:
        return f"after {checks} at which all these objectives are met."
    return f"after {checks} with {_objective(missed[0])}."


def _status(opportunity: Opportunity, zone: tzinfo) -> str:
    opened = _moment(opportunity.opened_at, opportunity.checked_at, zone)
    match opportunity.state:
        case "open":
            return f"Open since {opened}."
        case "in_progress":
            return f"In progress, open since {opened}."
        case ended:
            now = _moment(opportunity.changed_at, opportunity.changed_at, zone)
            return f"{ended.capitalize()} {now}, was open since {opened}."


def _who_and_why(opportunity: Opportunity) -> str:
    others = ", ".join(team.title for team in opportunity.contributing)
    owner = opportunity.owner.title + (f", with {others}" if others else "")
    goals = dict.fromkeys(one.objective.goal for one in opportunity.evidence.missed)
    return f"Owner: {owner}. Goal: {'; '.join(goals)}."


def _proof(evidence: Evidence) -> Iterator[Paragraph]:
    lead, *others = evidence.missed
    yield Paragraph("Proof", " ".join(_proof_sentences(lead)))
    also = [_beside(one) for one in (*others, *evidence.also)]
    if also:
        yield Paragraph("Also", "; ".join(also))


def _around(opportunity: Opportunity) -> Iterator[Paragraph]:
    """Where and whom it concerned: while it was missed, also when the numbers are back."""
    evidence, then = opportunity.evidence, _then(opportunity)
    for one in evidence.missed:
        if evidence.stands_out is not None and evidence.stands_out.metric == one.metric.id:
            yield Paragraph("Where", then + _where(evidence.stands_out, one))
    if evidence.reach is not None:
        yield Paragraph("Who", then + _who(evidence.reach))


def _then(opportunity: Opportunity) -> str:
    """The numbers that ended it are newer than those about customers, and than its value."""
    return "" if opportunity.recovered_at is None else "While open: "


def _proof_sentences(lead: Measured) -> Iterator[str]:
    counted = Statistics(lead.number.n, lead.number.hits, lead.number.low)
    yield f"{proof_text(lead.metric, counted, lead.objective.window)}."
    if lead.interval is not None and lead.number.value is not None:
        low, high = lead.interval.low, lead.interval.high
        reading = Reading(value=lead.number.value, n=lead.number.n, low=low, high=high)
        yield f"True value {interval_text(lead.metric, reading)} (95 % sure)."
    yield f"Week before: {_with_n(lead, lead.week_before)}."
    yield _streak(lead)


def _streak(lead: Measured) -> str:
    checks = _checks(lead.streak) + (" in a row" if lead.streak > 1 else "")
    match lead.health:
        case "breached":
            return f"{checks.capitalize()}."
        case "healthy":
            return f"Objective met at {checks}."
        case _:
            return "At the last check it was not certain."


def _beside(measured: Measured) -> str:
    value = _value(measured, measured.number)
    return f"{_in_sentence(measured.metric.title)} {value} ({_objective(measured)})"


def _where(stands_out: StandsOut, one: Measured) -> str:
    return (
        f"{stands_out.segment}: {_in_sentence(one.metric.title)} "
        f"{_with_n(one, stands_out.here)}. Elsewhere: {_with_n(one, stands_out.elsewhere)}."
    )


def _who(reach: Reach) -> str:
    joined = "" if reach.joined else "; not joined across tools"
    customers = f"{reach.affected:,} of {reach.customers:,} customers of this stage"
    return f"{customers} were affected ({reach.system}{joined})."


def _customer(score: Score) -> str:
    reach = "reach not known" if score.reach is None else f"reach {score.reach.value:.0f}"
    parts = f"gap {score.gap.value:.0f}, {reach}: {score.gap.basis}"
    if score.moment_of_truth is not None:
        factor = score.moment_of_truth
        parts += f"; moment of truth x{factor.value:g}: {factor.basis}"
    return f"{score.customer:.0f} ({parts})"


def _effort(score: Score) -> str:
    basis = "" if score.effort is None else f" ({score.effort.basis})"
    return f"Effort: {effort_text(score)}{basis}."


def effort_text(score: Score) -> str:
    """`2 of 5`, or that nobody told it."""
    return "not given" if score.effort is None else f"{score.effort.value:g} of {MOST_EFFORT}"


def _amounts(money: OrderMoney) -> str:
    unit = 10**money.exponent
    return f"{money.currency} {money.affected_minor / unit:,.0f} of {money.all_minor / unit:,.0f}"


def _value(measured: Measured, number: Number) -> str:
    return "unknown" if number.value is None else value_text(measured.metric, number.value)


def _with_n(measured: Measured, number: Number) -> str:
    """`88 % (412 of 468)`; without hits to speak of, `34 h (n 468)`."""
    if number.value is None:
        return "too little to say"
    shares = {"rate": "of", "csat": "of", "ces": "of", "ratio": "for"}
    between = shares.get(measured.metric.formula)
    basis = f"{number.hits:,} {between} {number.n:,}" if between else f"n {number.n:,}"
    return f"{_value(measured, number)} ({basis})"


def _objective(measured: Measured) -> str:
    return objective_text(measured.metric, measured.objective)


def _checks(count: int) -> str:
    word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{word} check{'' if count == 1 else 's'}"


def _moment(time: datetime, now: datetime, zone: tzinfo) -> str:
    local = time.astimezone(zone)
    if now - time < _SAME_WEEK:
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _in_sentence(title: str) -> str:
    """The title with a small first letter, unless its first word is an abbreviation."""
    first = title.split(" ", 1)[0]
    return title if first.isupper() and len(first) > 1 else title[:1].lower() + title[1:]
