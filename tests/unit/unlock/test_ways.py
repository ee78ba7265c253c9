"""What every way in promises, whatever a recipient shows there; a new way is tried here as soon as it has a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import get_args

import pytest

from tests.support.cast import NOW, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, Level2
from zegel.unlock.agreed_codes import new_code
from zegel.unlock.objections import OBJECTIONS_MOST
from zegel.unlock.standing import Standing, closed, standing
from zegel.unlock.way import Asked, Opened, Refused, Way
from zegel.vault.tables.records import Delivery
from zegel.way_names import OF_LEVEL_2, WayName, way_of

WAYS: tuple[WayName, ...] = get_args(WayName)
LEVELS: dict[WayName, int] = {"password": 1, "sms": 2, "agreed": 2}
TYPED: dict[WayName, str] = {"password": "abcd-efgh-jkmn", "sms": "123456", "agreed": "een andere code 55"}
ASKED: dict[WayName, str] = {"password": "sent", "sms": "sent", "agreed": "known"}
AGREED = "groene appel 4827"


@pytest.fixture(params=WAYS)
def name(request: pytest.FixtureRequest) -> WayName:
    chosen: WayName = request.param
    return chosen


@pytest.fixture
def delivery(level2: Level2, name: WayName) -> Delivery:
    """A delivery that is opened in this way, and ready."""
    if name == "agreed":
        level2.core.agreed_codes.agree(RECIPIENT, new_code(AGREED), SENDER)
    else:
        level2.phonebook.give(RECIPIENT, NUMBER, SENDER)
    (sealed,) = level2.seal(RECIPIENT, level=LEVELS[name])
    level2.run()
    return level2.now(sealed)


@pytest.fixture
def way(level2: Level2, name: WayName) -> Way:
    return level2.core.ways[name]


def typed(level2: Level2, name: WayName) -> str:
    """What was sent, or told by telephone."""
    if name == "agreed":
        return AGREED
    if name == "password":
        sent = level2.built.passwords_sent()[-1]
        level2.run()
        return sent
    level2.run()
    return level2.code()


def test_a_level_has_a_way(name: WayName) -> None:
    assert way_of(LEVELS[name]) == name or name in OF_LEVEL_2[1:], "or it takes the place of the preferred one"


def test_who_types_what_was_sent_is_in(level2: Level2, name: WayName, way: Way, delivery: Delivery) -> None:
    assert delivery.way == name and way.ready(delivery)
    assert way.ask(delivery, BROWSER, "nl").kind == ASKED[name]
    opened = way.enter(level2.link(delivery), typed(level2, name), BROWSER)
    assert isinstance(opened, Opened) and opened.cookie != BROWSER
    assert level2.core.access.session(opened.cookie, delivery)
    assert not level2.core.access.session(BROWSER, delivery)


def test_a_link_that_nobody_was_given_opens_nothing(name: WayName, way: Way) -> None:
    assert way.enter("A" * 43, TYPED[name], BROWSER) == Refused("unknown")


def test_what_is_typed_in_another_way_opens_nothing_and_is_not_counted(
    level2: Level2, name: WayName, delivery: Delivery
) -> None:
    others = [other for other in WAYS if other != name]
    for other in others:
        for _ in range(30):
            assert level2.core.ways[other].ask(delivery, BROWSER, "nl").kind in ("other way", "ended")
            answer = level2.core.ways[other].enter(level2.link(delivery), TYPED[other], BROWSER)
            assert isinstance(answer, Refused) and answer.kind in ("wrong", "ended")
    now = level2.now(delivery)
    assert level2.core.agreed_codes.entry(RECIPIENT) is None or name == "agreed"
    assert (now.failures, now.paused_until, now.locked_at) == (0, 0, 0)


@pytest.mark.parametrize("why", ["recalled", "expired", "stopped", "over"])
def test_what_is_closed_sends_nothing_and_opens_for_nobody(
    level2: Level2, name: WayName, way: Way, delivery: Delivery, why: str
) -> None:
    way.ask(delivery, BROWSER, "nl")
    right = typed(level2, name)
    table = level2.store.deliveries
    if why == "over":
        level2.clock.pass_(40 * 86_400)
    else:
        changes: dict[str, Callable[[], object]] = {
            "recalled": partial(table.recall, delivery.id),
            "expired": partial(table.move, delivery.id, "notified", "expired"),
            "stopped": partial(table.stop, delivery.id, "person", level2.clock()),
        }
        level2.store.write(changes[why])
    level2.clock.pass_(90)
    assert way.ask(delivery, BROWSER, "nl").kind in ("ended", "limit", "stopped")
    assert isinstance(way.enter(level2.link(delivery), right, BROWSER), Refused)


@pytest.mark.parametrize("name", [each for each in WAYS if ASKED[each] == "sent"])
def test_who_did_not_ask_often_enough_gets_rest(level2: Level2, way: Way, delivery: Delivery) -> None:
    for _ in range(OBJECTIONS_MOST):
        level2.clock.pass_(601)
        assert way.ask(delivery, BROWSER, "nl").kind == "sent"
        level2.run()
        assert level2.core.feedback.not_asked(delivery)
    level2.clock.pass_(601)
    asked = way.ask(delivery, BROWSER, "nl")
    assert asked == Asked("quiet", asked.wait_seconds) and asked.wait_seconds > 0


AT_REST = Delivery(
    id=1, message_id=1, recipient=RECIPIENT, level=2, way="sms", state="notified", language="nl", generation=0,
    expires_at=NOW + 10, salt=b"",
)  # fmt: skip


@pytest.mark.parametrize(
    ("so", "expected"),
    [
        ({}, "open"),
        ({"state": "opened"}, "open"),
        ({"paused_until": NOW}, "open"),
        ({"paused_until": NOW + 1}, "paused"),
        ({"state": "held"}, "held"),
        ({"locked_at": 1.0}, "locked"),
        ({"stopped_at": 1.0}, "stopped"),
        ({"state": "recalled"}, "ended"),
        ({"state": "expired"}, "ended"),
        ({"expires_at": NOW}, "ended"),
        ({"paused_until": NOW + 1, "locked_at": 1.0}, "locked"),
        ({"locked_at": 1.0, "stopped_at": 1.0}, "stopped"),
        ({"stopped_at": 1.0, "state": "recalled"}, "ended"),
    ],
)
def test_a_delivery_stands_where_it_takes_most_to_move(so: dict[str, object], expected: Standing) -> None:
    found = replace(AT_REST, **so)  # type: ignore[arg-type]
    assert standing(found, NOW) == expected
    assert closed(found, NOW) == (expected not in ("open", "paused"))
