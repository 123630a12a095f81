"""The settings of this process, checked, or which variables are wrong."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from service.settings.model import ENV_FILE, SchemaSettings, Settings, meaning, variable
from service.settings.shown import unknown

Loaded = TypeVar("Loaded", bound=SchemaSettings)

_EXPECTED: Final = {
    "int_parsing": "must be a whole number: digits alone, without a unit",
    "float_parsing": "must be a number, without a unit",
    "bool_parsing": "must be true or false",
    "path_not_file": "there is no such file",
    "string_pattern_mismatch": "must be host:port, several with commas",
}


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
        told = [*map(_sentence, invalid.errors()), *_misspelt(env_file)]
        raise SettingsError("\n".join(told)) from None


def _misspelt(env_file: Path | None) -> Iterator[str]:
    """What may have been meant by a setting that is missing or wrong."""
    filed = dotenv_values(env_file) if env_file else {}
    for found, nearest in unknown(os.environ | dict.fromkeys(filed, "")):
        if nearest:
            yield f"{found} is set and is no setting. Did you mean {nearest}?"


def _sentence(error: ErrorDetails) -> str:
    if not error["loc"]:
        return _plain(error)
    name = str(error["loc"][0])
    if error["type"] == "missing":
        return f"{variable(name)} is not set. {meaning(name)} Set it in the environment or in .env."
    return f"{variable(name)}: {_plain(error)}"


def _plain(error: ErrorDetails) -> str:
    """Pydantic's sentence in words that fit a variable."""
    if error["type"] in _EXPECTED:
        return _EXPECTED[error["type"]]
    message = error["msg"].removeprefix("Value error, ")
    return message.replace("Input should", "must").replace("String should", "must")
