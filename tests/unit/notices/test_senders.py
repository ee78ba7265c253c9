"""The mails to senders: about numbers, about what became of a message, and the alarm."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.notices.notice_cast import BRAND, RECIPIENT, SENDER, bodies, everything, read
from zegel.notices.hold_ended import hold_over_mail
from zegel.notices.number_mails import (
    code_failed_mail,
    locked_mail,
    number_changed_mail,
    number_missing_mail,
    number_request_mail,
    wrong_number_mail,
)
from zegel.notices.status_mails import not_opened_mail, opened_mail, receipt_mail, sms_alarm_mail
from zegel.notices.to_sender import MOST_NAMED, About, named
from zegel.notices.trust_mails import ask_sender_mail, not_for_me_mail
from zegel.theme.palette import GOOD

LINK = "https://veilig.kliniek.example/s/Zk3v9xQ2mWc7TtB1yLr5Hn8PaSd0EfGu4JiKoNbVqXw"
MASKED = "+3******954"
UNTIL = 1_798_722_300.0


def about(language: str = "nl", subject: str = "Patiëntendossier 234-567") -> About:
    return About("veilig@kliniek.example", SENDER, subject, LINK, language)


def request(to: About, recipients: tuple[str, ...] = (RECIPIENT,), sample: str = "", **how: bool) -> bytes:
    return number_request_mail(
        BRAND, to, recipients=recipients, reason="Medische gegevens", sample=sample or "111••••33", until=UNTIL,
        **{"reminder": False, **how},
    )  # fmt: skip


MAILS: dict[str, Callable[[About], bytes]] = {
    "request": request,
    "reminder": lambda to: request(to, reminder=True),
    "missing": lambda to: number_missing_mail(BRAND, to, recipient=RECIPIENT),
    "not my number": lambda to: wrong_number_mail(BRAND, to, recipient=RECIPIENT, number=MASKED),
    "not for me": lambda to: not_for_me_mail(BRAND, to, recipient=RECIPIENT),
    "ask sender": lambda to: ask_sender_mail(
        BRAND, to, recipient=RECIPIENT, sent_at=UNTIL, recalled=False, can_extend=False
    ),
    "code failed": lambda to: code_failed_mail(BRAND, to, recipient=RECIPIENT, number=MASKED),
    "locked": lambda to: locked_mail(BRAND, to, recipient=RECIPIENT),
    "receipt": lambda to: receipt_mail(BRAND, to, recipients=[RECIPIENT], expires_at=UNTIL),
    "opened": lambda to: opened_mail(BRAND, to, recipient=RECIPIENT, at=UNTIL),
    "not opened": lambda to: not_opened_mail(BRAND, to, recipient=RECIPIENT, expires_at=UNTIL),
}
"""Each with one recipient, a subject and a link."""
all_mails = pytest.mark.parametrize("make", MAILS.values(), ids=MAILS.keys())


@all_mails
@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_says_which_message_whom_and_where_in_text_and_html(make: Callable[[About], bytes], language: str) -> None:
    raw = make(about(language))
    mail = read(raw)
    assert mail["To"] == SENDER and mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].addr_spec == "veilig@kliniek.example"
    assert "Patiëntendossier 234-567" in mail["Subject"] and len(mail["Subject"]) < 120
    for body in bodies(mail):
        flat = " ".join(body.split())
        for wanted in ("Patiëntendossier 234-567", RECIPIENT, LINK, "Kliniek Noord"):
            assert wanted in flat
        assert "!" not in re.sub(r"<!.*?>|!important", "", flat)
        assert "%(" not in flat
    assert len(raw) < 60_000
    assert max(len(line) for line in bodies(mail)[0].splitlines() if LINK not in line) <= 72


@all_mails
def test_each_reads_differently_in_the_other_language(make: Callable[[About], bytes]) -> None:
    assert bodies(read(make(about("nl"))))[0] != bodies(read(make(about("en"))))[0]


@all_mails
def test_a_message_without_a_subject_is_named_by_something_else(make: Callable[[About], bytes]) -> None:
    mail = read(make(about(subject="")))
    assert not str(mail["Subject"]).rstrip().endswith(":")


@all_mails
@given(subject=st.text(max_size=300))
def test_no_subject_can_bend_a_mail(make: Callable[[About], bytes], subject: str) -> None:
    mail = read(make(about(subject=subject + "\r\nBcc: x@elders.example <script>alert(1)</script>")))
    assert mail["Bcc"] is None and len(mail["To"].addresses) == 1
    assert "<script>alert(1)" not in bodies(mail)[1]


def test_the_request_says_why_for_whom_until_when_and_has_one_green_button() -> None:
    mail = read(request(about(), ("eva@elders.example", RECIPIENT)))
    text, html = bodies(mail)
    flat = " ".join(text.split())
    for wanted in ("Medische gegevens", "111••••33", "eva@elders.example, jan@post.example", "2026"):
        assert wanted in flat
    assert html.count(f"background:{GOOD}") == 1
    assert "Van 2 ontvangers" in flat


def test_a_reminder_is_told_from_the_request_by_its_subject() -> None:
    subjects = {read(request(about(), reminder=each))["Subject"] for each in (False, True)}
    assert subjects == {
        "Telefoonnummer nodig: Patiëntendossier 234-567", "Herinnering: telefoonnummer nodig: Patiëntendossier 234-567",
    }  # fmt: skip


@pytest.mark.parametrize("people", [(RECIPIENT,), (RECIPIENT, "eva@elders.example")], ids=["one", "two"])
def test_where_landlines_are_called_the_request_does_not_speak_of_sms_alone(people: tuple[str, ...]) -> None:
    text = " ".join(bodies(read(request(about(), people, calls=True)))[0].split())
    assert "een code per sms of telefoontje" in text and "mobiel" not in text
    assert "een sms-code" in " ".join(bodies(read(request(about(), people)))[0].split())


def test_many_recipients_are_counted_beyond_twenty() -> None:
    many = [f"r{number}@post.example" for number in range(25)]
    assert named(many, "en").endswith("and 5 more") and named(many, "en").count("@") == MOST_NAMED
    assert named(many[:2], "nl") == "r0@post.example, r1@post.example"


@pytest.mark.parametrize("by", ["collega@kliniek.example", ""])
def test_a_changed_number_says_who_and_only_enough_of_it(by: str) -> None:
    to = About("veilig@kliniek.example", SENDER, "", "", "nl")
    mail = read(number_changed_mail(BRAND, to, recipient=RECIPIENT, number=MASKED, by=by))
    text = " ".join(bodies(mail)[0].split())
    assert f"{by or 'De beheerder'} heeft het telefoonnummer van {RECIPIENT} gewijzigd" in text
    assert MASKED in text


@pytest.mark.parametrize(("sent", "said"), [(80, "bijna geen"), (100, "geen codes meer")])
def test_the_alarm_says_how_many_and_what_to_do(sent: int, said: str) -> None:
    raw = sms_alarm_mail(
        BRAND, own_address="veilig@kliniek.example", to="beheer@kliniek.example", sent=sent, cap=100, language="nl"
    )
    mail = read(raw)
    text = bodies(mail)[0]
    assert mail["To"] == "beheer@kliniek.example" and said in text
    assert str(sent) in text and "sms.daily_cap" in text


def test_a_hold_that_ended_is_a_report_with_a_block_for_each_recipient() -> None:
    raw = hold_over_mail(
        BRAND, to=SENDER, recipients=["eva@elders.example", RECIPIENT], subject="Uitslag", language="nl",
        from_address="veilig@kliniek.example",
    )  # fmt: skip
    mail = read(raw)
    assert mail.get_content_type() == "multipart/report"
    status = next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status")
    blocks = [dict(block.items()) for block in status.get_payload()]  # type: ignore[union-attr]
    assert [block.get("Final-Recipient") for block in blocks[1:]] == [
        "rfc822; eva@elders.example", f"rfc822; {RECIPIENT}",
    ]  # fmt: skip
    assert {block["Status"] for block in blocks[1:]} == {"5.4.7"}
    assert "eva@elders.example, jan@post.example" in " ".join(everything(mail).split())


@pytest.mark.parametrize(
    ("recipients", "said", "not_said"),
    [
        ([RECIPIENT], "this recipient has not been able", "recipients"),
        ([RECIPIENT, "eva@elders.example"], "these recipients have not been able", "this recipient"),
    ],
)
def test_a_hold_that_ended_speaks_of_as_many_as_there_are(recipients: list[str], said: str, not_said: str) -> None:
    raw = hold_over_mail(
        BRAND, to=SENDER, recipients=recipients, subject="Uitslag", language="en", from_address="veilig@kliniek.example"
    )
    body = read(raw).get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert said in text and not_said not in text


@pytest.mark.parametrize(
    ("recipients", "said"), [((RECIPIENT,), "The recipient gets"), ((RECIPIENT, "eva@elders.example"), "s get a link")]
)
def test_a_receipt_speaks_of_as_many_as_there_are(recipients: tuple[str, ...], said: str) -> None:
    assert said in bodies(read(receipt_mail(BRAND, about("en"), recipients=recipients, expires_at=UNTIL)))[0]


@pytest.mark.parametrize(("mail", "button"), [("not my number", "Nummer verbeteren"), ("not for me", "Bekijk uw")])
def test_the_button_is_about_what_is_wrong(mail: str, button: str) -> None:
    assert f"{button}" in " ".join(bodies(read(MAILS[mail](about())))[0].split())


def test_a_reminder_says_that_the_message_still_waits() -> None:
    first, second = (bodies(read(request(about(), reminder=each)))[0].splitlines()[0] for each in (False, True))
    assert first == "Uw bericht wacht op een telefoonnummer" and second == "Uw bericht wacht nog op een telefoonnummer"


@given(st.lists(st.text(max_size=100), min_size=1, max_size=5), st.text(max_size=100))
def test_no_address_can_bend_the_report(recipients: list[str], subject: str) -> None:
    raw = hold_over_mail(
        BRAND, to=SENDER, recipients=recipients, subject=subject, language="nl", from_address="veilig@kliniek.example"
    )
    mail = read(raw)
    status = next(part for part in mail.walk() if part.get_content_type() == "message/delivery-status")
    assert len(status.get_payload()) == 1 + len(recipients)
