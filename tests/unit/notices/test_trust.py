"""The mails of trust: the phrase, the device, the password that nobody asked for, and what recipients say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.notices.notice_cast import BRAND, LINK, RECIPIENT, SENDER, bodies, files, message, read
from tests.unit.notices.test_files import PLAIN_AND_FILE
from zegel.notices.automatic import password_mail
from zegel.notices.to_sender import About
from zegel.notices.trust_mails import ask_sender_mail, new_device_mail, not_asked_mail
from zegel.way_names import WayName

OWN = "veilig@kliniek.example"
PHRASE = "blauwe fiets"
DEVICE = LINK.replace("/m/", "/d/")
AT = 1_798_722_300.0


def password(**changes: Any) -> bytes:
    usual = {"sender_address": OWN, "recipient": RECIPIENT, "password": "abcdefgh2345", "link": LINK,
             "message_sender": "Anna", "until": 1_798_722_300.0, "at": 1_798_718_700.0, "language": "nl"}  # fmt: skip
    return password_mail(BRAND, **{**usual, **changes})


def device(**changes: Any) -> bytes:
    usual = {"sender_address": OWN, "recipient": RECIPIENT, "browser": "Firefox", "system": "Android", "at": AT,
             "ends_at": AT + 30 * 86_400, "link": DEVICE, "language": "nl"}  # fmt: skip
    return new_device_mail(BRAND, **{**usual, **changes})


def asked(**changes: Any) -> bytes:
    about = About(OWN, SENDER, changes.pop("subject", ""), LINK.replace("/m/", "/s/"), changes.pop("language", "nl"))
    usual = {"recipient": RECIPIENT, "sent_at": AT, "recalled": False, "can_extend": False}
    return ask_sender_mail(BRAND, about, **{**usual, **changes})


def flat(raw: bytes) -> list[str]:
    """Text and HTML, each in one line."""
    return [" ".join(body.split()) for body in bodies(read(raw))]


@pytest.mark.parametrize(("language", "said"), [("nl", "Uw herkenningszin:"), ("en", "Your recognition phrase:")])
def test_the_phrase_stands_in_every_mail_to_a_recipient_above_the_button(language: str, said: str) -> None:
    mails = [
        message(phrase=PHRASE, language=language),
        files(PLAIN_AND_FILE, phrase=PHRASE, language=language),
        password(phrase=PHRASE, language=language),
        device(phrase=PHRASE, language=language),
    ]
    for mail in mails:
        for body in flat(mail):
            assert said in body and PHRASE in body
            assert body.index(PHRASE) < body.rindex(LINK.partition("/m/")[0])
        assert PHRASE not in "".join(f"{name}{value}" for name, value in read(mail).items())


@pytest.mark.parametrize("make", [message, password, device])
def test_without_a_phrase_the_mail_does_not_speak_of_one(make: Any) -> None:
    assert not any("herkenningszin" in body for body in flat(make()))


@given(st.text(max_size=200))
def test_no_phrase_can_bend_a_mail(phrase: str) -> None:
    mail = read(password(phrase=phrase + "\r\nBcc: x@elders.example <script>alert(1)</script>"))
    assert mail["Bcc"] is None
    assert "<script>alert(1)" not in bodies(mail)[1]


def test_the_password_mail_has_a_link_for_who_did_not_ask() -> None:
    for body in flat(password()):
        assert f"{LINK}/not-asked" in body
    assert bodies(read(password()))[1].count(f'href="{LINK}/not-asked"') == 1


def test_a_new_device_is_told_with_what_to_do_and_where() -> None:
    mail = read(device())
    assert mail["To"] == RECIPIENT and mail["Auto-Submitted"] == "auto-generated"
    for body in flat(device()):
        for wanted in ("Firefox op Android", DEVICE, "Was u het niet?", "Kliniek Noord", "veilig.kliniek.example"):
            assert wanted in body
    assert "een onbekende browser" in flat(device(browser="", system=""))[0]


def test_the_organisations_site_is_text_in_the_notification_and_no_link() -> None:
    brand = replace(BRAND, website="www.kliniek.example")
    text, html = bodies(read(message(brand=brand)))
    assert "www.kliniek.example" in text and "www.kliniek.example" in html
    assert 'href="https://www.kliniek.example' not in html and 'href="www' not in html


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_the_question_of_a_recipient_says_what_can_be_done(language: str) -> None:
    kinds = [asked(recalled=True, language=language), asked(can_extend=True, language=language)]
    kinds.append(asked(language=language))
    leads = {flat(mail)[0] for mail in kinds}
    assert len(leads) == len(kinds)
    for mail in kinds:
        assert RECIPIENT in str(read(mail)["Subject"])
        for body in flat(mail):
            assert RECIPIENT in body and "%(" not in body


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
@pytest.mark.parametrize("way", ["password", "sms"])
def test_who_did_not_ask_has_the_sender_told_when_it_was_opened(language: str, way: WayName) -> None:
    about = About(OWN, SENDER, "Uitslag", LINK.replace("/m/", "/s/"), language)
    moments = [AT + 3600 * n for n in range(30)]
    for taken in (False, True):
        mail = not_asked_mail(BRAND, about, recipient=RECIPIENT, opened_at=moments, taken=taken, way=way)
        assert RECIPIENT in flat(mail)[0] and "Uitslag" in flat(mail)[0] and "%(" not in flat(mail)[0]
        assert "<" not in flat(mail)[0], "a remark is no address"
        for body in flat(mail):
            assert body.count("2027") == 10, "the newest ten"
            assert about.link in body
    assert read(mail)["Auto-Submitted"] == "auto-generated"


def test_a_subject_that_is_still_there_is_told() -> None:
    assert "Uitslag" in flat(asked(subject="Uitslag"))[0]
    assert "onderwerp" not in flat(asked())[0].lower()
