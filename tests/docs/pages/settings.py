"""The page about the settings, from the code that reads them.

`python -m tests.docs.pages.settings` writes it to `docs/settings.md`; a test compares.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final

from service.framework.durations import duration_text
from service.settings import FIXED_LIMITS, PREFIX, Settings
from tests.docs.pages.markdown import GENERATED, joined, table, unwrapped
from tests.docs.pages.schema_words import Schema, meaning, type_in_words

PAGE: Final = Path(__file__).parents[3] / "docs" / "settings.md"

INTRODUCTION: Final = """
Environment variables, or lines of a file `.env` in the working directory; the environment wins.
`signalbox config` shows those in force and where each comes from. What a setting cannot be is
refused at the start, with its name and what it should be."""

LIMITS: Final = """
Limits that nobody can set, because what was accepted once must be accepted for ever."""


def page() -> str:
    """The whole page."""
    schema = Settings.model_json_schema()
    fields: dict[str, Schema] = {name: schema["properties"][name] for name in Settings.model_fields}
    needed = [name for name in fields if name in schema["required"]]
    return joined(
        "# Settings",
        GENERATED,
        unwrapped(INTRODUCTION),
        "## Needed",
        table(
            ("variable", "meaning"),
            [(_variable(name), meaning(fields[name])) for name in needed],
        ),
        "## The others",
        table(
            ("variable", "what", "without it", "meaning"),
            [
                (_variable(name), _what(field), _default(name), meaning(field))
                for name, field in fields.items()
                if name not in needed
            ],
        ),
        "## Fixed",
        unwrapped(LIMITS),
        table(
            ("limit", "value", "meaning"),
            [(f"`{name}`", f"{value:,}", what) for name, (value, what) in FIXED_LIMITS.items()],
        ),
    )


def _variable(name: str) -> str:
    return f"`{PREFIX}{name.upper()}`"


def _what(field: Schema) -> str:
    return "secret" if field.get("writeOnly") else type_in_words(field)


def _default(name: str) -> str:
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(default, timedelta):
        default = duration_text(default)
    shown = str(default).lower() if isinstance(default, bool) else str(default or "")
    return f"`{shown}`" if shown else "-"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
