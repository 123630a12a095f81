"""The event types that Zendesk documents for webhooks, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

PREFIX: Final = "zen:event-type:"

_HANDLING: Final = "how the ticket is handled inside, not what the customer does"
_TOLD_ELSEWHERE: Final = "told by another event of the ticket"
_NO_WORD: Final = "changes what was written, is no new word of the customer"
_PROFILE: Final = "a profile is edited, nothing happens on a journey"
_STAFF: Final = "about agents and their queues, not about a customer"
_HELP_CENTER: Final = "the help center's own content and votes"

_BY_REASON: Final = {
    _HANDLING: """
        ticket.agent_assignment_changed ticket.brand_changed ticket.custom_field_changed
        ticket.custom_status_changed ticket.email_ccs_changed ticket.external_id_changed
        ticket.followers_changed ticket.form_changed ticket.group_assignment_changed
        ticket.next_sla_breach_changed ticket.ola_policy_changed ticket.organization_changed
        ticket.priority_changed ticket.problem_link_changed ticket.requester_changed
        ticket.schedule_changed ticket.sla_policy_changed ticket.subject_changed
        ticket.submitter_changed ticket.tags_changed ticket.task_due_at_changed
        ticket.type_changed""",
    _TOLD_ELSEWHERE: """
        ticket.csat_requested ticket.merged ticket.permanently_deleted""",
    _NO_WORD: """
        ticket.attachment_linked_to_comment ticket.attachment_redacted_from_comment
        ticket.comment_made_private ticket.comment_redacted ticket.description_changed""",
    _PROFILE: """
        organization.created organization.custom_field_changed organization.deleted
        organization.external_id_changed organization.name_changed organization.tags_changed
        user.active_changed user.alias_changed user.custom_field_changed
        user.custom_role_changed user.default_group_changed user.details_changed
        user.external_id_changed user.group_membership_created user.group_membership_deleted
        user.identity_changed user.identity_created user.identity_deleted user.last_login_changed
        user.name_changed user.notes_changed user.only_private_comments_changed
        user.organization_membership_created user.organization_membership_deleted
        user.password_changed user.photo_changed user.role_changed user.suspended_changed
        user.tags_changed user.time_zone_changed""",
    _STAFF: """
        agent.channel_created agent.channel_deleted agent.groups_updated
        agent.max_capacity_changed agent.state_changed agent.unified_state_changed
        agent.work_item_added agent.work_item_removed agent.work_item_updated
        omnichannel_config.omnichannel_routing_feature_changed""",
    _HELP_CENTER: """
        article.author_changed article.comment_changed article.comment_created
        article.comment_published article.comment_unpublished article.published
        article.subscription_created article.unpublished article.vote_changed
        article.vote_created article.vote_removed community_post.changed
        community_post.comment_changed community_post.comment_created
        community_post.comment_published community_post.comment_unpublished
        community_post.comment_vote_changed community_post.comment_vote_created
        community_post.created community_post.published community_post.subscription_created
        community_post.unpublished community_post.vote_changed community_post.vote_created
        community_post.vote_removed""",
}

_GAUGES: Final = """
    active_assigned_conversations active_unassigned_conversations avg_concurrency avg_handle_time
    avg_requester_wait_time avg_time_in_queue conversations_in_queue longest_requester_wait_time
    longest_time_in_queue total_active_conversations"""

IGNORED: Final[Mapping[str, str]] = {
    f"{PREFIX}{name}": reason for name, reason in ignoring(_BY_REASON).items()
} | {
    f"{PREFIX}messaging_live_metrics.{gauge}{split}": _STAFF
    for gauge in _GAUGES.split()
    for split in ("", "_by_group", "_by_via_type")
}
