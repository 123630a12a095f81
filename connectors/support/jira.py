"""`jira`: webhooks of Jira Service Management, cloud and data centre, and issues of its API.

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

What an issue becomes that was polled is told in `jira_polled`; its type for `ignore` is `issue`.
Ignored, beside the types listed below: issues of projects that are no service projects; updates
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

from collections.abc import Callable, Mapping
from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import Mapped, by_type, ignoring, mapped
from connectors.support import jira_objects as objects
from connectors.support.jira_issues import (
    Notice,
    Told,
    comment_deleted,
    commented,
    created,
    deleted,
    told_by,
    updated,
)
from connectors.support.jira_options import JiraOptions
from connectors.support.jira_polled import ISSUE, of_issue, page_of
from service.event import Item, Record

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


def open_jira(options: JiraOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("webhookEvent")
        if isinstance(type_, str):
            return of_type(type_)(payload, options)
        return isolated(page_of(payload), lambda issue: of_type(ISSUE)(issue, options))

    return total(read)


def _of_issue(items: Callable[[Told], list[Item]]) -> Mapped[[object, JiraOptions]]:
    def of_notice(notice: Notice, options: JiraOptions) -> list[Item]:
        return items(told_by(notice, options))

    return mapped(Notice, of_notice)


_MAPPED: Final[Mapping[str, Mapped[[object, JiraOptions]]]] = {
    "jira:issue_created": _of_issue(created),
    "jira:issue_updated": _of_issue(updated),
    "jira:issue_deleted": _of_issue(deleted),
    "comment_created": _of_issue(commented),
    "comment_updated": _of_issue(commented),
    "comment_deleted": mapped(Notice, comment_deleted),
    ISSUE: mapped(objects.Polled, of_issue),
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
