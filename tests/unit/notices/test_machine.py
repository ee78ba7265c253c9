"""The mails that Zegel sends in its own name: the password, and the report of a failure."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.unit.notices.notice_cast import BRAND, LINK, RECIPIENT, SENDER, bodies, everything, read
from zegel.notices.automatic import password_mail
from zegel.notices.bounce import failure_mail
from zegel.notices.brand import brand
from zegel.settings.model import Portal, Settings
from zegel.settings.organisation import Organisation

PASSWORD = "abcdefgh2345"


def password(**changes: Any) -> bytes:
    """A password mail."""
    defaults = {
        "sender_address": "veilig@kliniek.example",
        "recipient": RECIPIENT,
        "password": PASSWORD,
        "link": LINK,
        "message_sender": "Anna de Boer",
        "until": 1_798_722_300.0,
        "at": 1_798_718_700.0,
        "language": "nl",
    }
    return password_mail(changes.pop("brand", BRAND), **{**defaults, **changes})


def failure(**changes: Any) -> bytes:
    """A report of a failed delivery."""
    defaults = {
        "to": SENDER,
        "failed_recipient": RECIPIENT,
        "subject": "Uitslag van het onderzoek",
        "reason": "550 5.1.1 <jan@post.example>: no such user",
        "language": "nl",
        "from_address": "veilig@kliniek.example",
    }
    return failure_mail(BRAND, **{**defaults, **changes})


def test_the_password_mail_comes_from_the_organisation() -> None:
    mail = read(password())
    assert mail["From"].addresses[0].display_name == "Kliniek Noord"
    assert mail["From"].addresses[0].addr_spec == "veilig@kliniek.example"
    assert mail["To"] == RECIPIENT
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Uw wachtwoord voor het beveiligde bericht"


@pytest.mark.parametrize("given", [PASSWORD, "abcd-efgh-2345", "abcd efgh 2345"])
def test_the_password_is_shown_in_groups_of_four_and_in_the_body_only(given: str) -> None:
    mail = read(password(password=given))
    text, html = bodies(mail)
    assert "abcd-efgh-2345" in text
    assert "abcd-efgh-2345" in html
    assert "abcd" not in "".join(f"{name}{value}" for name, value in mail.items())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "U kunt het wachtwoord één keer gebruiken, tot 14.05 uur."),
        ("en", "You can use the password once, until 14:05."),
        ("de", "Das Passwort ist bis 14:05 Uhr gültig und nur einmal verwendbar."),
        ("fr", "Le mot de passe est valable jusqu’à 14 h 05 et ne sert qu’une fois."),
    ],
)
def test_the_password_mail_says_until_when_for_whose_message_and_where(language: str, said: str) -> None:
    there = replace(BRAND, timezone="Europe/Amsterdam")
    for body in bodies(read(password(brand=there, language=language))):
        flat = " ".join(body.split())
        assert said in flat
        assert "Anna de Boer" in flat
        assert LINK in flat
        assert "!" not in re.sub(r"<!.*?>|!important", "", flat)


def test_a_password_that_ends_tomorrow_says_the_day() -> None:
    there = replace(BRAND, timezone="Europe/Amsterdam")
    text = " ".join(bodies(read(password(brand=there, at=1_798_722_300.0 - 86_400)))[0].split())
    assert "één keer gebruiken, tot 31 december 2026 om 14.05 uur." in text


def test_names_cannot_break_the_password_mail() -> None:
    mail = read(
        password(message_sender="A\r\nBcc: b@elders.example <script>", recipient="a@b.example\r\nBcc: c@d.example")
    )
    assert mail["Bcc"] is None
    assert "<script>" not in bodies(mail)[1]


def test_an_organisation_with_accents_and_quotes_is_written_right() -> None:
    mail = read(password_mail(
        brand(Settings(organisation=Organisation(name='Praktijk "Zoë", Noord'), domains=("kliniek.example",),
                       portal=Portal(url="https://veilig.kliniek.example"))),
        sender_address="veilig@kliniek.example", recipient=RECIPIENT, password=PASSWORD, link=LINK,
        message_sender="", until=1_798_722_300.0, at=1_798_718_700.0, language="nl",
    ))  # fmt: skip
    assert mail["From"].addresses[0].display_name == 'Praktijk "Zoë", Noord'
    assert len(mail["From"].addresses) == 1


def test_the_brand_is_what_the_settings_say(tmp_path: Path) -> None:
    from tests.unit.notices.notice_cast import png

    (tmp_path / "logo.png").write_bytes(png(10, 10))
    organisation = Organisation(
        name="Kliniek", logo=tmp_path / "logo.png", colour="#7A1F3D", support="https://a.example"
    )
    made = brand(Settings(organisation=organisation, domains=("a.example",), portal=Portal(url="https://b.example")))
    assert made.logo == png(10, 10)
    assert (made.name, made.colour, made.support, made.terms) == ("Kliniek", "#7a1f3d", "https://a.example", "")


# The failure


def report_fields(raw: bytes) -> tuple[Message, Message]:
    """The fields per message and per recipient of the report."""
    status = next(part for part in read(raw).walk() if part.get_content_type() == "message/delivery-status")
    per_message, per_recipient = (
        block for block in status.get_payload() if isinstance(block, Message) and block.keys()
    )
    return per_message, per_recipient


def test_a_failure_is_a_report_that_mail_programs_know() -> None:
    mail = read(failure())
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in mail.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["To"] == SENDER
    assert mail["Subject"] == "Niet bezorgd: Uitslag van het onderzoek"


def test_a_failure_says_who_what_and_why_for_machines() -> None:
    per_message, per_recipient = report_fields(failure())
    assert per_message["Reporting-MTA"] == "dns; kliniek.example"
    assert per_recipient["Final-Recipient"] == "rfc822; jan@post.example"
    assert per_recipient["Action"] == "failed"
    assert per_recipient["Status"] == "5.1.1"
    assert per_recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 <jan@post.example>: no such user"


@pytest.mark.parametrize(
    ("reason", "status"),
    [("", "5.0.0"), ("connection refused", "5.0.0"), ("450 4.2.2 full", "4.2.2"), ("from 10.5.1.1.9", "5.0.0")],
)
def test_a_failure_without_a_status_is_a_permanent_one(reason: str, status: str) -> None:
    assert report_fields(failure(reason=reason))[1]["Status"] == status


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_failure_says_who_what_and_why_for_people(language: str) -> None:
    part = read(failure(language=language)).get_body(("plain",))
    assert part is not None
    text = part.get_content()
    for said in (RECIPIENT, "Uitslag van het onderzoek", "no such user", "Kliniek Noord"):
        assert said in text


def test_a_failure_to_an_address_beyond_ascii_is_escaped_for_machines() -> None:
    assert report_fields(failure(failed_recipient="renée@post.example"))[1]["Final-Recipient"] == (
        r"utf-8; ren\x{E9}e@post.example"
    )


def test_nothing_in_a_failure_can_start_a_field() -> None:
    attack = "x\r\nBcc: boef@elders.example\r\n\r\nboo"
    mail = read(failure(failed_recipient=attack, subject=attack, reason=attack, to=SENDER + "\r\nBcc: a@b.example"))
    for part in mail.walk():
        assert part["Bcc"] is None
    assert "\nBcc" not in everything(mail)
    assert "Bcc" not in report_fields(failure(failed_recipient=attack, reason=attack))[1]
