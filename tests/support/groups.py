"""A group of consumers as the broker sees it."""

from typing import Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError


class Group(NamedTuple):
    """`state` in Kafka's own words, and how many members it has."""

    state: str
    members: int


NOT_YET: Final = Group("Dead", 0)
"""What a broker would say that has kept groups before."""


async def group_of(broker: str, name: str) -> Group:
    """The group of this name as it is now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        [described] = await admin.describe_consumer_groups([name])
    except GroupCoordinatorNotAvailableError:
        return NOT_YET
    finally:
        await admin.close()
    [(_, _, state, _, _, members, *_)] = described.groups
    return Group(state, len(members))
