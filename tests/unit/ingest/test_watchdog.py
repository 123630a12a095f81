"""When records wait and none is handed out, and what excuses that."""

from aiokafka import TopicPartition

from service.ingest.reading.watchdog import Reading, Watchdog

ONE, OTHER = TopicPartition("orders", 0), TopicPartition("orders", 1)


def stalled(
    watchdog: Watchdog, now_s: float, *read_to: int, settling: bool = False
) -> list[TopicPartition]:
    readings = {p: Reading(at, 10) for p, at in zip((ONE, OTHER), read_to, strict=False)}
    return watchdog.stalled(readings, now_s, settling=settling)


def test_a_position_that_stands_while_records_wait_is_told_after_its_time() -> None:
    watchdog = Watchdog(30)
    assert [stalled(watchdog, now_s, 5) for now_s in (0, 10, 20, 30)] == [[], [], [], [ONE]]


def test_a_position_that_moves_or_has_reached_the_end_is_well() -> None:
    watchdog = Watchdog(30)
    assert not any(stalled(watchdog, now_s, now_s // 20) for now_s in range(0, 100, 10))
    assert not any(stalled(watchdog, now_s, 10) for now_s in range(100, 200, 10))


def test_one_partition_that_stands_is_told_although_others_move_and_batches_are_settled() -> None:
    watchdog = Watchdog(30)
    found = [stalled(watchdog, n * 10, 5, n, settling=True) for n in range(4)]
    assert found == [[], [], [], [ONE]]


def test_time_that_the_database_takes_does_not_count() -> None:
    watchdog = Watchdog(30)
    stalled(watchdog, 0, 5)
    assert not any(stalled(watchdog, now_s, 5, settling=True) for now_s in range(10, 100, 10))
    assert [stalled(watchdog, now_s, 5) for now_s in (100, 110, 120)] == [[], [], [ONE]]


def test_what_was_seen_before_the_broker_was_away_says_nothing() -> None:
    watchdog = Watchdog(30)
    stalled(watchdog, 0, 5)
    watchdog.forget()
    assert [stalled(watchdog, now_s, 5) for now_s in (100, 110)] == [[], []]
