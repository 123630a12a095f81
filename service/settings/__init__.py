"""Settings: environment variables that begin with `SIGNALBOX_`, or lines of a file `.env`.

`load` gives frozen, checked settings or raises `SettingsError`, whose text says which variable is
wrong and what it should be. `described` lists all of them, secrets redacted, with their source.
"""

from service.settings.loading import SettingsError, load, load_schema_settings
from service.settings.model import FIXED_LIMITS, MOST_AHEAD_S, PREFIX, SchemaSettings, Settings
from service.settings.shown import Described, described, unknown

__all__ = [
    "FIXED_LIMITS",
    "MOST_AHEAD_S",
    "PREFIX",
    "Described",
    "SchemaSettings",
    "Settings",
    "SettingsError",
    "described",
    "load",
    "load_schema_settings",
    "unknown",
]
