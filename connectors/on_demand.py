"""`OnDemand`: a mapping that knows its names and loads a thing when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Thing = TypeVar("Thing")


class OnDemand(Mapping[str, Thing]):
    """Things by name. To list the names, or to ask whether there is one, loads nothing.

    A thing is loaded each time that it is asked for; a load for which that is too much remembers.
    """

    def __init__(self, loads: Mapping[str, Callable[[], Thing]]) -> None:
        self._loads = loads

    def __getitem__(self, name: str) -> Thing:
        return self._loads[name]()

    def __contains__(self, name: object) -> bool:
        return name in self._loads

    def __iter__(self) -> Iterator[str]:
        return iter(self._loads)

    def __len__(self) -> int:
        return len(self._loads)
