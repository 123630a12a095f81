"""Issues as the REST API of Jira has them, alone or in a page of a search, as pollers read them.

| part of an issue                    | becomes                                           |
|-------------------------------------|---------------------------------------------------|
| the issue                           | `support.contact` of the reporter, when created   |
| its change log (`expand=changelog`) | the facts that the webhooks of its changes state  |
| its comments                        | the facts that the webhooks of comments state     |
| its resolution, without a log       | `support.solved` or `.closed`, a fact of its own  |
| its satisfaction, without a log     | `feedback.csat`, where no webhook states it       |

Without the change log leave the issues out where webhooks are read, or a solution counts twice.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import isolated
from connectors.refusal import Refused
from connectors.support import jira_objects as objects
from connectors.support.jira_issues import (
    CLOSED,
    NO_SERVICE,
    NO_STEP,
    Notice,
    Told,
    created,
    event_of,
    said,
    satisfaction_in,
    told_by,
    updated,
)
from connectors.support.jira_options import JiraOptions
from connectors.timestamps import parse_time
from service.event import Event, Fact, Item, Score

ISSUE: Final = "issue"
"""The event type of an issue that was polled."""


def page_of(payload: Mapping[str, Any]) -> list[object]:
    """The issues of a page, or the one that this is. Raises `Refused`."""
    issues = payload.get("issues")
    if isinstance(issues, list):
        return issues
    if isinstance(payload.get("fields"), dict):
        return [payload]
    raise Refused(
        "missing_field", "`webhookEvent` is missing, and `fields`: no webhook or issue of Jira"
    )


def of_issue(polled: objects.Polled, options: JiraOptions) -> list[Item]:
    """What an issue becomes that was polled. Raises `Refused`."""
    now = Notice(_milliseconds(polled.fields.get("updated"), "fields.updated"), _issue(polled))
    known = told_by(now, options)
    contact = created(known)
    if contact == [NO_SERVICE]:
        return contact
    told = _changes(polled, options) if polled.changelog else _state(known)
    return [*contact, *told, *_comments(polled, options)]


def _issue(polled: objects.Polled, *without: str) -> objects.Issue:
    fields = {name: value for name, value in polled.fields.items() if name not in without}
    return objects.Issue(polled.id, fields, polled.key)


def _changes(polled: objects.Polled, options: JiraOptions) -> Iterator[Item]:
    """Each change as its webhook told it. What the status was then is told by its name alone."""
    histories = (polled.changelog or objects.Histories()).histories
    for history in histories:
        at = _milliseconds(history.created, "changelog.histories.created")
        log = objects.ChangeLog(history.id, history.items)
        notice = Notice(at, _issue(polled, "status"), log)
        yield from (item for item in updated(told_by(notice, options)) if item is not NO_STEP)


def _state(now: Told) -> Iterator[Item]:
    """What is so now, and nobody says since when: so the earliest snapshot counts."""
    fields = now.issue.fields
    resolved = fields.get("resolutiondate")
    if isinstance(resolved, str) and resolved:
        event = event_of(now, "support.solved", f"{now.id}:resolved:{resolved}")
        kind = "support.closed" if event.status in CLOSED else "support.solved"
        yield _before_webhooks(event, kind, parse_time(resolved, "fields.resolutiondate"))
    rating = satisfaction_in(fields.values())
    if rating is not None:
        event = event_of(now, "feedback.csat", f"{now.id}:csat")
        score = Score(rating, low=1, high=5, best=5)
        yield replace(_before_webhooks(event, event.kind, event.occurred_at_us), score=score)


def _before_webhooks(event: Event, kind: str, time_us: int) -> Event:
    fact = Fact(event.id, -event.occurred_at_us)
    return replace(event, kind=kind, occurred_at_us=time_us, fact=fact)


def _comments(polled: objects.Polled, options: JiraOptions) -> list[Item]:
    page = polled.fields.get("comment")
    comments = page.get("comments") if isinstance(page, dict) else None
    if not isinstance(comments, list) or not comments:
        return []

    def of_comment(part: object) -> list[Item]:
        comment = strict_json.shaped(part, objects.Comment, "fields.comment.comments")
        at = _milliseconds(comment.updated or comment.created, "comment.created")
        return said(told_by(Notice(at, _issue(polled), comment=comment), options))

    return isolated(comments, of_comment)


def _milliseconds(time: object, field: str) -> int:
    if not isinstance(time, str):
        raise Refused("missing_field", f"`{field}` is missing")
    return parse_time(time, field) // 1_000
