"""The pages of passkeys: where they are offered, what the script gets, and the words for every refusal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.support.cast import RECIPIENT
from tests.support.fakes.access import NOW, FakeAccess
from tests.support.fakes.codes import FakeCodes, at_level_2
from tests.support.fakes.passkeys import LAPTOP, PHONE, FakePasskeys
from tests.support.level2 import Level2
from tests.unit.portal.portal_client import Client, M, client_for
from tests.unit.unlock.authenticator import ORIGIN, Authenticator
from zegel.settings.model import Portal
from zegel.unlock.passkeys import Passkey, PasskeyRefused, Passkeys
from zegel_portal.app import create_app
from zegel_portal.views.passkeys import name_of

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
COOKIE = "__Host-zegel-passkey"


class Owner(Client):
    """The browser of a recipient, and his passkeys."""

    def __init__(self, passkeys: FakePasskeys) -> None:
        super().__init__(client_for(passkeys.access, passkeys=passkeys).app)
        self.passkeys = passkeys


def portal(*there: Passkey, access: FakeAccess | None = None, offered: bool = True, **more: Any) -> Owner:
    """A browser at a portal whose recipient has these passkeys."""
    return Owner(FakePasskeys(access or FakeAccess(), offered, there, **more))


def visible(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Where they are offered.


@pytest.mark.parametrize("page", ["", "/enter"])
def test_the_way_in_has_a_button_only_for_who_has_a_passkey(page: str) -> None:
    assert "data-passkey" not in portal().get(M + page).text
    assert "data-passkey" not in portal(LAPTOP, offered=False).get(M + page).text
    shown = portal(LAPTOP).get(M + page).text
    assert f'action="{M}/passkey"' in shown and f'data-passkey="{M}/passkey/ask"' in shown
    assert re.search(r"<form [^>]*data-passkey[^>]* hidden>", shown), "without the script there is nothing to press"


@pytest.mark.parametrize("page", ["", "/enter"])
def test_a_passkey_of_a_lower_level_is_not_offered_where_a_code_is_taken(page: str) -> None:
    assert "data-passkey" not in portal(LAPTOP, access=at_level_2()).get(M + page).text
    assert "data-passkey" in portal(PHONE, access=at_level_2()).get(M + page).text


def test_where_a_landline_is_called_the_other_way_in_is_a_call() -> None:
    access = at_level_2()
    codes = FakeCodes(access, called=True)
    jan = client_for(access, codes=codes, passkeys=FakePasskeys(access, True, (PHONE,)))
    for page, way in (("", "You can still use a code that we say in a call."), ("/passkey", "Use a code that we say")):
        text = jan.get(M + page).text
        assert way in text and "by SMS" not in text.partition('data-failed="')[0]


def test_a_passkey_is_offered_while_passwords_rest() -> None:
    access = FakeAccess()
    jan = portal(LAPTOP, access=access)
    access.delivered = replace(access.delivered, paused_until=NOW + 900)
    assert f'href="{M}/passkey"' in jan.get(M).text
    assert "Open with your passkey" in visible(jan.get(f"{M}/passkey").text)


def test_where_there_are_none_every_address_leads_away() -> None:
    jan = portal(LAPTOP, offered=False)
    assert jan.get(f"{M}/passkey").header("Location") == M
    jan.unlock()
    assert jan.get(f"{M}/passkeys").header("Location") == M
    assert "asskey" not in jan.get(f"{M}/message").text


def test_the_message_offers_it_once_and_takes_no_for_an_answer() -> None:
    jan = portal()
    jan.unlock()
    assert "No, thanks" in jan.get(f"{M}/message").text
    answer = jan.submit(f"{M}/message", f"{M}/passkeys/no")
    assert answer.header("Location") == f"{M}/message" and jan.cookies[COOKIE] == "no"
    shown = jan.get(f"{M}/message").text
    assert "No, thanks" not in shown and f'href="{M}/passkeys"' in shown
    assert not re.search(r"jan|post|kliniek", next(each for each in answer.all("Set-Cookie") if COOKIE in each))


def test_it_is_not_offered_where_one_was_made_or_used() -> None:
    for act in ("make", "use"):
        jan = portal(LAPTOP)
        if act == "use":
            jan.submit(M, f"{M}/passkey", answer="{}")
        else:
            jan.unlock()
            jan.submit(f"{M}/passkeys", f"{M}/passkeys", answer="{}")
        assert jan.cookies[COOKIE] == "here"
        assert "No, thanks" not in jan.get(f"{M}/message").text


# The way in.


def test_the_script_gets_what_to_sign_and_the_answer_opens() -> None:
    jan = portal(LAPTOP)
    jan.get(M)
    before = jan.cookies["__Host-zegel"]
    asked = jan.submit(M, f"{M}/passkey/ask")
    assert (asked.status, asked.text) == (200, '{"challenge": "open"}')
    assert asked.header("Content-Type") == "application/json" and "no-store" in asked.header("Cache-Control")
    opened = jan.submit(M, f"{M}/passkey", answer="what the device says")
    assert (opened.status, opened.header("Location")) == (303, f"{M}/message")
    assert jan.cookies["__Host-zegel"] != before
    assert jan.passkeys.calls == ["open: what the device says"]
    assert jan.get(f"{M}/message").status == 200
    assert jan.get(f"{M}/passkey").header("Location") == f"{M}/message"


def test_a_refusal_reaches_the_script_as_a_word() -> None:
    jan = portal(LAPTOP, refusal=PasskeyRefused("often"))
    asked = jan.submit(M, f"{M}/passkey/ask")
    assert (asked.status, asked.text) == (422, "often")


@pytest.mark.parametrize(
    "path", ["/passkey/ask", "/passkey", "/passkeys", "/passkeys/ask", "/passkeys/change", "/passkeys/no"]
)
def test_nothing_happens_without_the_field_of_the_form_or_on_a_get(path: str) -> None:
    jan = portal(LAPTOP)
    jan.unlock()
    assert jan.post(M + path, {"answer": "{}", "passkey": "72"}).status == 403
    jan.get(M + path)
    assert jan.passkeys.calls == [] and COOKIE not in jan.cookies


WORDS = {
    "stale": "took too long",
    "wrong": "did not work",
    "unknown": "does not open this message",
    "level": "needs a code",
    "back": "may have been copied",
    "often": "several times",
}


@pytest.mark.parametrize("kind", WORDS)
def test_every_refusal_has_words_and_a_way_on(kind: Any) -> None:
    jan = portal(LAPTOP, PHONE, access=at_level_2(), refusal=PasskeyRefused(kind))
    answer = jan.submit(M, f"{M}/passkey", answer="{}")
    assert answer.status == 422 and WORDS[kind] in visible(answer.text)
    assert "Use a code by SMS" in answer.text and 'role="alert"' in answer.text
    assert "Error:" in answer.text.partition("</title>")[0]


def test_a_closed_door_leads_back_to_its_page() -> None:
    jan = portal(LAPTOP, refusal=PasskeyRefused("closed"))
    assert jan.submit(M, f"{M}/passkey", answer="{}").header("Location") == M
    jan = portal(LAPTOP, refusal=PasskeyRefused("ended"))
    assert jan.submit(M, f"{M}/passkey", answer="{}").status == 410


# The list.


def test_the_list_takes_a_session() -> None:
    jan = portal(LAPTOP)
    assert jan.get(f"{M}/passkeys").header("Location") == f"{M}?s=again"
    assert jan.submit(M, f"{M}/passkeys/ask").header("Location") == f"{M}?s=again"
    jan.submit(M, f"{M}/passkeys/change", passkey="72")
    assert jan.passkeys.calls == []


def test_the_list_shows_names_levels_and_when() -> None:
    tricky = Passkey(73, '<b>"mine"</b>', 1, NOW, NOW)
    jan = portal(PHONE, LAPTOP, tricky)
    jan.unlock()
    text = visible(shown := jan.get(f"{M}/passkeys").text)
    assert "Safari on iPhone" in text and "Opens all messages" in text and "Last used on" in text
    assert "Chrome on Windows" in text and "Opens messages that need a password" in text and "Not used yet" in text
    assert "&lt;b&gt;" in shown and "<b>" not in shown
    assert "JavaScript" in text


def test_one_is_made_named_and_mailed_about() -> None:
    jan = portal(LAPTOP)
    jan.unlock()
    assert jan.submit(f"{M}/passkeys", f"{M}/passkeys/ask").text == '{"challenge": "new"}'
    csrf = re.search(r'name="csrf" value="([^"]+)"', jan.get(f"{M}/passkeys").text)
    assert csrf
    added = jan.post(f"{M}/passkeys", {"csrf": csrf[1], "answer": "{made}"}, HTTP_USER_AGENT=CHROME)
    assert added.header("Location") == f"{M}/passkeys?s=added"
    assert jan.passkeys.calls == ["add Chrome on Windows en: {made}"]
    assert "Your passkey is ready" in jan.get(f"{M}/passkeys?s=added").text


@pytest.mark.parametrize(
    ("kind", "words"),
    [("wrong", "No passkey was made"), ("stale", "took too long"), ("there", "already"), ("many", "10 passkeys")],
)
def test_one_that_was_not_made_says_why(kind: Any, words: str) -> None:
    jan = portal(refusal=PasskeyRefused(kind))
    jan.unlock()
    answer = jan.submit(f"{M}/passkeys", f"{M}/passkeys", answer="{}")
    assert answer.status == 422 and words in visible(answer.text)


def test_with_ten_there_is_nothing_to_make() -> None:
    jan = portal(*[Passkey(n, f"key {n}", 1, NOW, NOW) for n in range(10)])
    jan.unlock()
    shown = jan.get(f"{M}/passkeys").text
    assert "data-passkey" not in shown and "Remove one first" in shown


def test_one_is_renamed_and_removed_without_a_script() -> None:
    jan = portal(LAPTOP)
    jan.unlock()
    page, act = f"{M}/passkeys", f"{M}/passkeys/change"
    assert jan.submit(page, act, passkey="72", name="Mijn laptop").header("Location") == f"{page}?s=renamed"
    assert jan.submit(page, act, passkey="72", name=" ").header("Location") == f"{page}?s=unnamed"
    assert jan.submit(page, act, passkey="72").header("Location") == f"{page}?s=removed"
    jan.submit(page, act, passkey="٧٢")
    assert jan.passkeys.calls == ["rename 72: Mijn laptop", "rename 72:  ", "remove 72", "remove 0"]
    for said, words in (("renamed", "changed"), ("unnamed", "not changed"), ("removed", "does not open anything")):
        assert words in visible(jan.get(f"{page}?s={said}").text)


AGENTS = {
    CHROME: "Chrome op Windows",
    CHROME + " Edg/140.0.0.0": "Edge op Windows",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1": "Safari op iPhone",
    "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 "
    "Chrome/125.0.0.0 Mobile Safari/537.36": "Samsung Internet op Android",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox op Linux",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Safari/605.1.15": "Safari op Mac",
    "Something/1.0 (Windows NT 10.0)": "Windows",
    "": "Passkey",
    "<script>alert(1)</script>": "Passkey",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_a_passkey_is_named_after_the_browser(agent: str) -> None:
    assert name_of(agent, "nl") == AGENTS[agent]


# The whole way, with the real core.


def test_from_a_password_to_a_passkey_to_the_next_message(level2: Level2) -> None:
    core = level2.core
    settings = core.settings.model_copy(update={"portal": Portal(url=ORIGIN)})
    passkeys = Passkeys(settings, core.vault, core.access, core.clock)
    jan = Client(create_app(replace(core, settings=settings, passkeys=passkeys)))
    (first,) = level2.seal(RECIPIENT, level=1)
    link = f"/m/{level2.link(first)}"
    jan.submit(link, f"{link}/password")
    jan.submit(f"{link}/enter", f"{link}/enter", password=level2.built.passwords_sent()[0])
    device = Authenticator()
    made = device.make(jan.submit(f"{link}/passkeys", f"{link}/passkeys/ask").text)
    assert jan.submit(f"{link}/passkeys", f"{link}/passkeys", answer=made).header("Location").endswith("?s=added")
    level2.run()
    letters = [mail for _, to, mail in level2.postfix.mails if to == RECIPIENT and b"/passkeys" in mail]
    assert len(letters) == 1

    (second,) = level2.seal(RECIPIENT, level=1)
    link = f"/m/{level2.link(second)}"
    answer = device.use(jan.submit(link, f"{link}/passkey/ask").text)
    stranger = Client(jan.app)
    stranger.get(link)
    assert stranger.submit(link, f"{link}/passkey", answer=answer).status == 422
    opened = jan.submit(link, f"{link}/passkey", answer=answer)
    assert opened.header("Location") == f"{link}/message"
    assert jan.get(f"{link}/message").status == 200
    assert stranger.get(f"{link}/message").status == 303
