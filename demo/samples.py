"""The mails that the demo sends first: one clean, one with a BSN, one with a file, one for a code."""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid
from html import escape

from demo.documents import docx

DOCTOR = "Anna de Wit <anna.dewit@kliniek.example>"
DESK = "Balie De Kliniek <balie@kliniek.example>"
PATIENT = "Jan Jansen <jan.jansen@post.example>"
OTHER_PATIENT = "Fatima el Amrani <fatima.elamrani@thuis.example>"
INSURER = "Zorgkantoor Oost <declaraties@zorgkantoor.example>"
PHYSIO = "Pieter de Vries <pieter@fysiodevries.example>"
CAST = {address: name for name, address in getaddresses([DOCTOR, DESK, PATIENT, OTHER_PATIENT, INSURER, PHYSIO])}
"""Names by address: a notification names its recipient by address only."""


def samples() -> list[EmailMessage]:
    """The four, with today's date."""
    return [_appointment(), _registration(), _claims(), _referral()]


def send(messages: list[EmailMessage], port: int) -> None:
    """Hand them to Postfix on 127.0.0.1. Raises smtplib.SMTPException or OSError."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
        for message in messages:
            connection.send_message(message)


def _mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="kliniek.example")
    message.set_content(text)
    return message


def _with_html(message: EmailMessage, text: str) -> EmailMessage:
    paragraphs = "".join(
        f"<p>{escape(paragraph).replace(chr(10), '<br>')}</p>" for paragraph in text.strip().split("\n\n")
    )
    message.add_alternative(
        f'<html><body style="font-family: sans-serif; line-height: 1.5">{paragraphs}</body></html>', subtype="html"
    )
    return message


def _appointment() -> EmailMessage:
    day = datetime.now() + timedelta(days=6)
    text = f"""\
Beste meneer Jansen,

U heeft een afspraak bij De Kliniek:

{day:%d-%m-%Y} om 10.20 uur
Anna de Wit, spreekkamer 3

Bent u verhinderd? Bel dan uiterlijk een dag van tevoren naar 020 555 01 23.

Met vriendelijke groet,
Balie De Kliniek
"""
    return _with_html(_mail(DESK, PATIENT, "Uw afspraak bij De Kliniek", text), text)


def _registration() -> EmailMessage:
    text = """\
Beste mevrouw El Amrani,

Welkom bij De Kliniek. U staat nu bij ons ingeschreven met deze gegevens:

Naam: F. el Amrani
Burgerservicenummer (BSN): 111222333
Adres: Lindelaan 14, 1234 AB Voorbeeldstad

Klopt er iets niet? Antwoord dan op deze mail, dan passen wij het aan.

Met vriendelijke groet,
Anna de Wit, huisarts
"""
    return _with_html(_mail(DOCTOR, OTHER_PATIENT, "Uw inschrijving bij De Kliniek", text), text)


def _claims() -> EmailMessage:
    text = f"""\
Geachte heer, mevrouw,

Bijgaand het overzicht van de declaraties van {datetime.now():%m-%Y}, drie regels.
Graag ontvangen wij een bevestiging.

Met vriendelijke groet,
Balie De Kliniek
"""
    message = _mail(DESK, INSURER, "Overzicht declaraties", text)
    rows = [
        ("Naam", "BSN", "Bedrag"),
        ("F. el Amrani", "111222333", "€ 12,09"),
        ("J. Jansen", "123456782", "€ 24,18"),
        ("P. de Vries", "999990019", "€ 12,09"),
    ]
    message.add_attachment(
        docx("Overzicht declaraties De Kliniek", rows),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="Overzicht declaraties.docx",
    )
    return message


def _referral() -> EmailMessage:
    text = """\
Beste Pieter,

Graag jouw behandeling van mevrouw F. el Amrani, BSN 111222333.

Diagnose: artrose van de linkerknie. Medicatie: paracetamol, zo nodig naproxen.
Vraag: oefentherapie, twaalf behandelingen.

Met vriendelijke groet,
Anna de Wit, huisarts
"""
    return _with_html(_mail(DOCTOR, PHYSIO, "Verwijzing van De Kliniek", text), text)
