"""What recipients write back, and what of it is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.cast import COLLEAGUE
from tests.support.level2 import Level2
from tests.unit.conversations.replying import Answering
from tests.unit.conversations.test_replies import DAY, PDF
from zegel.conversations.replies import Replied, ReplyRefused, Upload


@pytest.fixture
def answering(level2: Level2) -> Answering:
    return Answering(level2)


# What is refused.


def test_a_reply_has_something_in_it(answering: Answering) -> None:
    delivery = answering.seal()
    replies = answering.level2.core.replies
    assert replies.send(delivery, [], " \n\x00 ", []) == ReplyRefused("empty")
    assert isinstance(replies.send(delivery, [], "", [PDF]), Replied)


def test_the_limits_are_those_of_the_settings(answering: Answering) -> None:
    delivery = answering.seal()
    replies, limits = answering.level2.core.replies, answering.level2.core.settings.replies
    assert (limits.size, limits.files, limits.text, limits.per_hour, limits.per_day) == (
        25_000_000,
        20,
        100_000,
        10,
        50,
    )
    assert replies.send(delivery, [], "x" * 100_001, []) == ReplyRefused("long")
    assert replies.send(delivery, [], "x", [PDF] * 21) == ReplyRefused("many")
    large = Upload("groot", "", bytes(25_000_000))
    assert replies.send(delivery, [], "x", [large]) == ReplyRefused("large")
    assert "reply" not in answering.level2.due()


def test_ten_an_hour_and_fifty_a_day(answering: Answering) -> None:
    delivery, clock, replies = answering.seal(), answering.level2.clock, answering.level2.core.replies
    for number in range(50):
        if number and number % 10 == 0:
            assert replies.send(delivery, [], "te veel", []) == ReplyRefused("often", 3600)
            clock.pass_(3600)
        answering.send(delivery, f"nummer {number}")
    clock.pass_(3600)
    assert replies.send(delivery, [], "te veel", []) == ReplyRefused("often", DAY - 5 * 3600)
    answering.send(answering.seal(), "een andere ontvanger, of een ander bericht")
    clock.pass_(DAY - 5 * 3600)
    answering.send(delivery, "de volgende dag")


def test_an_ended_message_is_not_answered(answering: Answering) -> None:
    replies, store = answering.level2.core.replies, answering.level2.store
    recalled, expired = answering.seal(), answering.seal(days=1)
    store.write(lambda: store.deliveries.recall(recalled.id))
    answering.level2.clock.pass_(2 * DAY)
    answering.level2.upkeep()
    assert replies.send(recalled, [], "x", []) == replies.send(expired, [], "x", []) == ReplyRefused("ended")


def test_a_second_press_is_the_same_reply(answering: Answering) -> None:
    delivery = answering.seal()
    first = answering.send(delivery, "een keer", (COLLEAGUE,), (PDF,))
    answering.level2.clock.pass_(9 * 60)
    assert answering.send(delivery, "een keer\r\n", (COLLEAGUE.upper(),), (PDF,)) == first
    others = {
        answering.send(delivery, "een keer", (), (PDF,)),
        answering.send(delivery, "een keer", (COLLEAGUE,)),
        answering.send(delivery, "een keer!", (COLLEAGUE,), (PDF,)),
        answering.send(answering.seal(), "een keer", (COLLEAGUE,), (PDF,)),
    }
    answering.level2.clock.pass_(2 * 60)
    others.add(answering.send(delivery, "een keer", (COLLEAGUE,), (PDF,)))
    assert len(others | {first}) == 6


def test_presses_at_the_same_time_are_one_reply(answering: Answering) -> None:
    delivery = answering.seal()
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: answering.send(delivery, "tegelijk"), range(16)))
    assert len(ids) == 1 and answering.level2.due().count("reply") == 1
