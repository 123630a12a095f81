"""Telling objects apart by their first key, without reading them."""

import re
from collections.abc import Callable, Iterable
from typing import Any


def begins_with_key(keys: Iterable[str]) -> Callable[[bytes], Any]:
    """What tells, by being true, that bytes begin as an object does whose first key is in `keys`.

    The keys of an object may come in any order, so `keys` are all that may be in it.
    """
    names = "|".join(re.escape(key) for key in keys)
    return re.compile(rb'\s*\{\s*"(?:%b)"' % names.encode()).match
