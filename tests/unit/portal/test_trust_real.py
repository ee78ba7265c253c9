"""The pages of trust with the real core behind them, and a clock that is set by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cast import RECIPIENT, SENDER, build
from tests.support.level2 import SETTINGS, Level2
from tests.unit.portal.portal_client import Client
from tests.unit.portal.test_code import visible
from tests.unit.portal.test_level2 import People, sender_path
from zegel.vault.tables.records import Delivery

DAY = 86_400
DEVICE = "zegel-device"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Level2]:
    """A house where devices are remembered for ten days."""
    build(tmp_path, SETTINGS).core.close()
    file = tmp_path / "zegel.yaml"
    file.write_text(file.read_text().replace(':8080"}', ':8080", remember_days: 10}'))
    made = Level2(build(tmp_path, SETTINGS))
    yield made
    made.core.close()


@pytest.fixture
def people(home: Level2) -> People:
    return People(home)


@pytest.fixture
def delivery(home: Level2) -> Delivery:
    (made,) = home.seal(RECIPIENT, level=1)
    home.run()
    return made


def unlock(people: People, browser: Client, delivery: Delivery, **more: str) -> str:
    """A minute later: asks for a password, takes it from the mail, types it; the password."""
    path, home = people.path(delivery), people.level2
    home.clock.pass_(301)
    assert browser.submit(path, f"{path}/password").status == 303
    password = home.built.passwords_sent()[-1]
    home.run()
    answer = browser.submit(f"{path}/enter", f"{path}/enter", password=password, **more)
    assert answer.header("Location") == f"{path}/message"
    return password


def test_two_people_at_one_mailbox_read_beside_each_other(people: People, delivery: Delivery) -> None:
    jan, eva, path = people.browser(), people.browser(), people.path(delivery)
    unlock(people, jan, delivery)
    unlock(people, eva, delivery)
    assert jan.get(f"{path}/message").status == eva.get(f"{path}/message").status == 200
    jan.submit(f"{path}/message", f"{path}/sign-out")
    assert jan.get(f"{path}/message").status == 303
    assert eva.get(f"{path}/message").status == 200


def test_a_remembered_browser_goes_on_without_a_password_and_another_does_not(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan = people.browser()
    unlock(people, jan, delivery, remember="yes")
    first = jan.cookies[DEVICE]
    home.clock.pass_(2 * DAY)
    (later,) = home.seal(RECIPIENT, level=1)
    path = people.path(later)
    assert "This device is remembered." in visible(jan.get(path).text)
    assert jan.submit(path, f"{path}/remembered").header("Location") == f"{path}/message"
    assert jan.get(f"{path}/message").status == 200 and jan.cookies[DEVICE] != first
    thief = people.browser()
    thief.cookies[DEVICE] = first
    home.clock.pass_(61)
    assert thief.submit(path, f"{path}/remembered").header("Location") == path
    assert thief.get(f"{path}/message").status == 303


def test_a_phrase_is_set_after_the_unlock_and_seen_in_the_next_mail(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, path = people.browser(), people.path(delivery)
    unlock(people, jan, delivery)
    jan.submit(f"{path}/you", f"{path}/you/phrase", phrase="blauwe fiets")
    home.seal(RECIPIENT, level=1)
    home.run()
    assert "Uw herkenningszin: blauwe fiets" in home.text(RECIPIENT)


def test_a_used_password_is_told_so_and_costs_no_try(people: People, delivery: Delivery, home: Level2) -> None:
    jan, eva, path = people.browser(), people.browser(), people.path(delivery)
    used = unlock(people, jan, delivery)
    for _ in range(12):
        answer = eva.submit(f"{path}/enter", f"{path}/enter", password=used)
        assert answer.status == 422 and "You used this password already." in visible(answer.text)
    answer = eva.submit(f"{path}/enter", f"{path}/enter", password="x" * 12)
    assert "You can try 9 more times." in visible(answer.text)
    other = unlock(people, eva, delivery)
    home.clock.pass_(3601)
    answer = people.browser().submit(f"{path}/enter", f"{path}/enter", password=other)
    assert "You used this password already." in visible(answer.text)


def test_a_password_that_was_never_used_and_is_over_is_told_so(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, path = people.browser(), people.path(delivery)
    jan.submit(path, f"{path}/password")
    home.clock.pass_(3601)
    for _ in range(12):
        answer = jan.submit(f"{path}/enter", f"{path}/enter", password=home.built.passwords_sent()[-1])
        assert "This password does not work any more." in visible(answer.text)


def test_the_password_mail_leads_to_the_field(people: People, delivery: Delivery, home: Level2) -> None:
    jan, path = people.browser(), people.path(delivery)
    jan.submit(path, f"{path}/password")
    home.run()
    (link,) = set(re.findall(rf"https?://\S*{path}/\w+(?!\S)", home.text(RECIPIENT)))
    page = jan.get(link[link.index("/m/") :]).text
    assert 'name="password"' in page


def test_a_message_that_the_sender_can_still_keep_longer_is_not_called_destroyed(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, path = people.browser(), people.path(delivery)
    home.clock.pass_(30 * DAY + 1)
    page = jan.get(path)
    assert page.status == 410 and "You could read it" in visible(page.text) and "destroyed" not in page.text
    home.upkeep()
    home.clock.pass_(DAY)
    assert "After that we destroyed it" in visible(jan.get(path).text)


def test_what_was_kept_as_long_as_can_be_is_called_destroyed_only_when_it_is(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, anna, path = people.browser(), people.browser(), people.path(delivery)
    for _ in range(75):
        home.clock.pass_(DAY)
        message = home.store.message(delivery.message_id)
        assert message is not None
        home.core.sender.extend(message)
    message = home.store.message(delivery.message_id)
    assert message is not None and not home.core.sender.can_extend(message)
    home.clock.pass_(message.expires_at - home.clock() + 1)
    page, asked = anna.get(sender_path(home, delivery)), jan.get(path)
    assert page.status == 410 and "/extend" not in page.text
    assert "The message cannot be kept longer." in visible(page.text)
    assert "destroyed" not in visible(page.text) + visible(asked.text)
    jan.submit(path, f"{path}/ask-sender")
    home.run()
    assert "kan niet langer worden bewaard" in " ".join(home.text(SENDER).split())
    home.clock.pass_(DAY)
    home.upkeep()
    for seen in (anna.get(sender_path(home, delivery)), jan.get(path)):
        assert "After that we destroyed it" in visible(seen.text)


def test_who_comes_too_late_asks_and_the_sender_hears_and_sees_it(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, anna, path = people.browser(), people.browser(), people.path(delivery)
    home.clock.pass_(31 * DAY)
    home.upkeep()
    for _ in range(3):
        page = jan.get(path)
        if "/ask-sender" in page.text:
            assert jan.submit(path, f"{path}/ask-sender").header("Location") == path
    assert "that you would still like to read this message" in visible(jan.get(path).text)
    home.run()
    asked = [letter for letter in home.letters(SENDER) if RECIPIENT in str(letter["Subject"])]
    assert len(asked) == 1
    page = anna.get(sender_path(home, delivery))
    assert page.status == 410
    assert RECIPIENT in page.text and "After that we destroyed it" in visible(page.text)
    assert "/extend" not in page.text


def test_just_after_the_end_the_sender_can_still_keep_it_and_who_asked_reads_on(
    people: People, delivery: Delivery, home: Level2
) -> None:
    jan, anna, path = people.browser(), people.browser(), people.path(delivery)
    home.clock.pass_(30 * DAY + 10)
    assert jan.get(path).status == 410
    jan.submit(path, f"{path}/ask-sender")
    sender_page = sender_path(home, delivery)
    assert "still there, but not for long" in visible(anna.get(sender_page).text)
    told = anna.submit(sender_page, f"{sender_page}/extend", sure="yes").header("Location")
    assert "The message can be read longer now." in visible(anna.get(told).text)
    before = len(home.letters(RECIPIENT))
    home.run()
    assert len(home.letters(RECIPIENT)) == before + 1
    unlock(people, jan, home.now(delivery))
    assert jan.get(f"{path}/message").status == 200


def test_saying_that_it_is_not_for_him_closes_it_for_everybody_until_the_sender_has_looked(
    people: People, delivery: Delivery, home: Level2
) -> None:
    reader, jan, anna, path = people.browser(), people.browser(), people.browser(), people.path(delivery)
    unlock(people, reader, delivery)
    jan.submit(f"{path}/not-mine", f"{path}/not-mine", why="person")
    assert reader.get(f"{path}/message").status == 303
    assert "The sender has been told" in visible(reader.get(path).text)
    sender_page = sender_path(home, delivery)
    told = anna.submit(sender_page, f"{sender_page}/resume", delivery=str(delivery.id), sure="yes").header("Location")
    assert "The recipient can open the message again." in visible(anna.get(told).text)
    unlock(people, reader, delivery)
    assert reader.get(f"{path}/message").status == 200
