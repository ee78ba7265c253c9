"""Remembered devices: how they are lost, and what the database tells of them."""

from __future__ import annotations

from tests.support.cast import OTHER, RECIPIENT
from tests.support.level2 import BROWSER, Level2
from tests.unit.unlock.device_rows import count, rows
from tests.unit.unlock.test_devices import KIND, SESSION, one, remembered
from zegel.unlock.remembered_devices import MOST


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
