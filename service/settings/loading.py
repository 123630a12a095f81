"""The settings of this process, checked, or which variables are wrong."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.settings.model import ENV_FILE, SchemaSettings, Settings, meaning, variable

Loaded = TypeVar("Loaded", bound=SchemaSettings)


class SettingsError(Exception):
    """The settings are incomplete or wrong. The text has one line for each variable."""


def load(env_file: Path | None = ENV_FILE) -> Settings:
    """All settings. Raises `SettingsError`; no secret is in its text."""
    return _loaded(Settings, env_file)


def load_schema_settings(env_file: Path | None = ENV_FILE) -> SchemaSettings:
    """Where schemas are, for who reads records and needs nothing else. Raises `SettingsError`."""
    return _loaded(SchemaSettings, env_file)


def _loaded(kind: type[Loaded], env_file: Path | None) -> Loaded:
    try:
        return kind(_env_file=env_file)
    except ValidationError as invalid:
        raise SettingsError("\n".join(map(_sentence, invalid.errors()))) from None


def _sentence(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0])
    if error["type"] == "missing":
        return f"{variable(name)} is not set. {meaning(name)} Set it in the environment or in .env."
    return f"{variable(name)}: {_plain(message)}"


def _plain(message: str) -> str:
    """Pydantic's sentence in words that fit a variable."""
    return message.replace("Input should", "must").replace("String should", "must")
