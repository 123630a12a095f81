"""What is told of an issue of Jira at one moment: by a webhook, or of an issue that was polled.

A `Notice` is an issue as it is then, and what changed or was said; `Told` is that with the fields
of the issue, read once. The functions make its items.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.naming import Named, event_about, name, named
from connectors.refusal import Refused
from connectors.support import jira_objects as objects
from connectors.support.jira_options import JiraOptions
from connectors.timestamps import parse_milliseconds, parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Retraction, Score

NO_SERVICE: Final = Ignored("an issue of a project that is no service project")
OPENED_BY_STAFF: Final = Ignored("an issue that the customer did not open")
NO_STEP: Final = Ignored("an update that changes neither the status nor the satisfaction")
PRIVATE: Final = Ignored("an internal comment")
BY_STAFF: Final = Ignored("written by an agent or a bot")

CLOSED: Final = frozenset({"closed", "canceled", "cancelled", "declined"})
_CUSTOM: Final = "customfield_"
_MOST_NESTED: Final = 20


class Notice(msgspec.Struct):
    """What a webhook holds."""

    timestamp: int
    issue: objects.Issue | None = None
    changelog: objects.ChangeLog | None = None
    comment: objects.Comment | None = None

    @property
    def time_us(self) -> int:
        return parse_milliseconds(self.timestamp, "timestamp")


class Told(NamedTuple):
    """A notice, the fields of its issue, and what the source says."""

    notice: Notice
    issue: objects.Issue
    fields: objects.Fields
    options: JiraOptions

    @property
    def id(self) -> str:
        return f"issue:{self.issue.id}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the issue is of a project that is no service project."""
        project = self.fields.project or objects.Project()
        return project.project_type_key not in (None, "service_desk")


def told_by(notice: Notice, options: JiraOptions) -> Told:
    """What the notice tells of its issue. Raises `Refused` if there is none."""
    if notice.issue is None:
        raise Refused("missing_field", "`issue` is missing")
    fields = strict_json.shaped(notice.issue.fields, objects.Fields, "issue.fields")
    return Told(notice, notice.issue, fields, options)


def created(told: Told) -> list[Item]:
    """The contact that an issue is."""
    if told.is_elsewhere:
        return [NO_SERVICE]
    fields = told.fields
    reporter, creator = fields.reporter or objects.User(), fields.creator or objects.User()
    if told.options.on_behalf == "ignore" and creator.id and creator.id != reporter.id:
        return [OPENED_BY_STAFF]
    contact = event_of(told, "support.contact", f"{told.id}:contact")
    created_us = parse_time(fields.created, "created") if fields.created else told.notice.time_us
    text = _text(fields.description)
    return [replace(contact, id=told.id, occurred_at_us=created_us, text=text)]


def updated(told: Told) -> list[Item]:
    """What changed, and what was said with it."""
    if told.is_elsewhere:
        return [NO_SERVICE]
    log = told.notice.changelog
    items: list[Item] = list(_changes(told, log)) if log else []
    if told.notice.comment is not None:
        items += said(told)
    return items or [NO_STEP]


def _changes(told: Told, log: objects.ChangeLog) -> Iterator[Item]:
    for change in log.items:
        if change.field == "status":
            yield from _moved(told, log, change)
    rated = _rating(told, log)
    if rated is not None:
        event = event_of(told, "feedback.csat", f"{told.id}:csat")
        score = Score(rated, low=1, high=5, best=5)
        yield replace(event, id=f"{told.id}:csat:{log.id}", score=score)


def _moved(told: Told, log: objects.ChangeLog, change: objects.Change) -> list[Item]:
    before, after = (change.from_string or "").lower(), (change.to_string or "").lower()
    status, done_statuses = told.fields.status, told.options.done_statuses
    category = (status and status.status_category) or objects.Category()
    done = category.key == "done" if category.key else after in done_statuses
    reopened = not done and (before in done_statuses or _lost_its_resolution(log))
    kind = "reopened" if reopened else "status_changed"
    if done:
        kind = "closed" if after in CLOSED else "solved"
    event = event_of(told, f"support.{kind}", f"{told.id}:{log.id}")
    moved = replace(event, status=after, previous_status=before)
    if not reopened:
        return [moved]
    again = f"{moved.id}:contact"
    fact = Fact(again, told.notice.time_us)
    contact = replace(moved, id=again, kind="support.contact", fact=fact)
    return [moved, contact]


def _lost_its_resolution(log: objects.ChangeLog) -> bool:
    return any(
        change.field == "resolution" and change.from_string and not change.to_string
        for change in log.items
    )


def _rating(told: Told, log: objects.ChangeLog) -> float | None:
    """The satisfaction, if this change log is about it."""
    fields = told.issue.fields
    own = (change.field_id or "" for change in log.items)
    return satisfaction_in(fields.get(field) for field in own if field.startswith(_CUSTOM))


def satisfaction_in(values: Iterable[object]) -> float | None:
    """The satisfaction, if one of these values of custom fields is it."""
    for value in values:
        rating = value.get("rating") if isinstance(value, dict) else None
        if isinstance(rating, int | float) and not isinstance(rating, bool):
            return rating
    return None


def commented(told: Told) -> list[Item]:
    """A comment on an issue of a service project."""
    return [NO_SERVICE] if told.is_elsewhere else said(told)


def said(told: Told) -> list[Item]:
    """A comment, if it is the customer's and for all to see."""
    comment, reporter = _comment_of(told.notice), told.fields.reporter
    author = comment.author or objects.User()
    if comment.jsd_public is False:
        return [PRIVATE]
    by_reporter = reporter is not None and author.id == reporter.id
    if not by_reporter and author.account_type != "customer":
        return [BY_STAFF]
    message = event_of(told, "support.message", f"comment:{comment.id}", author)
    if comment.created:
        message = replace(message, occurred_at_us=parse_time(comment.created, "comment.created"))
    return [replace(message, text=_text(comment.body))]


def comment_deleted(notice: Notice, _: JiraOptions) -> list[Item]:
    """That a comment was deleted."""
    return [_retraction(notice, f"comment:{_comment_of(notice).id}")]


def deleted(told: Told) -> list[Item]:
    """That an issue was deleted."""
    return [_retraction(told.notice, f"{told.id}:contact")]


def _retraction(notice: Notice, fact: str) -> Retraction:
    time_us = notice.time_us
    return Retraction(id=f"{fact}:deleted", fact=Fact(fact, time_us), occurred_at_us=time_us)


def _comment_of(notice: Notice) -> objects.Comment:
    if notice.comment is None:
        raise Refused("missing_field", "`comment` is missing")
    return notice.comment


def event_of(told: Told, kind: str, fact: str, author: objects.User | None = None) -> Event:
    """What every event of an issue has."""
    issue, fields, time_us = told.issue, told.fields, told.notice.time_us
    who = _customer_of(told, fields.reporter or author or objects.User())
    return replace(
        event_about(who, kind, fact, time_us, Fact(fact, time_us)),
        title=fields.summary or "",
        tags=fields.labels or (),
        status=((fields.status and fields.status.name) or "").lower(),
        attributes=stated(
            ticket_id=str(issue.id),
            ticket_number=issue.key,
            priority=((fields.priority and fields.priority.name) or "").lower(),
            ticket_type=((fields.issuetype and fields.issuetype.name) or "").lower(),
            project=fields.project.key if fields.project else None,
        )
        | kept(told.options, issue.fields),
    )


def _customer_of(told: Told, person: objects.User) -> Named:
    fields = told.issue.fields
    return named(
        *own_names(told.options, fields),
        name("user", person.id),
        name("email", person.email_address),
        around=_organisations(fields),
    )


def _organisations(fields: Mapping[str, Any]) -> list[Identifier | None]:
    """Those of the customer, which are in a custom field, as links to the service desk's own."""
    return [
        name("organization", entry["id"] if isinstance(entry["id"], str | int) else None)
        for field, value in fields.items()
        if field.startswith(_CUSTOM) and isinstance(value, list)
        for entry in value
        if isinstance(entry, dict) and "id" in entry and _is_organisation(entry)
    ]


def _is_organisation(entry: Mapping[str, Any]) -> bool:
    links = entry.get("_links")
    address = links.get("self") if isinstance(links, dict) else None
    return isinstance(address, str) and "/servicedeskapi/organization/" in address


def _text(body: str | dict[str, Any] | None) -> str:
    """Plain text as it is; of a document of Atlassian's the texts of its nodes."""
    if isinstance(body, dict):
        return "".join(_texts(body, _MOST_NESTED)).strip()
    return body or ""


def _texts(node: Any, deeper: int) -> Iterator[str]:
    if not isinstance(node, dict) or not deeper:
        return
    text, inner = node.get("text"), node.get("content")
    if isinstance(text, str):
        yield text
    for child in inner if isinstance(inner, list) else ():
        yield from _texts(child, deeper - 1)
    if node.get("type") in ("paragraph", "heading", "hardBreak"):
        yield "\n"
