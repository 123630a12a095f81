"""The webhook topics that Intercom documents, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

_BY_STAFF: Final = "written, noted or done by agents and bots"
_HANDLING: Final = "how the conversation is handled inside, not what the customer does"
_TOLD_ELSEWHERE: Final = "told by another topic"
_PROFILE: Final = "a profile or company is edited, nothing happens on a journey"
_CONTENT: Final = "the company's own content and campaigns, and who saw them"
_PHONE: Final = "a call; what the customer asked for is its conversation"
_ACCOUNT: Final = "the account's own people, jobs and settings"
_TRACKED: Final = "what is tracked in the product; read it from the tool that tracks it"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _BY_STAFF: """
            conversation.admin.noted conversation.admin.replied
            conversation.admin.replied.translated conversation.admin.single.created
            conversation.operator.replied ticket.admin.replied ticket.admin.replied.translated
            ticket.note.created""",
        _HANDLING: """
            conversation.admin.assigned conversation.admin.open.assigned
            conversation.company.updated conversation.contact.attached
            conversation.contact.detached conversation.priority.updated conversation.read
            conversation_part.redacted conversation_part.tag.created ticket.admin.assigned
            ticket.attribute.updated ticket.contact.attached ticket.contact.detached
            ticket.team.assigned""",
        _TOLD_ELSEWHERE: "visitor.signed_up",
        _PROFILE: """
            company.contact.attached company.contact.detached company.created company.deleted
            company.updated contact.archive contact.archived contact.lead.tag.created
            contact.lead.tag.deleted contact.subscribed contact.tag.created contact.tag.deleted
            contact.unarchive contact.unarchived contact.unsubscribed contact.unsubscribed_from_sms
            contact.user.tag.created contact.user.tag.deleted granular.subscribe
            granular.unsubscribe user.tag.created user.tag.deleted user.unsubscribed
            user.unsubscribed_from_sms""",
        _CONTENT: """
            article.created article.deleted article.published article.unpublished article.updated
            audience.created audience.deleted audience.member_added audience.member_removed
            audience.updated content_import_source.created content_import_source.deleted
            content_import_source.updated content_snippet.created content_snippet.deleted
            content_snippet.updated content_stat.banner content_stat.carousel content_stat.chat
            content_stat.checklist content_stat.custom_bot content_stat.email content_stat.news_item
            content_stat.post content_stat.push content_stat.series content_stat.series.webhook
            content_stat.sms content_stat.tooltip_group content_stat.tour""",
        _PHONE: "call.ended call.recording_available call.started call.transcription_available",
        _ACCOUNT: """
            admin.activity_log_event.created admin.added_to_workspace admin.away_mode_updated
            admin.logged_in admin.logged_out admin.removed_from_workspace api.request.completed
            data_connector.execution.completed job.completed ping
            procedure.hitl_notification.created""",
        _TRACKED: "event.created",
    }
)
