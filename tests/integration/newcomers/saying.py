"""What a newcomer has at hand on the first day, and hears."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

EMPTY: Final = Path(__file__).parents[3] / "examples" / "empty"
NOWHERE: Final = "127.0.0.1:1"

Say: TypeAlias = Callable[..., str]
"""Runs a command, with settings by name: all that it says."""
