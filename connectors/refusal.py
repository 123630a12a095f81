"""How a payload that cannot become an event is turned down.

`Refused` is raised where the fault is seen and caught once, where the record is converted
(`connectors.contract.total`). What it says is shown to people and logged, so it names fields,
types and limits and never a value: `plain` decides which names of the payload may be shown.
"""

import re
from typing import Final

from service.event import Failed, Lookup, Telling

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:/-]{0,99}", re.ASCII)


class Refused(Exception):  # noqa: N818 - it says what happened, and is no error of the program
    """The payload, or one part of it, cannot become an event. Carries the failed item."""

    def __init__(
        self,
        reason: str,
        detail: str,
        awaits: Telling | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        super().__init__(detail)
        self.failed = Failed(reason, detail, awaits, lookup)


def plain(name: str) -> str:
    """`name` if it can only be a technical name (a type, a kind, a field), else a stand-in."""
    return f"`{name}`" if _PLAIN.fullmatch(name) else "one that is no plain name"


UNKNOWN_TYPE: Final = "unknown_type"
_UNKNOWN_TYPE: Final = (
    "event type {} is not known; to leave it out, add it to `ignore` of the source"
)
_NAMED_TYPE: Final = re.compile(re.escape(_UNKNOWN_TYPE).replace(r"\{\}", "`([^`]+)`"))


def unknown_type(name: str) -> Refused:
    """The refusal of an event type that the connector neither maps nor ignores."""
    shown = f"`{name}`" if _PLAIN.fullmatch(name) else "that is no plain name"
    return Refused(UNKNOWN_TYPE, _UNKNOWN_TYPE.format(shown))


def type_named_by(detail: str) -> str | None:
    """The event type that the detail of such a refusal names; None where it may not be shown."""
    named = _NAMED_TYPE.fullmatch(detail)
    return None if named is None else named[1]


def needs_enrichment(
    missing: str, remedy: str, awaits: Telling | None = None, lookup: Lookup | None = None
) -> Refused:
    """The refusal of a notification that only names what happened.

    It is kept, and a record that tells the whole of what it `awaits`, as of that version or a later
    one, resolves it; `lookup` says how the tool is asked for that.
    """
    detail = f"the notification carries no {missing}: {remedy}"
    return Refused("needs_enrichment", detail, awaits, lookup)
