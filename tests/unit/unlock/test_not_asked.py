"""A password that nobody asked for was used: what it opened ends, in all its branches, and the sender hears of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.cast import OTHER, RECIPIENT, SENDER, build, join
from tests.support.level2 import OTHER_BROWSER, SETTINGS, Level2
from tests.unit.portal.test_code import visible
from tests.unit.portal.test_level2 import People
from tests.unit.unlock.authenticator import Authenticator
from tests.unit.unlock.passkey_owner import Keys
from tests.unit.unlock.test_voice import password
from zegel.unlock.remembered_devices import Kind, Let
from zegel.unlock.way import Opened
from zegel.vault.tables.records import Delivery

KIND = Kind("Firefox", "Android")
DAY = 86_400


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
def delivery(home: Level2) -> Delivery:
    (made,) = home.seal(RECIPIENT, level=1)
    home.run()
    return made


def enter(home: Level2, delivery: Delivery) -> str:
    """Whoever reads the mailbox asks for a password and types it; the cookie of that browser."""
    answer = home.core.passwords.enter(home.link(delivery), password(home, delivery), None)
    assert isinstance(answer, Opened)
    return answer.cookie


def reads(home: Level2, cookie: str, delivery: Delivery) -> bool:
    return home.core.access.session(cookie, home.now(delivery))


def object_to_it(home: Level2, delivery: Delivery) -> bool:
    home.clock.pass_(60)
    return home.core.feedback.not_asked(home.now(delivery))


def test_sessions_devices_and_passkeys_that_it_opened_end(home: Level2, delivery: Delivery) -> None:
    keys = Keys(home)
    thief = enter(home, delivery)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    key = keys.make(delivery, browser=thief)
    assert object_to_it(home, delivery)
    later = home.seal(RECIPIENT, level=1)[0]
    for each in (delivery, later):
        assert not reads(home, thief, each)
        assert not home.core.devices.knows(device, home.now(each))
        assert home.core.devices.let_in(device, home.now(each), "a cookie") is None
        assert not keys.passkeys.usable(home.now(each))
    assert home.core.devices.of(delivery) == [] and keys.passkeys.of(delivery) == ()
    enter(home, later)
    keys.make(later)
    assert keys.send(later, key.use(keys.ask(later))) == "unknown"


def test_so_does_what_these_opened_and_made_in_turn(home: Level2, delivery: Delivery) -> None:
    keys, second = Keys(home), home.seal(RECIPIENT, level=1)[0]
    thief = enter(home, delivery)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    let = home.core.devices.let_in(device, second, "another cookie")
    assert isinstance(let, Let) and reads(home, let.cookie, second)
    by_device = keys.make(second, browser=let.cookie)
    third = home.seal(RECIPIENT, level=1)[0]
    opened = keys.passkeys.open(home.link(third), by_device.use(keys.ask(third)), "cookie-of-jan")
    assert isinstance(opened, Opened)
    from_the_key = keys.make(third, browser=opened.cookie)
    assert object_to_it(home, delivery)
    assert not any((reads(home, thief, delivery), reads(home, let.cookie, second), reads(home, opened.cookie, third)))
    assert not keys.passkeys.usable(third), from_the_key


def test_so_do_messages_of_the_same_thread(home: Level2, delivery: Delivery) -> None:
    fellow = home.seal(RECIPIENT, level=1)[0]
    join(home.store, 77, delivery.message_id, fellow.message_id)
    thief = enter(home, delivery)
    assert reads(home, thief, fellow)
    assert object_to_it(home, delivery)
    assert not reads(home, thief, fellow) and not reads(home, thief, delivery)


def test_a_second_password_does_not_hide_what_the_first_opened(home: Level2, delivery: Delivery) -> None:
    thief = enter(home, delivery)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    enter(home, delivery)
    password(home, delivery)
    assert object_to_it(home, delivery)
    assert not reads(home, thief, delivery) and not home.core.devices.knows(device, delivery)


def test_it_counts_days_later_too(home: Level2, delivery: Delivery) -> None:
    enter(home, delivery)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    home.clock.pass_(3 * DAY)
    home.upkeep()
    assert object_to_it(home, delivery)
    assert not home.core.devices.knows(device, home.now(delivery))
    assert home.events().count("not asked") == 1


@pytest.mark.parametrize("state", ["recalled", "expired"])
def test_it_counts_when_the_message_has_ended(home: Level2, delivery: Delivery, state: str) -> None:
    enter(home, delivery)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    if state == "recalled":
        home.store.write(lambda: home.store.deliveries.recall(delivery.id))
    else:
        with closing(sqlite3.connect(home.built.folder / "zegel.db")) as database:
            database.execute("UPDATE message SET expires_at = ?", (home.clock() + 1,))
            database.commit()
        home.clock.pass_(2)
        home.upkeep()
    later = home.seal(RECIPIENT, level=1)[0]
    assert home.core.devices.knows(device, later)
    jan, path = People(home).browser(), People(home).path(delivery)
    home.run()
    before = len(home.letters(SENDER))
    done = jan.submit(f"{path}/not-asked", f"{path}/not-asked", sure="yes")
    assert done.header("Location") == f"{path}/not-asked?s=done"
    assert "the message was opened at" in visible(jan.get(done.header("Location")).text)
    assert not home.core.devices.knows(device, later)
    home.run()
    assert len(home.letters(SENDER)) == before + 1


def test_what_is_of_another_message_or_person_stays(home: Level2, delivery: Delivery) -> None:
    keys = Keys(home)
    mine, of_eva = home.seal(RECIPIENT, level=1)[0], home.seal(OTHER, level=1)[0]
    own, eva = enter(home, mine), enter(home, of_eva)
    device, key = home.core.devices.remember(mine, "", KIND, "nl"), keys.make(mine, browser=own)
    thief = enter(home, delivery)
    assert object_to_it(home, delivery)
    assert not reads(home, thief, delivery)
    assert reads(home, own, mine) and reads(home, eva, of_eva)
    assert home.core.devices.knows(device, home.now(delivery))
    assert keys.use(home.now(delivery), key) == "opened"


def test_what_was_said_before_is_not_said_of_what_came_after(home: Level2, delivery: Delivery) -> None:
    enter(home, delivery)
    assert object_to_it(home, delivery)
    first = home.core.feedback.seen(delivery)
    assert len(first.opened_at) == 1 and not first.taken
    own = enter(home, delivery)
    assert not object_to_it(home, home.seal(RECIPIENT, level=1)[0])
    assert reads(home, own, delivery)
    assert home.core.feedback.seen(delivery) == first
    home.core.access.opened_file(delivery, "file 1")
    assert object_to_it(home, delivery)
    second = home.core.feedback.seen(delivery)
    assert len(second.opened_at) == 1 and second.opened_at != first.opened_at and second.taken


def test_at_level_2_a_code_is_no_other_thing(home: Level2) -> None:
    delivery, keys = home.known(RECIPIENT), Keys(home)
    home.codes.ask(delivery, OTHER_BROWSER, "nl")
    home.run()
    opened = home.codes.enter(home.link(delivery), home.code(), OTHER_BROWSER)
    assert isinstance(opened, Opened)
    keys.make(delivery, Authenticator(), opened.cookie)
    device = home.core.devices.remember(delivery, "", KIND, "nl")
    assert object_to_it(home, delivery)
    assert not reads(home, opened.cookie, delivery)
    assert not home.core.devices.knows(device, delivery) and not keys.passkeys.usable(delivery)
    home.run()
    assert "code" in home.text(SENDER)


def test_the_sender_is_told_when_it_was_opened_and_only_then(home: Level2, delivery: Delivery) -> None:
    password(home, delivery)
    home.run()
    assert object_to_it(home, delivery)
    home.run()
    assert home.letters(SENDER) == []
    enter(home, delivery)
    home.core.access.opened_file(delivery, "file 1")
    home.run()
    assert object_to_it(home, delivery)
    assert not object_to_it(home, delivery)
    home.run()
    (letter,) = home.letters(SENDER)
    said = " ".join(home.text(SENDER).split())
    assert f"{RECIPIENT} heeft geen wachtwoord aangevraagd" in said and "Geopend: 15 januari 2027" in said
    assert "bestanden bekeken of gedownload" in said
    assert home.core.access.sender_link(delivery.message_id) in said
    assert "Auto-Submitted" in letter


def test_the_page_says_what_was_seen_and_the_thief_stands_outside(home: Level2, delivery: Delivery) -> None:
    people = People(home)
    thief, owner, path = people.browser(), people.browser(), people.path(delivery)
    home.clock.pass_(301)
    thief.submit(path, f"{path}/password")
    typed = home.built.passwords_sent()[-1]
    thief.submit(f"{path}/enter", f"{path}/enter", password=typed, remember="yes")
    assert thief.get(f"{path}/message").status == 200
    asking = owner.submit(f"{path}/not-asked", f"{path}/not-asked", sure="yes")
    page = visible(owner.get(asking.header("Location")).text)
    assert "Before that the message was opened at: 15 January 2027" in page
    assert "We told the sender" in page
    assert thief.get(f"{path}/message").status == 303
    assert thief.submit(path, f"{path}/remembered").header("Location") == path
    assert "Open the message" not in visible(thief.get(path).text)
