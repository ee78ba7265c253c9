"""Remembered devices: who gets in with them, up to what, how long, and how they are lost."""

from __future__ import annotations

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, SENDER
from tests.support.level2 import NUMBER, Level2
from tests.unit.unlock.conftest import DAYS
from tests.unit.unlock.device_rows import count
from zegel.unlock.remembered_devices import DAY, GRACE_SECONDS, Kind, Let
from zegel.vault.tables.records import Delivery

KIND = Kind("Firefox", "Android")
SESSION = "cookie-of-a-session"


def remembered(home: Level2, delivery: Delivery, cookie: str = "") -> str:
    """The device cookie of a browser that has just opened `delivery` and ticked the box."""
    return home.core.devices.remember(delivery, cookie, KIND, "nl")


def one(home: Level2, recipient: str = RECIPIENT, level: int = 1) -> Delivery:
    (delivery,) = home.seal(recipient, level=level)
    return delivery


def test_a_remembered_browser_opens_later_messages_without_a_password(home: Level2) -> None:
    cookie = remembered(home, one(home))
    later = one(home)
    let = home.core.devices.let_in(cookie, later, SESSION)
    assert isinstance(let, Let)
    access = home.core.access
    assert access.session(let.cookie, later) and access.original(later) == ORIGINAL
    assert not access.session(SESSION, later), "the session is a new one"
    assert home.now(later).state == "opened"
    assert home.events()[-2:] == ["device used", "opened"], "every opening is in the audit log"


def test_looking_opens_nothing(home: Level2) -> None:
    cookie, later = remembered(home, one(home)), one(home)
    before = home.events()
    assert home.core.devices.knows(cookie, later)
    assert home.events() == before and home.now(later).state == "notified"


def test_no_other_recipient_is_opened_by_it(home: Level2) -> None:
    jan, eva = home.seal(RECIPIENT, OTHER, level=1)
    cookie = remembered(home, jan)
    assert not home.core.devices.knows(cookie, eva)
    assert home.core.devices.let_in(cookie, eva, SESSION) is None
    assert home.now(eva).state == "notified"
    assert home.core.devices.let_in(cookie, jan, SESSION), "and that cost the owner nothing"


def test_a_device_won_with_a_password_opens_nothing_that_takes_a_code(home: Level2) -> None:
    cookie = remembered(home, one(home))
    strict = home.known(RECIPIENT)
    assert strict.level == 2
    assert home.core.devices.let_in(cookie, strict, SESSION) is None
    cookie = remembered(home, strict, cookie)
    assert home.core.devices.let_in(cookie, one(home), SESSION), "one won with a code opens both"
    assert [device.level for device in home.core.devices.of(strict)] == [2]


def test_raising_the_level_shuts_out_a_device_of_level_1(home: Level2) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    message = home.store.message(delivery.message_id)
    assert message is not None
    home.phonebook.give(RECIPIENT, "+31612345954", "administrator")
    assert home.sender.raise_level(message, delivery.id)
    assert not home.core.devices.knows(cookie, home.now(delivery))


def test_the_cookie_changes_at_every_use_and_the_old_one_is_good_for_a_minute(home: Level2) -> None:
    delivery = one(home)
    first = remembered(home, delivery)
    let = home.core.devices.let_in(first, delivery, SESSION)
    assert let is not None and let.device not in ("", first)
    again = home.core.devices.let_in(first, delivery, SESSION)
    assert again is not None and again.device == "", "two windows at once: the browser keeps the new one"
    assert home.core.devices.let_in(let.device, delivery, SESSION)


def test_an_old_copy_of_a_cookie_ends_the_device_for_thief_and_owner(home: Level2) -> None:
    delivery = one(home)
    stolen = remembered(home, delivery)
    let = home.core.devices.let_in(stolen, delivery, SESSION)
    assert let is not None
    home.clock.pass_(GRACE_SECONDS + 1)
    assert home.core.devices.let_in(stolen, delivery, SESSION) is None
    assert "device removed" in home.events()
    assert home.core.devices.let_in(let.device, delivery, SESSION) is None
    assert home.core.devices.of(delivery) == []


def test_it_ends_after_its_days_however_often_it_is_used(home: Level2) -> None:
    (delivery,) = home.seal(RECIPIENT, level=1, days=60)
    cookie = remembered(home, delivery)
    home.clock.pass_((DAYS - 1) * DAY)
    let = home.core.devices.let_in(cookie, delivery, SESSION)
    assert let is not None
    home.clock.pass_(DAY)
    assert not home.core.devices.knows(let.device, delivery)
    home.upkeep()
    assert count(home) == 0


def test_a_password_does_not_prolong_what_a_code_won(home: Level2) -> None:
    """Who has the laptop and the mailbox would otherwise read what takes a code for ever."""
    home.phonebook.give(RECIPIENT, NUMBER, SENDER)
    (strict,) = home.seal(RECIPIENT, days=60)
    cookie = remembered(home, strict)
    home.clock.pass_((DAYS - 1) * DAY)
    cookie = remembered(home, one(home), cookie)
    assert home.core.devices.knows(cookie, strict), "and it does not end it before its time"
    home.clock.pass_(DAY)
    assert not home.core.devices.knows(cookie, strict)


def test_settings_of_today_count_also_for_devices_of_yesterday(home: Level2) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    file = home.built.folder / "zegel.yaml"
    file.write_text(file.read_text().replace(f"remember_days: {DAYS}", "remember_days: 0"))
    strict = home.restart()
    assert not strict.core.devices.knows(cookie, delivery)
    assert strict.core.devices.let_in(cookie, delivery, SESSION) is None
    remembered(strict, delivery)
    strict.upkeep()
    assert count(strict) == 0
    strict.core.close()


@pytest.mark.parametrize("end", ["recalled", "stopped"])
def test_what_cannot_be_opened_is_not_opened_by_a_device(home: Level2, end: str) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    deliveries = home.store.deliveries
    change = {
        "recalled": lambda: deliveries.recall(delivery.id),
        "stopped": lambda: deliveries.stop(delivery.id, "person", home.clock()),
    }[end]
    home.store.write(change)
    assert home.core.devices.let_in(cookie, home.now(delivery), SESSION) is None


def test_a_locked_message_is_not_opened_by_a_device(home: Level2) -> None:
    delivery = home.known(RECIPIENT)
    cookie = remembered(home, delivery)
    home.store.write(lambda: home.store.deliveries.lock(delivery.id, home.clock()))
    assert home.core.devices.let_in(cookie, home.now(delivery), SESSION) is None


def test_a_stranger_who_types_wrong_passwords_keeps_no_remembered_device_out(home: Level2) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    home.store.write(lambda: home.store.deliveries.pause(delivery.id, home.clock() + 900))
    assert home.core.devices.let_in(cookie, home.now(delivery), SESSION)


@pytest.mark.parametrize("change", ["another", "none"])
def test_another_number_or_none_ends_what_codes_won_and_nothing_else(home: Level2, change: str) -> None:
    """The phone that got the codes may have been a stranger's."""
    strict, simple = home.known(RECIPIENT), one(home)
    by_code, by_password = remembered(home, strict), remembered(home, simple)
    if change == "another":
        home.phonebook.give(RECIPIENT, "+31687654321", "administrator")
    else:
        home.phonebook.forget(RECIPIENT, "administrator")
    assert not home.core.devices.knows(by_code, simple)
    assert home.core.devices.knows(by_password, simple)
