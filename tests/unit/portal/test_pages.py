"""The recipient's way through the portal, page by page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.support.fakes.access import NOW, PASSWORD, FakeAccess
from tests.unit.portal.portal_client import Client, M, client_for, reader_of
from zegel.unlock.passwords import Busy
from zegel.unlock.way import Asked, Refused
from zegel.vault.keyring import KeyGone

MAIL = (
    b"From: Anna de Boer <anna@kliniek.example>\r\nTo: Jan <jan@post.example>\r\nCc: eva@elders.example\r\n"
    b"Subject: Uitslag van het onderzoek\r\nDate: Sun, 20 Sep 2026 12:00:00 +0000\r\n\r\n"
    b"Hallo Jan,\r\nzie https://www.kliniek.example/a?b=1&c=2.\r\n> wanneer?\r\n<b>&amp;\r\n"
)


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess(raw=MAIL)


@pytest.fixture
def jan(access: FakeAccess) -> Client:
    return client_for(access)


def test_landing_says_who_wrote_through_whom_and_what_comes_next(jan: Client) -> None:
    text = jan.get(M).text
    for said in (
        "Dr. A. de Boer sent you a secure message",
        "deboer@kliniek.example",
        "Kliniek De Linde",
        "j•••@post.example",
        "Step 1 of 2",
        "Send my password",
        "I already have a password",
    ):
        assert said in text
    assert "jan@post.example" not in text


def test_landing_hides_the_subject_unless_the_settings_show_it(jan: Client, access: FakeAccess) -> None:
    assert "Subject" not in jan.get(M).text
    access.facts = {"subject": "Uitslag <b>", "scope": "files"}
    shown = jan.get(M).text
    assert "Uitslag &lt;b&gt;" in shown
    assert "sent you secure files" in shown


def test_looking_at_pages_sends_and_opens_nothing(jan: Client, access: FakeAccess) -> None:
    for _ in range(10):
        for path in (M, f"{M}/enter", f"{M}/message", f"{M}/password", f"{M}/zip", f"{M}/sign-out"):
            jan.get(path)
            jan.call("HEAD", path)
    assert access.calls == []


def test_asking_for_a_password_leads_to_the_field(jan: Client, access: FakeAccess) -> None:
    sent = jan.submit(M, f"{M}/password")
    assert (sent.status, sent.header("Location")) == (303, f"{M}/enter?s=sent&u={int(NOW) + 60}")
    page = jan.get(sent.header("Location")).text
    assert "We sent a password to j•••@post.example. It usually arrives within a minute." in page
    assert 'data-wait="60"' in page
    assert access.calls == ["ask en"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("recent", 20), "less than a minute ago"),
        (Asked("limit", 3000), "You can ask for a new password from"),
        (Asked("limit"), "You can ask for a new password later"),
    ],
)
def test_when_nothing_new_was_sent_the_page_says_why(jan: Client, access: FakeAccess, asked: Asked, said: str) -> None:
    access.asked = asked
    assert said in jan.get(jan.submit(M, f"{M}/password").header("Location")).text


@pytest.mark.parametrize("until", ["x", "-1", "999999999999999", "1", "0x10", "١٢"])
def test_a_made_up_moment_in_the_address_is_not_shown(jan: Client, until: str) -> None:
    page = jan.get(f"{M}/enter?s=limit&u={until}")
    assert page.status == 200
    assert "later" in page.text


@pytest.mark.parametrize("typed", [PASSWORD, " ABCD efgh JK23 ", "abcdefghjk23", "abcd‑efgh–jk23"])
def test_the_password_opens_however_it_was_typed(jan: Client, typed: str) -> None:
    before = jan.get(M) and dict(jan.cookies)
    answer = jan.unlock(typed)
    assert (answer.status, answer.header("Location")) == (303, f"{M}/message")
    assert jan.cookies != before, "the cookie has to change with the unlock"
    assert jan.get(M).header("Location") == f"{M}/message"
    assert jan.get(f"{M}/enter").header("Location") == f"{M}/message"


def test_a_wrong_password_says_what_to_do_and_is_tied_to_the_field(jan: Client) -> None:
    answer = jan.unlock("hello")
    assert answer.status == 422
    assert "This password is not right" in answer.text
    assert "You can try 9 more times." in answer.text
    assert re.search(r'<p class="error" id="error" role="alert">', answer.text)
    assert 'aria-describedby="error hint"' in answer.text
    assert "<title>Error: " in answer.text
    assert "hello" not in answer.text


def test_one_try_left_is_said_in_the_singular(jan: Client, access: FakeAccess) -> None:
    access.refusal = Refused("wrong", tries_left=1)
    assert "You can try once more." in jan.unlock("hello").text


def test_an_empty_field_is_not_a_try(jan: Client) -> None:
    answer = jan.unlock("  - ")
    assert answer.status == 422
    assert "Type the password from the e-mail first." in answer.text
    assert "more times" not in answer.text


def test_too_many_tries_says_until_when(jan: Client, access: FakeAccess) -> None:
    access.refusal = Refused("paused", wait_seconds=900)
    answer = jan.unlock("hello")
    assert (answer.status, answer.header("Retry-After")) == (429, "900")
    assert "stays locked until" in answer.text
    assert not re.search(r'<a class="button primary"[^>]*>[^<]*Try again', answer.text), "that cannot work yet"
    assert (
        "You can ask for a new password from 16:28." in answer.text
        and access.card(access.delivered).sender_address in answer.text
    )
    access.asked = Asked("paused", 800)
    assert jan.submit(M, f"{M}/password").status == 429


@pytest.mark.parametrize("path", ["", "/enter", "/enter?s=sent"])
def test_a_link_that_rests_says_so_before_anything_is_pressed(jan: Client, access: FakeAccess, path: str) -> None:
    access.delivered = replace(access.delivered, paused_until=NOW + 900)
    answer = jan.get(M + path)
    assert (answer.status, answer.header("Retry-After")) == (429, "900")
    assert "stays locked until 16:28" in answer.text
    access.now = NOW + 901
    assert jan.get(M + path).status == 200


def test_who_is_in_reads_on_although_somebody_else_makes_the_link_rest(jan: Client, access: FakeAccess) -> None:
    jan.unlock()
    access.delivered = replace(access.delivered, paused_until=NOW + 900)
    assert jan.get(f"{M}/message").status == 200
    assert jan.get(M).header("Location") == f"{M}/message"


@pytest.mark.parametrize(("kind", "said"), [("used", "used this password already"), ("expired", "does not work any")])
def test_a_password_that_was_right_once_is_told_so(jan: Client, access: FakeAccess, kind: Any, said: str) -> None:
    access.refusal = Refused(kind)
    answer = jan.unlock("hello")
    assert answer.status == 422 and said in answer.text and "more times" not in answer.text


def test_a_password_that_works_once_is_seen_while_it_is_typed(jan: Client) -> None:
    (field,) = re.findall(r'<input id="password"[^>]*>', jan.get(f"{M}/enter").text)
    assert 'type="text"' in field and 'autocomplete="one-time-code"' in field


def test_a_busy_server_asks_to_try_again(jan: Client, access: FakeAccess) -> None:
    access.refusal = Refused("busy")
    answer = jan.unlock("hello")
    assert (answer.status, answer.header("Retry-After")) == (503, "5")
    assert "It is busy right now" in answer.text
    access.refusal, access.fail = None, Busy()
    assert jan.unlock().status == 500  # only ask_password may be too busy to answer; unlock says so itself


def test_a_link_that_ends_while_the_page_is_open_is_shown_as_ended(jan: Client, access: FakeAccess) -> None:
    access.refusal = Refused("ended")
    assert jan.unlock("hello").status == 410
    access.refusal = Refused("unknown")
    assert jan.unlock("hello").status == 404


def test_the_message_page_shows_the_mail_and_frames_its_body(jan: Client) -> None:
    jan.unlock()
    page = jan.get(f"{M}/message")
    assert page.status == 200
    for said in ("Uitslag van het onderzoek", "Anna de Boer", "anna@kliniek.example", "eva@elders.example", "Sign out"):
        assert said in page.text
    assert "20 September 2026" in page.text
    assert "month" in page.text or "ago" in page.text
    frame = re.search(r"<iframe[^>]+>", page.text)
    assert frame
    assert f'src="{M}/body"' in frame[0]
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in frame[0]
    assert re.search(r' height="\d+"', frame[0])
    assert "Hallo Jan" not in page.text


def test_a_plain_body_is_escaped_and_its_links_open_in_a_new_tab(jan: Client) -> None:
    jan.unlock()
    body = jan.get(f"{M}/body").text
    assert (
        '<a href="https://www.kliniek.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">'
        "https://www.kliniek.example/a?b=1&amp;c=2</a>." in body
    )
    assert "&lt;b&gt;&amp;amp;" in body
    assert '<blockquote dir="auto">wanneer?</blockquote>' in body


def test_a_mail_without_anything_in_it_has_a_page(jan: Client, access: FakeAccess) -> None:
    access.raw = b"\r\n"
    jan.unlock()
    page = jan.get(f"{M}/message")
    assert page.status == 200
    assert "Message without a subject" in page.text
    assert "The sender wrote no text." in page.text
    assert jan.get(f"{M}/body").status == 200


@pytest.mark.parametrize(
    "raw", [b"", b"\0\xff" * 50, MAIL.replace(b"Sun, 20 Sep", b"Xxx, 99 Foo"), b"From: \xff\xfe\r\n\r\n\xff"]
)
def test_a_broken_mail_has_a_page(raw: bytes) -> None:
    jan = reader_of(raw)
    for path in ("/message", "/body", "/zip", "/everything.zip", "/original.eml"):
        assert jan.get(M + path).status == 200


def test_without_a_session_pages_send_back_and_parts_say_no(jan: Client, access: FakeAccess) -> None:
    for path in ("/message", "/preview/1", "/zip"):
        answer = jan.get(M + path)
        assert (answer.status, answer.header("Location")) == (303, f"{M}?s=again")
    for path in ("/body", "/file/1", "/image/1", "/page/1/1", "/everything.zip", "/original.eml"):
        answer = jan.get(M + path)
        assert answer.status == 403
        assert "Hallo" not in answer.text
    assert access.calls == []
    assert "we locked the message" in jan.get(f"{M}?s=again").text


def test_signing_out_ends_the_session_and_changes_the_cookie(jan: Client, access: FakeAccess) -> None:
    jan.unlock()
    old = dict(jan.cookies)
    answer = jan.submit(f"{M}/message", f"{M}/sign-out")
    assert answer.header("Location") == f"{M}?s=out"
    assert "You are signed out" in jan.get(f"{M}?s=out").text
    assert jan.cookies != old
    jan.cookies = old
    assert jan.get(f"{M}/message").status == 303
    assert access.open_in == set()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("expired", "has expired"),
        ("recalled", "withdrew this message"),
        ("clearing", "sent to you as an ordinary e-mail"),
        ("cleared", "sent to you as an ordinary e-mail"),
    ],
)
def test_what_has_ended_says_so_everywhere_also_in_a_session(access: FakeAccess, state: str, said: str) -> None:
    jan = client_for(access)
    jan.unlock()
    access.end(state)
    for path in ("", "/enter", "/message", "/body", "/file/1", "/zip", "/original.eml"):
        answer = jan.get(M + path)
        assert answer.status == 410, path
        assert said in answer.text
    assert jan.post(f"{M}/password", {}).status == 410
    assert "ask en" not in access.calls


def test_a_destroyed_key_is_shown_as_expired(jan: Client, access: FakeAccess) -> None:
    jan.unlock()
    access.fail = KeyGone("2026-09-20")
    answer = jan.get(f"{M}/message")
    assert (answer.status, "has expired" in answer.text) == (410, True)
