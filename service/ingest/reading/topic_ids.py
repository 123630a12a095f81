"""The ids of topics, by which one that was made anew is told from the one before it.

Brokers have given topics ids since Kafka 2.8. The client library asks for metadata in a version
that has none yet, so the one request that has them is spelled out here.
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection
from io import BytesIO
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_ID_BYTES: Final = 16
_NO_ID: Final = bytes(_ID_BYTES)
_NO_TAGS: Final[dict[int, bytes]] = {}
_NOTHING_ELSE: Final = (False, False, False)
"""Topics that are not there stay away; nobody's rights are asked for."""


async def topic_ids(consumer: AIOKafkaConsumer, topics: Collection[str]) -> dict[str, str]:
    """The ids of those of the topics that exist, as Kafka's own tools write them.

    Empty where the broker gives topics no ids. Raises KafkaError if it does not answer.
    """
    client = client_of(consumer)
    node = client.get_random_node()
    if node is None:
        raise NodeNotReadyError("no broker is known")
    try:
        answer = await client.send(node, _TopicIds(sorted(topics)))
    except (IncompatibleBrokerVersion, NotImplementedError):
        return {}
    return {
        name: urlsafe_b64encode(given).decode().rstrip("=")
        for error, name, given, *_ in answer.topics
        if not error and given != _NO_ID
    }


def client_of(consumer: AIOKafkaConsumer) -> Any:
    """What a consumer asks brokers with: nothing public asks for metadata, or for ids."""
    return consumer._client  # noqa: SLF001


class _Id(AbstractType[bytes]):  # type: ignore[misc]
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(_ID_BYTES)


_text: Final = CompactString("utf-8")
_numbers: Final = CompactArray(Int32)


class _TopicIdsResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", _text),
                ("port", Int32),
                ("rack", _text),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", _text),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("topic", _text),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _numbers),
                        ("isr", _numbers),
                        ("offline_replicas", _numbers),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _TopicIdsRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TopicIdsResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Id), ("topic", _text), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _TopicIds(Request[_TopicIdsRequest]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Collection[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_TopicIdsRequest]) -> Any:
        topics = [(_NO_ID, topic, _NO_TAGS) for topic in self._topics]
        return request_struct_class(topics, *_NOTHING_ELSE, _NO_TAGS)
