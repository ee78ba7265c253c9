"""Mails as people get them: an invitation, a mail in a mail, what Outlook wraps, Arabic, tables that are too wide."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path

from tests.quality.compound import compound
from tests.quality.in_outlook import attribute, msg, property_list, tnef, variable

INVITE = """BEGIN:VCALENDAR\r
METHOD:{method}\r
BEGIN:VEVENT\r
UID:afspraak-1@kliniek.example\r
SUMMARY:Gesprek over de uitslag\r
DTSTART;TZID=Europe/Amsterdam:20260923T143000\r
DTEND;TZID=Europe/Amsterdam:20260923T150000\r
LOCATION:Polikliniek De Linde\\, kamer 3\r
ORGANIZER;CN=Dr. A. de Boer:mailto:deboer@kliniek.example\r
RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4\r
END:VEVENT\r
END:VCALENDAR\r
"""
"""An appointment; `method` is REQUEST or CANCEL."""


def a_mail(subject: str = "Uitslag", text: str = "Hallo", html: str = "") -> EmailMessage:
    made = EmailMessage(SMTP)
    made["From"] = "Anna de Boer <anna@kliniek.example>"
    made["To"] = "Jan Jansen <jan@post.example>"
    made["Date"] = "Sun, 20 Sep 2026 10:00:00 +0200"
    made["Subject"] = subject
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def invitation(method: str = "REQUEST") -> bytes:
    """As Exchange and Google send it: the calendar as a third way to say the same, and as a file."""
    made = a_mail("Uitnodiging: gesprek", "U bent uitgenodigd voor een gesprek.\n", "<p>U bent uitgenodigd.</p>")
    calendar = INVITE.format(method=method).encode()
    made.add_alternative(calendar, maintype="text", subtype="calendar", params={"method": method})
    made.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    return made.as_bytes()


def nested(depth: int = 1) -> bytes:
    """A mail with a mail in it, `depth` times, the innermost with a file."""
    inner = a_mail("Binnenste brief", "Dit is de binnenste brief.\n")
    inner.add_attachment("Wat er in zit.\n", filename="binnen.txt")
    for number in range(depth, 0, -1):
        outer = a_mail(f"Doorgestuurd {number}", f"Zie de brief hieronder, laag {number}.\n")
        outer.add_attachment(inner)
        inner = outer
    return inner.as_bytes()


def with_file(name: str, data: bytes, kind: str = "application/octet-stream", text: str = "Hallo") -> bytes:
    made = a_mail(text=text)
    made.add_attachment(data, *kind.split("/"), filename=name)
    return made.as_bytes()


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


WINMAIL = tnef(
    attribute(1, 0x8004, 1, b"Offerte\0"),
    attribute(1, 0x9003, 6, property_list(variable(0x102, 0x1013, b"<p>De <b>offerte</b> zit erbij.</p>"))),
    attribute(2, 0x9002, 6, bytes(14)),
    attribute(2, 0x8010, 1, b"offerte.txt\0"),
    attribute(2, 0x800F, 6, b"Een hand van 12 euro.\n"),
)
"""A winmail.dat with a text and a file."""
_ATTACHED = "__attach_version1.0_#00000000"
MSG = compound(
    msg(
        {
            "0037001F": _wide("Brief uit Outlook"),
            "0C1A001F": _wide("Piet Pietersen"),
            "5D01001F": _wide("piet@kliniek.example"),
            "0E04001F": _wide("Jan Jansen; Eva"),
            "1000001F": _wide("Beste Jan,\r\nZie de bijlage.\r\n"),
            f"{_ATTACHED}/37010102": b"inhoud",
            f"{_ATTACHED}/3707001F": _wide("bijlage.txt"),
        }
    )
)
"""A mail as Outlook saves it."""


def _der(tag: int, *inside: bytes) -> bytes:
    content = b"".join(inside)
    length = len(content)
    size = bytes([length]) if length < 128 else b"\x84" + length.to_bytes(4, "big")
    return bytes([tag]) + size + content


def enveloped(entity: bytes) -> bytes:
    """An opaque signed S/MIME message around a part of a mail (RFC 5652 5.1), its signers left out."""
    data, signed = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x07" + number for number in (b"\1", b"\2"))
    content = _der(0x30, _der(0x06, data), _der(0xA0, _der(0x04, entity)))
    return _der(0x30, _der(0x06, signed), _der(0xA0, _der(0x30, _der(2, b"\1"), _der(0x31), content, _der(0x31))))


def signed() -> bytes:
    """A mail that is one opaque signed envelope, with a text and a file in it."""
    inner = a_mail("binnen", "De ondertekende tekst.\n")
    inner.add_attachment("x,y\n1,2\n", subtype="csv", filename="cijfers.csv")
    head = (
        b"From: Anna <anna@kliniek.example>\r\nSubject: Ondertekend\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head + base64.encodebytes(enveloped(inner.as_bytes())).replace(b"\n", b"\r\n")


ARABIC = (
    '<div dir="rtl"><p>عزيزي السيد يانسن،</p><p>نتيجة الفحص جيدة. يمكنكم الاتصال بنا على 06-12345678.</p>'
    "<blockquote>متى أحصل على النتيجة؟</blockquote><p>مع أطيب التحيات،<br>عيادة الزيزفون</p></div>"
)
_CELLS = "".join(
    f"<td>{value}</td>" for value in ("23-09-2026", "Hemoglobine", "8,9 mmol/l", "8,5 – 11,0", "goed", "Lab West")
)
TABLE = (
    "<p>De uitslagen:</p><table border=1 cellpadding=6 style='white-space:nowrap;border-collapse:collapse'><tr>"
    "<th>Datum</th><th>Bepaling</th><th>Waarde</th><th>Grenzen</th><th>Oordeel</th><th>Laboratorium</th></tr>"
    + f"<tr>{_CELLS}</tr>" * 6
    + "</table><p>Met vriendelijke groet</p>"
)
LONG = "<h2>Verslag</h2>" + "".join(
    f"<p>Alinea {n}. " + "Dit is een zin die een paar keer terugkomt. " * 8 + "</p>" for n in range(1, 41)
)

_OFFICE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2" '
    'office:mimetype="application/vnd.oasis.opendocument.{kind}"><office:body><office:{kind}>{body}</office:{kind}>'
    "</office:body></office:document>"
)
_BODIES = {
    "text": "<text:p>Beste Jan, dit is een brief uit een tekstverwerker.</text:p>{more}",
    "spreadsheet": '<table:table table:name="Blad1"><table:table-row><table:table-cell office:value-type="string">'
    "<text:p>Afspraken</text:p></table:table-cell></table:table-row></table:table>{more}",
    "presentation": '<draw:page draw:name="1"><draw:frame svg:width="20cm" svg:height="5cm" svg:x="2cm" svg:y="2cm">'
    "<draw:text-box><text:p>Uw behandeling</text:p></draw:text-box></draw:frame></draw:page>{more}",
}
FLAT = {"text": ".fodt", "spreadsheet": ".fods", "presentation": ".fodp"}
"""The endings of documents in one XML file."""


def flat(kind: str, more: str = "") -> bytes:
    """A document in one XML file."""
    return _OFFICE.format(kind=kind, body=_BODIES[kind].format(more=more)).encode()


@cache
def office_file(ending: str, more: str = "") -> bytes:
    """A real document, saved by LibreOffice itself: ".docx", ".xlsx", ".pptx", ".odt" and so on."""
    kind = {"x": "spreadsheet", "s": "spreadsheet", "p": "presentation"}.get(
        ending[3] if ending[1] == "o" else ending[1], "text"
    )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, f"bron{FLAT[kind]}")
        source.write_bytes(flat(kind, more))
        command = [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            ending[1:],
        ]
        subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True, timeout=120)
        return Path(folder, f"bron{ending}").read_bytes()


def has_office() -> bool:
    return shutil.which("soffice") is not None
