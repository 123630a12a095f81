"""Settings as a person may see them: secrets redacted, each with where it came from."""

import os
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from dotenv import dotenv_values
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from service.framework.durations import duration_text
from service.settings.model import ENV_FILE, FIXED_LIMITS, PREFIX, Settings, meaning, variable

_REDACTED: Final = "********"

Source: TypeAlias = Literal["environment", ".env", "default", "fixed"]


class Described(NamedTuple):
    """One setting as `signalbox config` shows it; a secret's value is redacted."""

    variable: str
    value: str
    source: Source
    meaning: str


def described(settings: Settings, env_file: Path | None = ENV_FILE) -> tuple[Described, ...]:
    """Every setting with its value as it may be shown, where that came from, what it means."""
    filed = dotenv_values(env_file) if env_file else {}
    settable = (
        Described(
            variable(name),
            _shown(getattr(settings, name)),
            _source(name, settings, filed),
            meaning(name),
        )
        for name in Settings.model_fields
    )
    fixed = (
        Described(name, str(limit), "fixed", what) for name, (limit, what) in FIXED_LIMITS.items()
    )
    return (*settable, *fixed)


def unknown(environment: Mapping[str, str] = os.environ) -> tuple[tuple[str, str], ...]:
    """Variables that look like settings and are none, each with the nearest that is, or "".

    They are no error: Kubernetes sets such variables for a service of the same name.
    """
    names = [variable(name) for name in Settings.model_fields]
    return tuple(
        (found, next(iter(get_close_matches(found, names, n=1, cutoff=0.8)), ""))
        for found in sorted(environment)
        if found.startswith(PREFIX)
        and not found.startswith(f"{PREFIX}TEST_")
        and found not in names
    )


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return _redacted(value.get_secret_value())
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(part)}" for name, part in sorted(value.items()))
    return "" if value is None else str(value)


def _redacted(secret: str) -> str:
    """A URL keeps all but its password: where a database is, is no secret."""
    if secret.startswith("postgresql") and "://" in secret:
        return make_url(secret).render_as_string(hide_password=True)
    return _REDACTED if secret else ""


def _source(name: str, settings: Settings, filed: Mapping[str, str | None]) -> Source:
    if name not in settings.model_fields_set:
        return "default"
    environment = {key.upper() for key, value in os.environ.items() if value}
    return "environment" if variable(name) in environment or not filed else ".env"
