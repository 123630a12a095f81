"""Which topics are read: those of the sources that the brokers have.

A topic that they lack is told and waited for, since often whoever publishes makes it with the first
record. The others are read meanwhile.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from functools import partial

from service.ingest.committing.committer import Committer
from service.ingest.preparing.revision import Revision
from service.ingest.reading.kafka import existing_topics
from service.ingest.reading.reaching import Brokers
from service.outage import Outage
from service.store.topics import read_ledger


class FollowedTopics:
    """Looks for the topics of a revision, for one member of the group."""

    def __init__(self, brokers: Brokers, committer: Committer, group: str) -> None:
        self._brokers = brokers
        self._committer = committer
        self._group = group
        self._outage = Outage("topics")

    @property
    def lacking(self) -> str | None:
        """Which topics are not there and what to do, in a sentence; None where all are."""
        return self._outage.reason

    async def there(self, revision: Revision) -> AbstractSet[str] | None:
        """Those topics of a revision that the brokers have; None while these are away."""
        found = await self._brokers.asked(existing_topics)
        if found is None:
            return None
        self.see(revision, found)
        return found & revision.readers.keys()

    def see(self, revision: Revision, there: Collection[str]) -> None:
        """The brokers have these topics now."""
        sources = (reader.source for reader in revision.readers.values())
        lacking = [f"{s.topic} (source {s.id})" for s in sources if s.topic not in there]
        if lacking:
            names = ", ".join(sorted(lacking))
            remedy = "create it, or take the source out of the framework"
            self._outage.failed(f"the broker has no topic {names}: {remedy}")
        else:
            self._outage.over()

    async def is_overlooked(self, topics: AbstractSet[str]) -> bool:
        """Whether one of these was given to no member yet: none has a place of it.

        The group does not look at what a member reads that comes back under its name.
        """
        if not topics:
            return False
        read = partial(read_ledger, group=self._group, topics=topics)
        rows = await self._committer.run(read, tries=1)
        return rows is not None and bool(topics - {row.topic for row in rows})
