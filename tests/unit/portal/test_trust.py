"""The pages of trust, called as WSGI: own settings, and what can be said with the link alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.fakes.access import NOW, FakeAccess
from tests.support.fakes.codes import CODE, FakeCodes, at_level_2, progress
from tests.support.fakes.sender import JAN, FakeSender, S, overview
from tests.support.fakes.trust import DEVICE_LINK, LAPTOP, PHONE, FakeTrust
from tests.unit.portal.portal_client import Client, M, client_for, settings_for
from tests.unit.portal.test_code import visible
from zegel.recipients.preferences import Person
from zegel.unlock.way import Asked, Refused

D = f"/d/{DEVICE_LINK}"
DEVICE = "__Host-zegel-device"
MONTH = 30 * 86_400.0


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess()


@pytest.fixture
def trust(access: FakeAccess) -> FakeTrust:
    return FakeTrust(access)


@pytest.fixture
def jan(access: FakeAccess, trust: FakeTrust) -> Client:
    return client_for(access, trust=trust)


@pytest.fixture
def reader(jan: Client) -> Client:
    """One who has opened the message."""
    assert jan.unlock().status == 303
    return jan


# Not mine, not asked, please again.


@pytest.mark.parametrize("level", [1, 2])
def test_not_for_me_needs_a_tick_that_no_scanner_sets(level: int) -> None:
    access = FakeAccess() if level == 1 else at_level_2()
    trust = FakeTrust(access)
    jan = client_for(access, trust=trust)
    page = f"{M}/not-mine"
    for fields in ({}, {"why": ""}, {"why": "yes"}, {"why": "on"}):
        answer = jan.submit(page, page, **fields)
        assert answer.status == 422
        assert 'role="alert"' in answer.text
    assert trust.feedback.calls == []
    assert "checked" not in jan.get(page).text
    assert jan.submit(page, page, why="person").header("Location") == M
    assert trust.feedback.calls == ["not mine: person"]
    assert "Nobody can open this message here any more" in visible(jan.get(M).text)
    assert jan.get(f"{M}/enter").header("Location") == M
    assert "The sender has been told" in visible(jan.get(page).text)


def test_a_number_is_asked_about_where_there_is_one(jan: Client, trust: FakeTrust) -> None:
    assert 'value="number"' not in jan.get(f"{M}/not-mine").text
    assert jan.submit(f"{M}/not-mine", f"{M}/not-mine", why="number").status == 422
    assert trust.feedback.calls == []
    access = at_level_2()
    both = FakeTrust(access)
    eva = client_for(access, trust=both)
    assert "+3******954 is not my number" in visible(eva.get(f"{M}/not-mine").text)
    eva.submit(f"{M}/not-mine", f"{M}/not-mine", why="number")
    assert both.feedback.calls == ["not mine: number"]
    assert "can correct your number" in visible(eva.get(M).text)


@pytest.mark.parametrize("level", [1, 2])
def test_not_asked_says_what_it_means_and_ends_what_was_sent(level: int) -> None:
    access = FakeAccess() if level == 1 else at_level_2()
    trust = FakeTrust(access)
    jan = client_for(access, settings_for(support="https://help.example"), trust=trust)
    page = visible(jan.get(f"{M}/not-asked").text)
    assert f"asked for a {'password' if level == 1 else 'code'}" in page
    for wanted in ("share the mailbox", "deboer@kliniek.example", "ask Kliniek De Linde"):
        assert wanted in page
    assert jan.submit(f"{M}/not-asked", f"{M}/not-asked").status == 422
    assert trust.feedback.calls == []
    told = jan.submit(f"{M}/not-asked", f"{M}/not-asked", sure="yes").header("Location")
    assert trust.feedback.calls == ["not asked"]
    trust.feedback.quiet = NOW + 3600
    page = jan.get(told).text
    assert "do not work any more. We send no new ones until" in visible(page)
    assert "<form" not in page.partition("<main")[2]


def test_in_the_quiet_hour_the_page_says_why_no_password_comes(jan: Client, access: FakeAccess) -> None:
    access.asked = Asked("quiet", 3000)
    told = jan.submit(M, f"{M}/password").header("Location")
    assert "they did not ask for a password. So we send none for a while. You can ask" in visible(jan.get(told).text)


def test_a_form_from_before_the_stop_leads_to_the_page_that_says_so(jan: Client, access: FakeAccess) -> None:
    access.asked, access.refusal = Asked("stopped"), Refused("stopped")
    assert jan.submit(M, f"{M}/password").header("Location") == M
    assert jan.submit(f"{M}/enter", f"{M}/enter", password="x").header("Location") == M
    two = at_level_2()
    codes = FakeCodes(two, now=progress("sent"), refusal=Refused("stopped"))
    eva = client_for(two, codes=codes)
    assert eva.submit(f"{M}/enter", f"{M}/enter", code=CODE).header("Location") == M


@pytest.mark.parametrize("state", ["expired", "recalled"])
def test_the_sender_is_asked_with_one_click_and_then_the_page_says_so(
    jan: Client, access: FakeAccess, trust: FakeTrust, state: str
) -> None:
    access.end(state)
    assert jan.get(M).status == 410
    answer = jan.submit(M, f"{M}/ask-sender")
    assert answer.header("Location") == M and trust.feedback.calls == ["ask sender"]
    page = jan.get(M)
    assert page.status == 410 and "that you would still like to read this message" in visible(page.text)
    assert "/ask-sender" not in page.text
    trust.feedback.state = "enough"
    assert "/ask-sender" not in jan.get(M).text


def test_only_a_form_of_the_page_asks_the_sender_and_only_when_it_has_ended(
    jan: Client, access: FakeAccess, trust: FakeTrust
) -> None:
    assert jan.submit(M, f"{M}/ask-sender").header("Location") == M
    access.end("expired")
    assert jan.get(f"{M}/ask-sender").status in (404, 405)
    assert jan.post(f"{M}/ask-sender", {"csrf": "x"}).status == 410
    assert trust.feedback.calls == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/not-mine", {"why": "person"}), ("/not-asked", {"sure": "yes"}), ("/remembered", {}), ("/forget", {}),
    ],
)  # fmt: skip
def test_without_its_proof_a_form_does_nothing(
    jan: Client, trust: FakeTrust, path: str, fields: dict[str, str]
) -> None:
    jan.get(M)
    assert jan.post(M + path, fields).status == 403
    assert jan.post(f"/m/unknown{path}", fields).status == 404
    assert trust.feedback.calls == trust.devices.calls == []


def test_looking_changes_nothing(jan: Client, trust: FakeTrust) -> None:
    trust.devices.all = [PHONE]
    for path in (f"{M}/not-mine", f"{M}/not-mine?why=person", f"{M}/not-asked", f"{M}/you", D, f"{D}?s=gone", M):
        for method in ("GET", "HEAD"):
            jan.call(method, path)
    assert trust.feedback.calls == trust.devices.calls == []


# Landing.


def test_the_organisations_site_is_text_to_type_and_never_a_link(access: FakeAccess) -> None:
    jan = client_for(access, settings_for(website="www.kliniek.example"))
    page = jan.get(M).text
    assert "<strong>www.kliniek.example</strong>" in page
    assert 'href="https://www.kliniek.example' not in page and 'href="www' not in page


def test_the_phrase_stands_on_no_page_that_a_link_alone_opens(jan: Client, trust: FakeTrust) -> None:
    trust.people.chosen = Person("blauwe fiets")
    pages = [jan.get(M + path) for path in ("", "/enter", "/not-mine", "/not-asked", "/you", "/message")]
    assert not any("fiets" in page.text for page in pages)
    jan.unlock()
    assert "blauwe fiets" in jan.get(f"{M}/you").text


def test_pages_are_in_the_language_that_the_recipient_chose(jan: Client, trust: FakeTrust) -> None:
    trust.people.chosen = Person(language="nl")
    assert '<html lang="nl">' in jan.get(M).text, "before what the browser asks for"
    assert '<html lang="en">' in jan.get(f"{M}?lang=en").text
    assert '<html lang="en">' in jan.get(M).text, "a choice in this browser comes first"


# Own settings.


def test_settings_take_a_session(jan: Client, trust: FakeTrust) -> None:
    assert jan.get(f"{M}/you").header("Location") == f"{M}?s=again"
    for path in ("/you/phrase", "/you/language", "/you/device", "/you/everywhere"):
        assert jan.submit(M, M + path, phrase="blauwe fiets", language="en", device="21").status == 303
    assert trust.people.chosen == Person() and trust.devices.calls == []


def test_the_settings_are_linked_from_the_open_pages(reader: Client) -> None:
    for path in ("/message", "/zip", "/you"):
        assert f'href="{M}/you"' in reader.get(M + path).text


def test_a_phrase_is_saved_changed_and_taken_away(reader: Client, trust: FakeTrust) -> None:
    you = f"{M}/you"
    told = reader.submit(you, f"{you}/phrase", phrase=" blauwe  fiets ").header("Location")
    assert trust.people.chosen.phrase == "blauwe fiets"
    assert "Your recognition phrase is saved" in visible(reader.get(told).text)
    answer = reader.submit(you, f"{you}/phrase", phrase='bel "06 12345678"')
    assert answer.status == 422 and "Use words." in visible(answer.text)
    assert 'value="bel &#34;06 12345678&#34;"' in answer.text, "what was typed is still there"
    assert trust.people.chosen.phrase == "blauwe fiets"
    told = reader.submit(you, f"{you}/phrase", phrase=" ").header("Location")
    assert "no recognition phrase any more" in visible(reader.get(told).text)


def test_the_language_is_saved_for_mails_and_seen_at_once(reader: Client, trust: FakeTrust) -> None:
    you = f"{M}/you"
    told = reader.submit(you, f"{you}/language", language="nl").header("Location")
    assert trust.people.chosen.language == "nl"
    page = reader.get(told).text
    assert '<html lang="nl">' in page and "Uw taal is bewaard." in page
    reader.submit(you, f"{you}/language", language="")
    assert trust.people.chosen.language == ""


def test_devices_are_listed_and_removed(reader: Client, trust: FakeTrust) -> None:
    trust.devices.all = [PHONE, LAPTOP]
    page = visible(reader.get(f"{M}/you").text)
    assert "Firefox on Android" in page and "Safari on Mac (this device)" in page
    told = reader.submit(f"{M}/you", f"{M}/you/device", device="21").header("Location")
    assert trust.devices.calls == ["remove 21"]
    assert "The device is removed" in visible(reader.get(told).text)
    for odd in ("x", "", "9" * 30, "-1", "٣"):
        assert reader.submit(f"{M}/you", f"{M}/you/device", device=odd).header("Location") == f"{M}/you"
    assert trust.devices.calls == ["remove 21"]


def test_the_page_links_to_passkeys_where_there_are_some(access: FakeAccess, reader: Client) -> None:
    assert f"{M}/passkeys" not in reader.get(f"{M}/you").text
    from tests.support.fakes.passkeys import FakePasskeys

    eva = client_for(access, passkeys=FakePasskeys(access, offered=True))
    eva.unlock()
    assert f'href="{M}/passkeys"' in eva.get(f"{M}/you").text


def test_signing_out_everywhere_ends_it_all_here_too(reader: Client, trust: FakeTrust) -> None:
    reader.cookies[DEVICE] = trust.devices.good
    told = reader.submit(f"{M}/you", f"{M}/you/everywhere").header("Location")
    assert trust.devices.calls == ["everywhere", "forget"]
    assert reader.cookies[DEVICE] == '""' or not reader.cookies[DEVICE]
    assert "signed out everywhere" in visible(reader.get(told).text)
    assert reader.get(f"{M}/message").status == 303


# The sender's side.


def test_the_sender_lets_a_recipient_go_on() -> None:
    sender = FakeSender(shown=overview(replace(JAN, stopped="person", actions=frozenset(["recall", "resume"]))))
    anna = client_for(FakeAccess(), sender=sender)
    told = anna.submit(S, f"{S}/resume", delivery="11", sure="yes").header("Location")
    assert sender.calls == ["resume 11"]
    assert "The recipient can open the message again." in visible(anna.get(told).text)


def test_a_question_stands_on_the_page_of_an_expired_message_with_what_can_be_done() -> None:
    sender = FakeSender(shown=overview(replace(JAN, asked_at=NOW - 60)), over=True)
    anna = client_for(FakeAccess(), sender=sender)
    page = anna.get(S)
    assert page.status == 410 and "Asked for the message on" in visible(page.text)
    assert "/extend" not in page.text and "send it again" in visible(page.text)
    sender.answers["can extend"] = True
    assert anna.submit(S, f"{S}/extend", sure="yes").status == 303
    assert sender.calls == ["extend"]
    assert anna.post(f"{S}/extend", {"csrf": "x"}).status == 410
    assert sender.calls == ["extend"]
