"""Remembered devices: who gets in with them, up to what, how long, and how they are lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, SENDER, build
from tests.support.level2 import BROWSER, NUMBER, SETTINGS, Level2
from zegel.unlock.remembered_devices import DAY, GRACE_SECONDS, MOST, Kind, Let
from zegel.vault.tables.records import Delivery

DAYS = 10
KIND = Kind("Firefox", "Android")
SESSION = "cookie-of-a-session"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Level2]:
    """A house where devices are remembered for ten days."""
    build(tmp_path, SETTINGS).core.close()
    file = tmp_path / "zegel.yaml"
    file.write_text(file.read_text().replace('portal: {url: "http://127.0.0.1:8080"}', PORTAL))
    made = Level2(build(tmp_path, SETTINGS))
    yield made
    made.core.close()


PORTAL = f'portal: {{url: "http://127.0.0.1:8080", remember_days: {DAYS}}}'


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


def test_its_owner_gets_a_mail_with_a_link_that_removes_it(home: Level2) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    home.run()
    bodies = [str(body.get_content()) for each in home.letters(RECIPIENT) if (body := each.get_body(("plain",)))]
    (text,) = [body for body in bodies if "/d/" in body]
    assert "Firefox op Android" in text
    link = next(word for word in text.split() if "/d/" in word)
    session = home.core.devices.let_in(cookie, delivery, SESSION)
    token = link.rpartition("/d/")[2]
    device = home.core.devices.by_link(token)
    assert device is not None and device.kind == KIND and session is not None
    assert home.core.devices.disown(token)
    assert not home.core.devices.disown(token)
    assert home.core.devices.by_link(token) is None
    assert not home.core.devices.knows(session.device, delivery)
    assert not home.core.access.session(session.cookie, delivery), "everything that was open is closed"


def test_one_mail_for_one_device_and_none_when_it_is_gone_already(home: Level2) -> None:
    delivery = one(home)
    cookie = remembered(home, delivery)
    cookie = remembered(home, delivery, cookie)
    assert home.due().count("new-device") == 1
    assert count(home) == 1, "the same browser is one device"
    (device,) = home.core.devices.of(delivery, cookie)
    assert device.here
    assert home.core.devices.remove(delivery, device.id)
    home.run()
    assert not any("apparaat" in str(letter["Subject"]) for letter in home.letters(RECIPIENT))


def test_a_recipient_removes_his_own_devices_only(home: Level2) -> None:
    jan, eva = home.seal(RECIPIENT, OTHER, level=1)
    cookie = remembered(home, jan)
    (device,) = home.core.devices.of(jan)
    assert not home.core.devices.remove(eva, device.id)
    assert home.core.devices.of(eva) == []
    assert home.core.devices.remove(jan, device.id)
    assert not home.core.devices.remove(jan, device.id)
    assert not home.core.devices.knows(cookie, jan)


def test_signing_out_forgets_this_browser_and_no_other(home: Level2) -> None:
    delivery = one(home)
    mine, other = remembered(home, delivery), remembered(home, delivery)
    home.core.devices.forget(mine)
    assert not home.core.devices.knows(mine, delivery)
    assert home.core.devices.knows(other, delivery)


def test_signing_out_everywhere_ends_all_of_one_recipient_and_nothing_of_another(home: Level2) -> None:
    jan, eva = home.seal(RECIPIENT, OTHER, level=1)
    (again,) = home.seal("JAN@post.example", level=1)
    devices, access = home.core.devices, home.core.access
    jans, evas = remembered(home, jan), remembered(home, eva)
    lets = [devices.let_in(jans, jan, SESSION), devices.let_in(evas, eva, SESSION)]
    later = devices.let_in(lets[0].device if lets[0] else "", again, SESSION)
    assert all(lets) and later
    devices.sign_out_everywhere(jan)
    assert not access.session(later.cookie, jan) and not access.session(later.cookie, again)
    assert devices.of(jan) == [] and len(devices.of(eva)) == 1
    assert lets[1] and access.session(lets[1].cookie, eva)


def test_two_people_at_one_computer_keep_their_own(home: Level2) -> None:
    jan, eva = home.seal(RECIPIENT, OTHER, level=1)
    cookie = remembered(home, jan)
    cookie = remembered(home, eva, cookie)
    for delivery in (jan, eva):
        let = home.core.devices.let_in(cookie, delivery, SESSION)
        assert let is not None
        cookie = let.device
    assert len(home.core.devices.of(jan)) == len(home.core.devices.of(eva)) == 1


def test_there_are_never_more_than_some(home: Level2) -> None:
    delivery = one(home)
    first = remembered(home, delivery)
    for _ in range(MOST):
        home.clock.pass_(1)
        remembered(home, delivery)
    assert count(home) == MOST
    assert not home.core.devices.knows(first, delivery)


def test_the_database_tells_neither_cookies_nor_addresses_nor_browsers(home: Level2) -> None:
    cookie = remembered(home, one(home))
    row = repr(rows(home))
    for word in (cookie, RECIPIENT, "post.example", "Firefox", "Android"):
        assert word not in row


def test_without_the_setting_nothing_is_remembered(level2: Level2) -> None:
    (delivery,) = level2.seal(RECIPIENT, level=1)
    cookie = level2.core.devices.remember(delivery, "", KIND, "nl")
    assert count(level2) == 0 and not level2.core.devices.knows(cookie, delivery)
    assert not level2.core.devices.knows(BROWSER, delivery)


def count(home: Level2) -> int:
    return len(rows(home))


def rows(home: Level2) -> list[Any]:
    """What the database itself has."""
    with closing(sqlite3.connect(home.built.folder / "zegel.db")) as database:
        return database.execute("SELECT * FROM device").fetchall()
