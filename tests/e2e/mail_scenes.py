"""Every mail that Zegel sends, about made-up messages, and what a person sees of it.

`python -m tests.e2e.pictures` takes their pictures; docs/mails.md shows them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

from tests.unit.notices.notice_cast import BRAND, EXPIRES, LINK, PLAIN, RECIPIENT, SENDER, files, message
from zegel.notices.agreed_mails import agreed_code_mail
from zegel.notices.automatic import password_mail
from zegel.notices.bounce import failure_mail
from zegel.notices.hold_ended import hold_over_mail
from zegel.notices.number_mails import (
    code_failed_mail,
    locked_mail,
    number_changed_mail,
    number_missing_mail,
    number_request_mail,
    wrong_number_mail,
)
from zegel.notices.passkey_mail import passkey_added_mail
from zegel.notices.proof_mail import proof_mail
from zegel.notices.reply_mail import Attached, Written, reply_mail
from zegel.notices.status_mails import not_opened_mail, opened_mail, receipt_mail, sms_alarm_mail
from zegel.notices.to_sender import About
from zegel.notices.trust_mails import ask_sender_mail, new_device_mail, not_asked_mail, not_for_me_mail

OWN = "veilig@kliniek.example"
LOGO = Path(__file__).parents[2] / "demo" / "logo.png"
LONG = "wilhelmina.vanderheijden@medischcentrumnoordoost.example"
"""Longer than a small phone is wide."""
SUBJECT = "Uitslag van het onderzoek"
MASKED = "+3******954"
OPENED = EXPIRES - 20 * 24 * 3600
HOUSE = replace(BRAND, logo=LOGO.read_bytes(), timezone="Europe/Amsterdam")
SENDERS_PAGE = LINK.replace("/m/", "/s/")

WITH_FILES = (
    PLAIN.split(b"\r\n\r\n")[0].replace(b"X-Secret: BSN 111222333", b"MIME-Version: 1.0\r\nContent-Type: "
    b'multipart/mixed; boundary="x"')
    + b"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBeste Jan,\r\n\r\n"
    b"In de bijlagen vindt u de uitslag en een advies.\r\n\r\nMet vriendelijke groet,\r\nAnna de Boer\r\n"
    b'--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="Uitslag.pdf"\r\n\r\n'
    + b"%PDF-1.4 " * 5000
    + b"\r\n--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; "
    b'filename="Advies_voor_thuis_na_het_onderzoek_van_12_mei.docx"\r\n\r\n' + b"a lot " * 3000 + b"\r\n--x--\r\n"
)  # fmt: skip


def _about(language: str) -> About:
    return About(OWN, SENDER, SUBJECT, SENDERS_PAGE, language)


def _request(language: str, *, reminder: bool) -> bytes:
    reason = {"nl": "Medische gegevens", "de": "Medizinische Angaben", "fr": "Données médicales"}.get(
        language, "Medical data"
    )
    return number_request_mail(
        HOUSE, _about(language), recipients=(RECIPIENT, LONG), reason=reason, sample="111••••33", until=EXPIRES,
        reminder=reminder, may_agree=True,
    )  # fmt: skip


def _password(language: str) -> bytes:
    return password_mail(
        HOUSE, sender_address=OWN, recipient=RECIPIENT, password="abcdefgh2345", link=LINK,
        message_sender="Anna de Boer", until=1_798_722_300.0, at=1_798_718_700.0, language=language,
        phrase="blauwe fiets",
    )  # fmt: skip


def _proof(language: str) -> bytes:
    return proof_mail(
        HOUSE, sender_address=OWN, recipient=RECIPIENT, password="abcdefgh2345", until=1_798_722_300.0,
        at=1_798_718_700.0, language=language,
    )  # fmt: skip


def _failure(language: str) -> bytes:
    return failure_mail(
        HOUSE, to=SENDER, failed_recipient=RECIPIENT, subject=SUBJECT,
        reason="550 5.1.1 <jan@post.example>: no such user", language=language, from_address=OWN,
    )  # fmt: skip


def _hold_over(language: str) -> bytes:
    return hold_over_mail(
        HOUSE, to=SENDER, recipients=(RECIPIENT, LONG), subject=SUBJECT, language=language, from_address=OWN
    )


def _changed(language: str) -> bytes:
    about = About(OWN, SENDER, "", "", language)
    return number_changed_mail(HOUSE, about, recipient=LONG, number=MASKED, by="bram@kliniek.example")


def _agreed(language: str, *, withdrawn: bool) -> bytes:
    by = "" if withdrawn else "bram@kliniek.example"
    return agreed_code_mail(HOUSE, replace(_about(language), subject=""), recipient=LONG, by=by, withdrawn=withdrawn)


def _alarm(language: str, sent: int) -> bytes:
    return sms_alarm_mail(HOUSE, own_address=OWN, to="beheer@kliniek.example", sent=sent, cap=500, language=language)


def _new_device(language: str) -> bytes:
    return new_device_mail(
        HOUSE, sender_address=OWN, recipient=RECIPIENT, browser="Firefox", system="Android", at=OPENED,
        ends_at=OPENED + 30 * 24 * 3600, link=LINK.replace("/m/", "/d/"), language=language, phrase="blauwe fiets",
    )  # fmt: skip


def _ask_sender(language: str) -> bytes:
    about = replace(_about(language), subject="")  # it went with the message
    return ask_sender_mail(HOUSE, about, recipient=RECIPIENT, sent_at=OPENED, recalled=False, can_extend=False)


def _not_asked(language: str) -> bytes:
    moments = (OPENED, OPENED + 7260)
    return not_asked_mail(HOUSE, _about(language), recipient=RECIPIENT, opened_at=moments, taken=True, way="password")


def _passkey(language: str, link: str) -> bytes:
    between = {"nl": "op", "de": "auf", "fr": "sur"}.get(language, "on")
    name = f"Chrome {between} Windows"
    return passkey_added_mail(
        HOUSE, sender_address=OWN, recipient=RECIPIENT, name=name, at=OPENED, level=2 if link else 1, link=link,
        language=language,
    )  # fmt: skip


def _reply(language: str) -> bytes:
    return reply_mail(HOUSE, Written(
        name="Jan Jansen", address=RECIPIENT, own_address=OWN, to=((SENDER, "Anna de Boer"),), subject=SUBJECT,
        answers=("<een@kliniek.example>",), references=("<nul@post.example>",), message_id="<drie@kliniek.example>",
        reference="k7pd-2xqa", at=OPENED, way="password",
        files=(Attached("Vragen.pdf", "application/pdf", b"%PDF-1.4"),),
        text="Beste Anna,\n\nDank u wel. Ik heb nog twee vragen:\n\n- Mag ik weer sporten?\n- Wanneer bel ik u?\n\nJan",
    ), language)  # fmt: skip


MAILS: dict[str, Callable[[str], bytes]] = {
    "message": lambda language: message(brand=HOUSE, language=language),
    "message-code": lambda language: message(brand=HOUSE, language=language, way="sms"),
    "files": lambda language: files(WITH_FILES, HOUSE, language=language),
    "password": _password,
    "proof": _proof,
    "reply": _reply,
    "number-request": lambda language: _request(language, reminder=False),
    "number-reminder": lambda language: _request(language, reminder=True),
    "number-missing": lambda language: number_missing_mail(HOUSE, _about(language), recipient=LONG),
    "not-my-number": lambda language: wrong_number_mail(HOUSE, _about(language), recipient=LONG, number=MASKED),
    "not-for-me": lambda language: not_for_me_mail(HOUSE, _about(language), recipient=RECIPIENT),
    "ask-sender": _ask_sender,
    "not-asked": _not_asked,
    "new-device": _new_device,
    "passkey-added": lambda language: _passkey(language, f"{LINK}/passkeys"),
    "passkey-added-ended": lambda language: _passkey(language, ""),
    "code-failed": lambda language: code_failed_mail(HOUSE, _about(language), recipient=LONG, number=MASKED),
    "locked": lambda language: locked_mail(HOUSE, _about(language), recipient=RECIPIENT),
    "number-changed": _changed,
    "code-changed": lambda language: _agreed(language, withdrawn=False),
    "code-withdrawn": lambda language: _agreed(language, withdrawn=True),
    "receipt": lambda language: receipt_mail(HOUSE, _about(language), recipients=(RECIPIENT, LONG), expires_at=EXPIRES),
    "opened": lambda language: opened_mail(HOUSE, _about(language), recipient=LONG, at=OPENED),
    "not-opened": lambda language: not_opened_mail(HOUSE, _about(language), recipient=LONG, expires_at=EXPIRES),
    "sms-alarm": lambda language: _alarm(language, 400),
    "sms-full": lambda language: _alarm(language, 500),
    "hold-bounce": _hold_over,
    "failure": _failure,
}
"""By name: the mail in a language."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail as a mail program has it."""

    subject: str
    text: str
    page: str
    """HTML that needs nothing from elsewhere; a mail without HTML as its text."""


def seen(raw: bytes, images: bool = True) -> Seen:
    """What a person sees of the mail in `raw`; without `images` their places stay empty."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert body is not None
    text = str(body.get_content())
    page = _page_of(text) if rich is None else str(rich.get_content())
    for part in mail.walk():
        if images and (name := str(part["Content-ID"] or "").strip("<>")):
            data = base64.b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            page = page.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{data}")
    return Seen(str(mail["Subject"]), text, page)


def terminal(read: Seen) -> str:
    """The text part as a terminal of 80 signs shows it."""
    return (
        '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;padding:12px;background:#111;color:#ddd">'
        '<pre style="font:12px/17px monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0">'
        f"Subject: {escape(read.subject)}\n\n{escape(read.text)}</pre>"
    )


def _page_of(text: str) -> str:
    """Plain text as a mail program shows it, folded where the window ends."""
    return (
        '<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<body style="margin:16px"><pre style="font:13px/20px monospace;white-space:pre-wrap;'
        f'overflow-wrap:anywhere;margin:0">{escape(text)}</pre>'
    )
