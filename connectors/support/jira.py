"""`jira`: webhooks of Jira Service Management, in the cloud and in a data centre.

| event                                         | becomes                                        |
|-----------------------------------------------|------------------------------------------------|
| `jira:issue_created`                          | `support.contact` of the reporter              |
| `jira:issue_updated`, status now done         | `support.solved`, or `support.closed` if it    |
|                                               | says closed, canceled or declined              |
| ... status no longer done                     | `support.reopened` and `support.contact`       |
| ... any other change of the status            | `support.status_changed`                       |
| ... the satisfaction was given                | `feedback.csat` on 1 to 5                      |
| `comment_created`, `comment_updated`, public, | `support.message`, of which the latest edit    |
| by the reporter or another customer           | counts                                         |
| `comment_deleted`                             | retraction of the message                      |
| `jira:issue_deleted`                          | retraction of the contact                      |

Ignored, beside the types in `IGNORED`: issues of projects that are no service projects; updates
that change neither status nor satisfaction; internal comments and those of agents. Whoever creates
an issue, it is its reporter's contact, because forms and mailboxes create issues in their own name;
`on_behalf: ignore` counts only what reporters created themselves.

What an update changed is in its change log. Whether a status is done is told by its category, and
of the status before by its name: `done_statuses` of the source, and a resolution that was taken
away. The satisfaction is the custom field that holds a `rating`, on 1 to 5 as Jira has it.
The subject is the reporter (`user`): the account id of the cloud, the key of a data centre; the
e-mail address is there only where the site shows it. An organisation is linked weakly.
Facts. `issue:<id>:contact`, `issue:<id>:csat`, `comment:<id>`, the latest of each counts; all else
is a fact of the change log's entry. The version is the time of the webhook. `fields` and
`identifiers` of the source are read from the issue's fields.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, by_type, ignoring, mapped
from connectors.naming import name, named
from connectors.refusal import Refused
from connectors.support import jira_objects as objects
from connectors.timestamps import parse_milliseconds, parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Record, Retraction, Score

_HANDLING: Final = "how the issue is handled inside, not what the customer does"
_SITE: Final = "the site's own projects, boards, people and settings"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _HANDLING: """
            attachment_created attachment_deleted issue_property_deleted issue_property_set
            issuelink_created issuelink_deleted jira:worklog_updated worklog_created worklog_deleted
            worklog_updated""",
        _SITE: """
            app_access_to_objects_blocked app_access_to_objects_in_container_blocked
            board_configuration_changed board_created board_deleted board_updated filter_created
            filter_deleted filter_updated issuetype_created issuetype_deleted issuetype_updated
            jira:version_created jira:version_deleted jira:version_merged jira:version_moved
            jira:version_released jira:version_unreleased jira:version_updated
            jira_expression_evaluation_failed option_attachments_changed option_issuelinks_changed
            option_subtasks_changed option_timetracking_changed
            option_timetracking_provider_changed option_unassigned_issues_changed
            option_voting_changed option_watching_changed project_archived project_created
            project_deleted project_restored_archived project_restored_deleted project_soft_deleted
            project_updated sprint_closed sprint_created sprint_deleted sprint_started
            sprint_updated user_created user_deleted user_updated""",
    }
)

NO_SERVICE: Final = Ignored("an issue of a project that is no service project")
OPENED_BY_STAFF: Final = Ignored("an issue that the customer did not open")
NO_STEP: Final = Ignored("an update that changes neither the status nor the satisfaction")
PRIVATE: Final = Ignored("an internal comment")
BY_STAFF: Final = Ignored("written by an agent or a bot")

_CLOSED: Final = frozenset({"closed", "canceled", "cancelled", "declined"})
_CUSTOM: Final = "customfield_"
_MOST_NESTED: Final = 20


class JiraOptions(CustomFields):
    """Keys of a source of Jira."""

    on_behalf: Literal["ignore", "contact"] = "contact"
    """Whether an issue that somebody else created for the reporter is a contact."""

    done_statuses: tuple[str, ...] = (
        "canceled", "cancelled", "closed", "completed", "declined", "done", "resolved",
    )  # fmt: skip
    """Names of the statuses, in lower case, from which an issue is opened again."""


class _Notice(msgspec.Struct):
    """What a webhook holds."""

    timestamp: int
    issue: objects.Issue | None = None
    changelog: objects.ChangeLog | None = None
    comment: objects.Comment | None = None

    @property
    def time_us(self) -> int:
        return parse_milliseconds(self.timestamp, "timestamp")


def open_jira(options: JiraOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("webhookEvent")
        if not isinstance(type_, str):
            raise Refused("missing_field", "`webhookEvent` is missing: this is no webhook of Jira")
        return of_type(type_)(payload, options)

    return total(read)


def _created(notice: _Notice, options: JiraOptions) -> list[Item]:
    issue, fields = _issue_of(notice)
    if _is_elsewhere(fields):
        return [NO_SERVICE]
    reporter, creator = fields.reporter or objects.User(), fields.creator or objects.User()
    if options.on_behalf == "ignore" and creator.id and creator.id != reporter.id:
        return [OPENED_BY_STAFF]
    contact = _event(notice, "support.contact", f"issue:{issue.id}:contact", options)
    created_us = parse_time(fields.created, "created") if fields.created else notice.time_us
    text = _text(fields.description)
    return [replace(contact, id=f"issue:{issue.id}", occurred_at_us=created_us, text=text)]


def _updated(notice: _Notice, options: JiraOptions) -> list[Item]:
    _, fields = _issue_of(notice)
    if _is_elsewhere(fields):
        return [NO_SERVICE]
    log = notice.changelog
    items: list[Item] = list(_changes(notice, log, fields, options)) if log else []
    if notice.comment is not None:
        items += _said(notice, options)
    return items or [NO_STEP]


def _changes(
    notice: _Notice, log: objects.ChangeLog, fields: objects.Fields, options: JiraOptions
) -> Iterator[Item]:
    for change in log.items:
        if change.field == "status":
            yield from _moved(notice, log, change, fields, options)
    rated = _rating(notice, log)
    if rated is not None:
        issue, _ = _issue_of(notice)
        event = _event(notice, "feedback.csat", f"issue:{issue.id}:csat", options)
        score = Score(rated, low=1, high=5, best=5)
        yield replace(event, id=f"issue:{issue.id}:csat:{log.id}", score=score)


def _moved(
    notice: _Notice,
    log: objects.ChangeLog,
    change: objects.Change,
    fields: objects.Fields,
    options: JiraOptions,
) -> list[Item]:
    before, after = (change.from_string or "").lower(), (change.to_string or "").lower()
    category = (fields.status and fields.status.status_category) or objects.Category()
    done = category.key == "done" if category.key else after in options.done_statuses
    reopened = not done and (before in options.done_statuses or _lost_its_resolution(log))
    kind = "reopened" if reopened else "status_changed"
    if done:
        kind = "closed" if after in _CLOSED else "solved"
    issue, _ = _issue_of(notice)
    id_ = f"issue:{issue.id}:{log.id}"
    moved = replace(
        _event(notice, f"support.{kind}", id_, options), status=after, previous_status=before
    )
    if not reopened:
        return [moved]
    again = f"{id_}:contact"
    contact = replace(moved, id=again, kind="support.contact", fact=Fact(again, notice.time_us))
    return [moved, contact]


def _lost_its_resolution(log: objects.ChangeLog) -> bool:
    return any(
        change.field == "resolution" and change.from_string and not change.to_string
        for change in log.items
    )


def _rating(notice: _Notice, log: objects.ChangeLog) -> float | None:
    """The satisfaction, if this change log is about it."""
    issue, _ = _issue_of(notice)
    for field in (change.field_id for change in log.items):
        value = issue.fields.get(field) if field and field.startswith(_CUSTOM) else None
        if isinstance(value, dict):
            rating = value.get("rating")
            if isinstance(rating, int | float) and not isinstance(rating, bool):
                return rating
    return None


def _commented(notice: _Notice, options: JiraOptions) -> list[Item]:
    _, fields = _issue_of(notice)
    return [NO_SERVICE] if _is_elsewhere(fields) else _said(notice, options)


def _said(notice: _Notice, options: JiraOptions) -> list[Item]:
    comment = _comment_of(notice)
    _, fields = _issue_of(notice)
    author = comment.author or objects.User()
    if comment.jsd_public is False:
        return [PRIVATE]
    by_reporter = fields.reporter is not None and author.id == fields.reporter.id
    if not by_reporter and author.account_type != "customer":
        return [BY_STAFF]
    message = _event(notice, "support.message", f"comment:{comment.id}", options, author)
    said_us = parse_time(comment.created, "comment.created") if comment.created else notice.time_us
    text = _text(comment.body)
    return [replace(message, id=f"comment:{comment.id}", occurred_at_us=said_us, text=text)]


def _comment_deleted(notice: _Notice, _: JiraOptions) -> list[Item]:
    return [_retraction(notice, f"comment:{_comment_of(notice).id}")]


def _deleted(notice: _Notice, _: JiraOptions) -> list[Item]:
    issue, _fields = _issue_of(notice)
    return [_retraction(notice, f"issue:{issue.id}:contact")]


def _retraction(notice: _Notice, fact: str) -> Retraction:
    time_us = notice.time_us
    return Retraction(id=f"{fact}:deleted", fact=Fact(fact, time_us), occurred_at_us=time_us)


def _is_elsewhere(fields: objects.Fields) -> bool:
    project = fields.project or objects.Project()
    return project.project_type_key not in (None, "service_desk")


def _issue_of(notice: _Notice) -> tuple[objects.Issue, objects.Fields]:
    if notice.issue is None:
        raise Refused("missing_field", "`issue` is missing")
    return notice.issue, strict_json.shaped(notice.issue.fields, objects.Fields, "issue.fields")


def _comment_of(notice: _Notice) -> objects.Comment:
    if notice.comment is None:
        raise Refused("missing_field", "`comment` is missing")
    return notice.comment


def _event(
    notice: _Notice, kind: str, fact: str, options: JiraOptions, author: objects.User | None = None
) -> Event:
    issue, fields = _issue_of(notice)
    person = fields.reporter or author or objects.User()
    who = named(
        *own_names(options, issue.fields),
        name("user", person.id),
        name("email", person.email_address),
        around=_organisations(issue.fields),
    )
    return Event(
        id=fact,
        kind=kind,
        occurred_at_us=notice.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(fact, notice.time_us),
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
        | kept(options, issue.fields),
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


_MAPPED: Final[Mapping[str, Mapped[[object, JiraOptions]]]] = {
    "jira:issue_created": mapped(_Notice, _created),
    "jira:issue_updated": mapped(_Notice, _updated),
    "jira:issue_deleted": mapped(_Notice, _deleted),
    "comment_created": mapped(_Notice, _commented),
    "comment_updated": mapped(_Notice, _commented),
    "comment_deleted": mapped(_Notice, _comment_deleted),
}

KINDS: Final = frozenset(
    {
        "feedback.csat",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

JIRA: Final = Connector(
    name="jira",
    options=JiraOptions,
    open=open_jira,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks of a site or of an automation rule, behind an HTTP gateway. The body of a "
        "webhook names its event; a rule that sends an issue alone leaves that out, and the "
        "record then says nothing of what happened."
    ),
)
