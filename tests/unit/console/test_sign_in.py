"""Signing in to the console: who, how often, with what, and what a stranger learns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.console.console_client import ADMINISTRATOR, OFFICER, Office, office
from tests.unit.unlock.authenticator import Authenticator
from zegel.officers.sign_in import PASSWORD_SECONDS, STRANGER, STRONG_SECONDS, TRIES_MOST, WINDOW_MOST
from zegel.unlock.access import SESSION_IDLE, SESSION_MOST
from zegel_courier.registry import kind_of

SESSION = "__Host-zegel-console"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as made:
        yield made


def test_a_password_by_e_mail_signs_in_once_and_in_that_browser(house: Office) -> None:
    browser, other = house.browser(), house.browser()
    assert browser.get("/").header("Location") == "/sign-in"
    assert browser.send("/sign-in", "/sign-in", address="FG@kliniek.example").header("Location") == "/enter?s=sent"
    [(to, password)] = house.passwords()
    assert to == OFFICER
    assert other.send("/enter", "/enter", password=password).status == 422
    assert browser.send("/enter", "/enter", password=f" {password.upper()} ").header("Location") == "/"
    assert browser.get("/").status == 200
    assert other.get("/").header("Location") == "/sign-in"
    again = house.browser()
    again.cookies = dict(browser.cookies)
    again.send("/passkeys", "/sign-out")
    assert browser.get("/").status == 303, "signed out is signed out wherever the cookie is"
    assert browser.send("/enter", "/enter", password=password).status == 422
    kinds = [kind for kind, _ in house.events()]
    assert kinds.count("console signed in") == 1 and kinds.count("console password asked") == 1


def test_a_stranger_is_answered_like_an_officer_and_sent_nothing(house: Office) -> None:
    browser, stranger = house.browser(), house.browser()
    answers = [
        (each.send("/sign-in", "/sign-in", address=address), each.send("/enter", "/enter", password="aaaa-bbbb-cccc"))
        for each, address in ((browser, OFFICER), (stranger, "eve@elders.example"))
    ]
    said = [[(a.status, a.header("Location"), re.sub(r'value="[^"]+"', "", a.text)) for a in pair] for pair in answers]
    assert said[0] == said[1]
    assert [to for to, _ in house.passwords()] == [OFFICER]
    assert "eve" not in str(house.events())


def test_no_number_of_tries_tells_an_officer_from_a_stranger(house: Office) -> None:
    """Neither the pause after many wrong passwords nor the limit on how many are sent may say who can sign in."""

    def answers(address: str) -> list[tuple[int, str]]:
        found = []
        for _ in range(WINDOW_MOST + 1):
            browser = house.browser()
            browser.send("/sign-in", "/sign-in", address=address)
            for _ in range(TRIES_MOST + 1):
                answer = browser.send("/enter", "/enter", password="aaaa-bbbb-cccc")
                found.append((answer.status, re.sub(r'value="[^"]+"', "", answer.text)))
        return found

    assert answers(OFFICER) == answers("eve@elders.example")
    assert len(house.passwords()) == WINDOW_MOST
    counted = house.built.core.vault.store.console.asked_by("password", STRANGER, 0)
    assert counted == WINDOW_MOST, "a stranger takes the steps of an officer"
    assert b"eve@" not in b"".join(each.read_bytes() for each in house.built.folder.glob("zegel.db*"))


def test_passwords_are_limited_and_end(house: Office) -> None:
    browser = house.browser()
    for _ in range(WINDOW_MOST + 2):
        browser.send("/sign-in", "/sign-in", address=OFFICER)
    assert len(house.passwords()) == WINDOW_MOST
    house.built.clock.pass_(PASSWORD_SECONDS + 1)
    assert browser.send("/enter", "/enter", password=house.passwords()[-1][1]).status == 422


def test_wrong_passwords_end_the_right_one(house: Office) -> None:
    browser = house.browser()
    browser.send("/sign-in", "/sign-in", address=OFFICER)
    for _ in range(5):
        assert browser.send("/enter", "/enter", password="aaaa-bbbb-cccc").status == 422
    assert browser.send("/enter", "/enter", password=house.passwords()[-1][1]).status == 422
    assert [kind for kind, _ in house.events()].count("console sign-in failed") == 5


def test_a_session_ends_by_itself_and_when_its_name_leaves_the_settings(house: Office, tmp_path: Path) -> None:
    browser = house.signed_in()
    house.built.clock.pass_(SESSION_IDLE + 1)
    assert browser.get("/").status == 303
    browser = house.signed_in()
    for _ in range(int(SESSION_MOST // SESSION_IDLE) + 1):
        assert browser.get("/").status == 200
        house.built.clock.pass_(SESSION_IDLE - 60)
    assert browser.get("/").status == 303
    browser = house.signed_in()
    settings = house.built.core.settings
    console = settings.console.model_copy(update={"officers": ()})
    object.__setattr__(house.built.core, "settings", settings.model_copy(update={"console": console}))
    from zegel_console.app import create_app

    browser.app = create_app(house.built.core)
    assert browser.get("/").status == 303


def test_the_cookie_changes_at_each_step(house: Office) -> None:
    """Fixation: what somebody put into a browser before is worth nothing after."""
    browser = house.browser()
    browser.get("/sign-in")
    first = browser.cookies[SESSION]
    browser.send("/sign-in", "/sign-in", address=OFFICER)
    entered = browser.send("/enter", "/enter", password=house.passwords()[-1][1])
    second = browser.cookies[SESSION]
    [cookie] = entered.all("Set-Cookie")
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    browser.make_passkey()
    third = browser.cookies[SESSION]
    browser.use_passkey("/passkeys")
    assert len({first, second, third, browser.cookies[SESSION]}) == 4
    for old in (first, second, third):
        thief = house.browser()
        thief.cookies[SESSION] = old
        assert thief.get("/").status == 303


def test_a_passkey_signs_in_and_is_asked_for_again(house: Office) -> None:
    maker = house.signed_in(strong=True)
    browser = house.browser()
    browser.passkey = maker.passkey
    assert browser.use_passkey().header("Location") == "/"
    assert browser.get("/").status == 200
    house.built.clock.pass_(STRONG_SECONDS + 1)
    page = browser.get("/passkeys").text
    assert "/confirm?to=/passkeys" in page and "/passkeys/remove" not in page
    assert browser.send("/passkeys", "/passkeys/remove", passkey="1").status == 403
    assert browser.send("/passkeys", "/passkeys/ask").status == 422
    assert browser.use_passkey("/confirm", "?to=/passkeys").header("Location") == "/passkeys"
    assert "/passkeys/remove" in browser.get("/passkeys").text


def test_a_password_makes_the_first_passkey_and_no_second(house: Office) -> None:
    house.signed_in(strong=True)
    weak = house.signed_in()
    assert weak.send("/passkeys", "/passkeys/ask").text == "weak"
    options = house.signed_in(ADMINISTRATOR).send("/passkeys", "/passkeys/ask").text
    assert weak.send("/passkeys", "/passkeys", answer=weak.passkey.make(options)).status == 422


def test_a_passkey_of_somebody_else_confirms_nothing(house: Office) -> None:
    other = house.signed_in(ADMINISTRATOR, strong=True)
    house.signed_in(strong=True)
    weak = house.signed_in()
    weak.passkey = other.passkey
    assert weak.use_passkey("/confirm").status == 422
    weak.passkey = Authenticator(origin="https://safe.kliniek.example", user=other.passkey.user)
    assert weak.use_passkey("/confirm").status == 422
    assert weak.get("/passkeys").text.count("/passkeys/remove") == 0


def test_an_answer_is_taken_once_and_from_its_browser(house: Office) -> None:
    maker = house.signed_in(strong=True)
    browser, thief = house.browser(), house.browser()
    options = browser.send("/sign-in", "/passkey/ask").text
    answer = maker.passkey.use(options)
    assert thief.send("/sign-in", "/passkey", answer=answer).status == 422
    assert browser.send("/sign-in", "/passkey", answer=answer).status == 303
    browser.cookies.clear()
    assert browser.send("/sign-in", "/passkey", answer=answer).status == 422


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 1, "rawId": 5, "response": 3}', "x" * 70_000])
def test_nonsense_for_an_answer_is_refused(house: Office, answer: str) -> None:
    assert house.browser().send("/sign-in", "/passkey", answer=answer).status in (422, 413)
    assert house.signed_in().send("/passkeys", "/passkeys", answer=answer).status in (422, 413)


def test_a_passkey_is_removed_and_opens_no_more(house: Office) -> None:
    browser = house.signed_in(strong=True)
    [found] = re.findall(r'name="passkey" value="(\d+)"', browser.get("/passkeys").text)
    assert browser.send("/passkeys", "/passkeys/remove", passkey=found).header("Location") == "/passkeys?s=removed"
    assert browser.send("/passkeys", "/passkeys/remove", passkey=found).header("Location") == "/passkeys?s=gone"
    stranger = house.browser()
    stranger.passkey = browser.passkey
    assert stranger.use_passkey().status == 422


def test_the_mails_say_what_they_are(house: Office) -> None:
    from zegel_courier.desk import Desk

    browser = house.signed_in(strong=True)
    desk = Desk(house.built.core)
    mails = {}
    for item in house.built.core.vault.store.outbox.list(["due"]):
        made = kind_of(item.kind).compose(desk, item)
        assert made and made.recipient == OFFICER
        mails[item.kind] = made.content.decode("utf-8", "replace")
    assert set(mails) == {"console-password", "console-passkey"}
    assert "https://console.kliniek.example/enter" in mails["console-password"].replace("=\r\n", "")
    assert browser.get("/").status == 200
    house.built.clock.pass_(PASSWORD_SECONDS + 1)
    late = [each for each in house.built.core.vault.store.outbox.list(["due"]) if each.kind == "console-password"]
    assert kind_of("console-password").compose(desk, late[0]) is None


def test_forgetting_ends_everything(house: Office) -> None:
    browser = house.signed_in(strong=True)
    from zegel.officers.passkeys import OfficerPasskeys
    from zegel.officers.sign_in import SignIn

    core = house.built.core
    passkeys = OfficerPasskeys(core.settings, core.vault, SignIn(core.settings, core.vault, core.clock), core.clock)
    assert passkeys.forget(OFFICER, "administrator") == 1
    assert browser.get("/").status == 303
    assert browser.use_passkey().status == 422
