"""Who may open what: the recipient, another recipient, and an outsider who is refused everywhere."""

from __future__ import annotations

import pytest

from tests.support.cast import ORIGINAL, OTHER, RECIPIENT, Built, build
from zegel.unlock import passwords
from zegel.unlock.access import masked
from zegel.unlock.passwords import ALPHABET, as_typed, from_bytes, grouped, new_password
from zegel.unlock.way import Opened, Refused
from zegel.vault.keyring import KeyGone


def unlock(built: Built, delivery: object, typed: str, cookie: str | None = None) -> Opened | Refused:
    return built.core.passwords.enter(built.link(delivery), typed, cookie)  # type: ignore[arg-type]


@pytest.mark.usefixtures("costly_passwords")
def test_the_recipient_asks_a_password_and_reads(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    access, passwords = built.core.access, built.core.passwords
    assert passwords.ask(delivery, "", "nl").kind == "sent"
    (password,) = built.passwords_sent()
    opened = unlock(built, delivery, grouped(password).upper())
    assert isinstance(opened, Opened)
    assert access.session(opened.cookie, delivery)
    assert access.original(delivery) == ORIGINAL
    found = access.delivery(built.link(delivery))
    assert found is not None and found.state == "opened"


def test_a_password_ends_at_first_use(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    built.core.passwords.ask(delivery, "", "nl")
    (password,) = built.passwords_sent()
    assert isinstance(unlock(built, delivery, password), Opened)
    assert unlock(built, delivery, password) == Refused("used")


def test_a_password_ends_after_an_hour(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    built.core.passwords.ask(delivery, "", "nl")
    (password,) = built.passwords_sent()
    built.clock.pass_(3601)
    assert isinstance(unlock(built, delivery, password), Refused)


def test_a_password_of_one_delivery_does_not_open_another(built: Built) -> None:
    one, other = built.seal(RECIPIENT, OTHER)
    built.core.passwords.ask(one, "", "nl")
    (password,) = built.passwords_sent()
    assert unlock(built, other, password) == Refused("wrong", tries_left=9)


def test_an_outsider_with_a_made_up_link_learns_nothing(built: Built) -> None:
    built.seal(RECIPIENT)
    access, passwords = built.core.access, built.core.passwords
    assert access.delivery("A" * 43) is None
    assert passwords.enter("A" * 43, "abcdefghjkmn", None) == Refused("unknown")


def test_what_is_refused_whatever_was_typed_takes_no_hash(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four at a time are hashed for everybody, so a stranger must not be able to keep those places taken."""
    (delivery,) = built.seal(RECIPIENT)
    hashed: list[str] = []

    def count(password: str, salt: bytes) -> bytes:
        hashed.append(password)
        return bytes(32)

    monkeypatch.setattr(passwords, "password_hash", count)
    assert built.core.passwords.enter("A" * 43, "abcdefghjkmn", None) == Refused("unknown")
    assert hashed == []
    for _ in range(50):
        unlock(built, delivery, "wrong-wrong")
    assert len(hashed) == 10


def test_asking_again_within_a_minute_sends_nothing_new(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    passwords = built.core.passwords
    assert passwords.ask(delivery, "", "nl").kind == "sent"
    for _ in range(10):
        asked = passwords.ask(delivery, "", "nl")
        assert asked.kind == "recent" and 0 < asked.wait_seconds <= 60
    assert len(built.passwords_sent()) == 1


def test_three_passwords_in_ten_minutes_and_ten_a_day(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    passwords = built.core.passwords
    for _ in range(3):
        assert passwords.ask(delivery, "", "nl").kind == "sent"
        built.clock.pass_(61)
    asked = passwords.ask(delivery, "", "nl")
    assert asked.kind == "limit" and 0 < asked.wait_seconds <= 600
    for _ in range(60):
        built.clock.pass_(600)
        passwords.ask(delivery, "", "nl")
    assert len(built.passwords_sent()) == 10


def test_at_most_three_passwords_live_at_once_and_the_newest_count(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    for _ in range(4):
        built.core.passwords.ask(delivery, "", "nl")
        built.clock.pass_(700)
    first, *newest = built.passwords_sent()
    assert len(newest) == 3
    assert isinstance(unlock(built, delivery, first), Refused)
    for password in newest:
        assert isinstance(unlock(built, delivery, password), Opened)


def test_ten_wrong_passwords_pause_the_link_through_a_restart_and_delete_nothing(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    built.core.passwords.ask(delivery, "", "nl")
    (password,) = built.passwords_sent()
    for left in range(9, 0, -1):
        assert unlock(built, delivery, "wrong-wrong") == Refused("wrong", tries_left=left)
    assert unlock(built, delivery, "wrong-wrong") == Refused("paused", 900)
    built.core.close()
    again = build(built.folder)
    again.clock.pass_(10)
    assert unlock(again, delivery, password) == Refused("paused", 890)
    assert again.core.passwords.ask(delivery, "", "nl").kind == "paused"
    again.clock.pass_(15 * 60)
    assert isinstance(unlock(again, delivery, password), Opened)
    assert again.core.access.original(delivery) == ORIGINAL
    again.core.close()


def test_an_empty_field_is_no_try(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    for _ in range(20):
        assert unlock(built, delivery, " - ") == Refused("empty")
    assert unlock(built, delivery, "x") == Refused("wrong", tries_left=9)


def test_the_cookie_changes_at_unlock_and_what_was_open_moves_along(built: Built) -> None:
    one, other = built.seal(RECIPIENT, OTHER)
    access, passwords = built.core.access, built.core.passwords
    passwords.ask(one, "", "nl")
    built.clock.pass_(1)
    passwords.ask(other, "", "nl")
    first_password, second_password = built.passwords_sent()
    first = unlock(built, one, first_password, "fixed by an attacker")
    assert isinstance(first, Opened) and not access.session("fixed by an attacker", one)
    second = unlock(built, other, second_password, first.cookie)
    assert isinstance(second, Opened) and second.cookie != first.cookie
    assert access.session(second.cookie, one) and access.session(second.cookie, other)
    assert not access.session(first.cookie, one)


def test_a_session_ends_by_idling_by_its_age_and_by_signing_out(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT)
    access, passwords = built.core.access, built.core.passwords
    cookies = []
    for _ in range(3):
        passwords.ask(delivery, "", "nl")
        opened = unlock(built, delivery, built.passwords_sent()[-1])
        assert isinstance(opened, Opened)
        cookies.append(opened.cookie)
        built.clock.pass_(100)
    access.sign_out(cookies[0])
    assert [access.session(cookie, delivery) for cookie in cookies] == [False, True, True]
    for _ in range(9):
        built.clock.pass_(25 * 60)
        assert access.session(cookies[1], delivery)
    assert not access.session(cookies[2], delivery), "idle for longer than 30 minutes"
    built.clock.pass_(25 * 60)
    assert not access.session(cookies[1], delivery), "older than 4 hours"


def test_an_expired_message_opens_for_nobody_and_its_content_is_gone(built: Built) -> None:
    (delivery,) = built.seal(RECIPIENT, days=1)
    access, passwords, store = built.core.access, built.core.passwords, built.core.vault.store
    passwords.ask(delivery, "", "nl")
    opened = unlock(built, delivery, built.passwords_sent()[0])
    assert isinstance(opened, Opened)
    built.clock.pass_(86_401)
    assert access.ended(delivery) and not access.session(opened.cookie, delivery)
    assert passwords.ask(delivery, "", "nl").kind == "limit"
    store.write(lambda: store.expire(built.clock()))
    with pytest.raises(KeyGone):
        access.original(delivery)
    assert list(store.chunks(delivery.message_id)) == []


def test_forms_belong_to_a_browser_and_a_link(built: Built) -> None:
    access = built.core.access
    given = access.csrf("cookie", "link")
    assert access.csrf_ok("cookie", "link", given)
    assert not access.csrf_ok("other", "link", given)
    assert not access.csrf_ok("cookie", "other", given)
    assert not access.csrf_ok("cookie", "link", "\udce9")


def test_passwords_are_readable_and_read_as_people_type_them() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200 and all(set(password) <= set(ALPHABET) and len(password) == 12 for password in made)
    assert len(ALPHABET) == 31 and not set("ilo01") & set(ALPHABET)
    assert as_typed("ABCD – efgh\u00a0jkmn\n") == "abcdefghjkmn"
    assert from_bytes(b"\x00" * 32) == "a" * 12


def test_a_masked_address_keeps_one_letter() -> None:
    assert masked("jan@post.example") == "j•••@post.example"
    assert masked("@post.example") == "•••@post.example"
