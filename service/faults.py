"""Named points at which a test ends the process, as a crash would.

`CRASH_AT=after_db_commit:3` kills the process with SIGKILL when it passes that point for the
third time. Without the variable a point costs one comparison.
"""

import os
import signal
from collections import Counter
from typing import Final

_NAME, _, _NTH = os.environ.get("CRASH_AT", "").partition(":")
_passed: Final[Counter[str]] = Counter()


def crash_point(name: str) -> None:
    """Die here if `CRASH_AT` says so."""
    if name != _NAME:
        return
    _passed[name] += 1
    if _passed[name] == int(_NTH or 1):
        os.kill(os.getpid(), signal.SIGKILL)
