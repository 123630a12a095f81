"""Named points at which a test makes the process misbehave, as crashes and slow machines do.

Each variable names a point and at which passing of it the fault comes, 1 if that is left out:
`CRASH_AT=after_db_commit:3` ends the process by SIGKILL, `STOP_AT=after_facts` lets it stand still
by SIGSTOP until somebody sends SIGCONT, and `STALL_AT=before_offset_hint:2:5.5` keeps the thread
that passes to itself for so many seconds. Without the variables a point costs one comparison.
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple


class _Fault(NamedTuple):
    nth: int
    act: Callable[[], None]


def _signalled(number: signal.Signals) -> Callable[[], None]:
    """To the thread that passes: if another one heard it, this one might get further before."""
    return lambda: signal.pthread_kill(threading.get_ident(), number)


def _wanted() -> dict[str, _Fault]:
    faults = {}
    for variable, number in (("CRASH_AT", signal.SIGKILL), ("STOP_AT", signal.SIGSTOP)):
        name, _, nth = os.environ.get(variable, "").partition(":")
        faults[name] = _Fault(int(nth or 1), _signalled(number))
    name, _, rest = os.environ.get("STALL_AT", "").partition(":")
    nth, _, seconds = rest.partition(":")
    faults[name] = _Fault(int(nth or 1), lambda: time.sleep(float(seconds)))
    faults.pop("", None)
    return faults


_faults: Final = _wanted()
_passed: Final[Counter[str]] = Counter()


def crash_point(name: str) -> None:
    """Suffer here what the environment says."""
    if name not in _faults:
        return
    _passed[name] += 1
    if _passed[name] == _faults[name].nth:
        sys.stderr.write(f"fault at {name}\n")
        sys.stderr.flush()
        _faults[name].act()
