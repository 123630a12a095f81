"""What a source of Jira says beside its topic."""

from typing import Literal

from connectors.custom_fields import CustomFields


class JiraOptions(CustomFields):
    """Keys of a source of Jira."""

    on_behalf: Literal["ignore", "contact"] = "contact"
    """Whether an issue that somebody else created for the reporter is a contact."""

    done_statuses: tuple[str, ...] = (
        "canceled", "cancelled", "closed", "completed", "declined", "done", "resolved",
    )  # fmt: skip
    """Names of the statuses, in lower case, from which an issue is opened again."""
