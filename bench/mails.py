"""The mails that are measured with: Dutch office mail of real length and layout, the same at every run."""

from __future__ import annotations

import io
import random
import zipfile
from email.message import EmailMessage
from typing import Final

SENDER: Final = "anna.dewit@kliniek.example"
RECIPIENT: Final = "jan.jansen@post.example"
SECRET: Final = "Het burgerservicenummer (BSN) van mevrouw is 111222333."
"""A line that the shipped rules protect."""
NO_SECRET: Final = "Een burgerservicenummer (BSN) vraagt u aan bij de gemeente waar u woont."
"""A line that makes every number worth a look, and is clean."""
MEGABYTE: Final = 1_000_000

_OPENINGS = (
    "Bedankt voor uw bericht van {day} {month}. Wij hebben het besproken met de collega's van de planning.",
    "Zoals vanochtend telefonisch afgesproken stuur ik u de stukken voor het overleg van {day} {month}.",
    "In de bijlage van ons vorige bericht stond het verslag van {day} {month}; hieronder de vervolgpunten.",
)
_SENTENCES = (
    "De offerte met kenmerk {number} is goedgekeurd, zodat de leverancier in week {week} kan beginnen.",
    "Het totaalbedrag komt uit op € {euro},{cent} inclusief btw en is binnen dertig dagen te voldoen.",
    "Voor vragen over de bestelling {number} is de servicedesk bereikbaar op werkdagen tussen 8.30 en 17.00 uur.",
    "De verbouwing van de tweede verdieping duurt naar verwachting tot en met {day} {month}.",
    "Wilt u de wijzigingen uiterlijk {day} {month} doorgeven, dan nemen wij ze mee in de volgende versie.",
    "Op de agenda staan de begroting, het rooster voor de zomer en de verhuizing van de afdeling inkoop.",
    "De cursus begint om {hour}.15 uur in zaal {room}; koffie en thee staan vanaf {hour}.00 uur klaar.",
    "Wij adviseren u de oude versie te verwijderen voordat u de nieuwe installeert.",
    "Het pakket met volgcode 3S{number}NL wordt op {day} {month} bezorgd tussen {hour}.00 en {hour}.45 uur.",
    "Uit het onderzoek onder {room} medewerkers blijkt dat de meesten tevreden zijn over de bereikbaarheid.",
    "De notulen van de vergadering zijn vastgesteld, met dank aan iedereen die een bijdrage leverde.",
    "Parkeren kan op het terrein achter het gebouw; de slagboom opent met code {room}.",
    "De gemeente heeft laten weten dat de vergunning naar verwachting voor {day} {month} wordt verleend.",
    "Mocht u verhinderd zijn, geef dat dan tijdig door, zodat een ander van de plaats gebruik kan maken.",
    "Het verbruik over het afgelopen kwartaal was {room} kWh lager dan in dezelfde periode vorig jaar.",
    "Kijk voor het volledige programma op https://www.kliniek.example/nieuws/{room}?week={week}.",
    "Hartelijk dank voor uw uitgebreide toelichting; daarmee kunnen wij goed verder.",
    "De schilders beginnen aan de noordkant en werken vervolgens met de klok mee om het gebouw heen.",
    "Wie mee wil denken over de inrichting van de nieuwe ontvangstruimte, kan zich bij mij melden.",
    "Ik heb de presentatie ingekort tot {hour} dia's, zodat er voldoende tijd overblijft voor vragen.",
    "De kantine schakelt over op een ruimer aanbod van vegetarische maaltijden en minder verpakkingen.",
    "Tijdens de verhuizing blijft de hoofdingang gewoon open; de zij-ingang is tijdelijk gesloten.",
    "Het nieuwe systeem onthoudt uw voorkeuren, zodat u ze niet telkens opnieuw hoeft in te stellen.",
    "Daarnaast vragen wij aandacht voor de brandoefening, die dit jaar onaangekondigd plaatsvindt.",
    "Over de precieze verdeling van de kosten maken beide partijen later nadere afspraken.",
    "De werkgroep heeft drie mogelijkheden uitgewerkt en licht haar voorkeur toe in hoofdstuk {week}.",
    "Zodra de laatste reacties binnen zijn, ontvangt iedereen het definitieve verslag.",
    "Gelieve de ramen aan het einde van de dag te sluiten en de verlichting uit te doen.",
)
_CLOSING = """\
Met vriendelijke groet,

Anna de Wit
Facilitaire zaken

De Kliniek | Lindelaan 14 | 1234 AB Voorbeeldstad
T 020 555 01 23 | anna.dewit@kliniek.example | www.kliniek.example
"""
_MONTHS = ("januari", "maart", "april", "juni", "september", "oktober", "november")


def prose(size: int, seed: int = 1) -> str:
    """At least `size` characters of clean Dutch text, in paragraphs of a few sentences."""
    chance = random.Random(seed)
    paragraphs: list[str] = []
    length = 0
    while length < size:
        chosen = [chance.choice(_OPENINGS), *chance.sample(_SENTENCES, chance.randint(2, 5))]
        paragraph = " ".join(_filled(sentence, chance) for sentence in chosen)
        paragraphs.append(paragraph)
        length += len(paragraph) + 2
    return "\n\n".join(paragraphs) + "\n"


def text_mail(size: int = 20_000, secret: str = "") -> bytes:
    """A text/plain mail of about `size` bytes, LF line ends, with `secret` in the middle of its text."""
    message = _headed()
    message.set_content(_letter(size - 1_500, secret), cte="8bit")
    return message.as_bytes()


def alternative_mail(size: int = 20_000, secret: str = "") -> bytes:
    """A multipart/alternative mail of about `size` bytes, as mail programs send it: text, and the same as HTML."""
    message = _headed()
    letter = _letter(int(size * 0.36), secret)
    message.set_content(letter, cte="quoted-printable")
    message.add_alternative(_as_html(letter), subtype="html", cte="quoted-printable")
    return message.as_bytes()


def mail_with_text_file(size: int, secret: str = "") -> bytes:
    """A mail of about `size` bytes of which all but the letter is one text file."""
    message = _headed()
    message.set_content(_letter(2_000, secret), cte="8bit")
    message.add_attachment(large_text(size), maintype="text", subtype="plain", filename="export.txt", cte="base64")
    return message.as_bytes()


def large_text(size: int) -> bytes:
    """The text file in `mail_with_text_file`."""
    text = prose(MEGABYTE).encode()
    room = _before_base64(size)
    return (text * (room // len(text) + 1))[:room]


def mail_with_archive(size: int, secret: str = "") -> bytes:
    """The same with a ZIP: a PDF with text, and pictures that do not pack."""
    message = _headed()
    message.set_content(_letter(2_000, secret), cte="8bit")
    chance = random.Random(2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("verslag.pdf", pdf(prose(200_000)))
        archive.writestr("notities.txt", prose(MEGABYTE))
        room = _before_base64(size) - buffer.tell()
        for number in range(10):
            archive.writestr(f"foto-{number}.jpg", b"\xff\xd8\xff\xe0" + chance.randbytes(max(1_000, room // 10)))
    message.add_attachment(buffer.getvalue(), maintype="application", subtype="zip", filename="stukken.zip")
    return message.as_bytes()


def mail_with_pdf(size: int, secret: str = "") -> bytes:
    """The same with one PDF: many pages of text, and a picture that does not pack."""
    message = _headed()
    message.set_content(_letter(2_000, secret), cte="8bit")
    content = pdf(prose(MEGABYTE), filler=_before_base64(size) - 2 * MEGABYTE)
    message.add_attachment(content, maintype="application", subtype="pdf", filename="jaarverslag.pdf")
    return message.as_bytes()


def pdf(text: str, filler: int = 0) -> bytes:
    """A PDF with `text` in lines on pages, and a picture of `filler` bytes on the first one."""
    lines = [line[start : start + 90] for line in text.splitlines() for start in range(0, len(line) or 1, 90)]
    pages = [lines[start : start + 55] for start in range(0, len(lines), 55)]
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>"]
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))
    objects.append(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids))
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    width = max(1, filler // 1000)
    picture = random.Random(3).randbytes(width * 1000)
    objects.append(
        b"<</Type/XObject/Subtype/Image/Width %d/Height 1000/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>"
        b"stream\n%s\nendstream" % (width, len(picture), picture)
    )
    for number, page in enumerate(pages):
        drawn = b"\n".join(b"(%s)'" % _pdf_string(line) for line in page)
        image = b"q 100 0 0 100 450 700 cm /I Do Q\n" if number == 0 else b""
        content = b"%sBT /F 9 Tf 12 TL 40 800 Td\n%s\nET" % (image, drawn)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>>>" % (6 + 2 * number)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    return _numbered(objects)


def _numbered(objects: list[bytes]) -> bytes:
    """The file of the objects, with its table of where each begins."""
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    table = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    file.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table))
    return file.getvalue()


def _pdf_string(line: str) -> bytes:
    escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return escaped.encode("cp1252", "replace")


def _headed() -> EmailMessage:
    """A mail with the header fields that office mail has."""
    message = EmailMessage()
    message["Received"] = (
        "from werkplek-17.kliniek.example (werkplek-17.kliniek.example [192.0.2.17]) by mail.kliniek.example "
        "with ESMTPSA id 4XyZ12abcd; Tue, 3 Nov 2026 10:20:30 +0100"
    )
    message["From"] = f"Anna de Wit <{SENDER}>"
    message["To"] = f"Jan Jansen <{RECIPIENT}>"
    message["Cc"] = "Planning De Kliniek <planning@kliniek.example>"
    message["Subject"] = "Vervolg op ons overleg: planning, offerte en de verbouwing van de tweede verdieping"
    message["Date"] = "Tue, 3 Nov 2026 10:20:30 +0100"
    message["Message-ID"] = "<20261103102030.1A2B3C@kliniek.example>"
    message["In-Reply-To"] = "<9f8e7d6c.42@post.example>"
    message["References"] = "<1a2b3c4d.40@post.example> <5e6f7a8b.41@kliniek.example> <9f8e7d6c.42@post.example>"
    message["X-Mailer"] = "Postbus 16.0"
    message["Thread-Topic"] = "Vervolg op ons overleg"
    message["Content-Language"] = "nl-NL"
    return message


def _letter(size: int, secret: str) -> str:
    text = prose(size - len(_CLOSING))
    if secret:
        place = text.index("\n\n", len(text) // 2 if len(text) > 2_000 else 0)
        text = f"{text[:place]}\n\n{secret}{text[place:]}"
    return f"Beste meneer Jansen,\n\n{text}\n{_CLOSING}"


def _as_html(letter: str) -> str:
    paragraphs = "\n".join(
        f'<p class="MsoNormal" style="margin:0 0 12px 0"><span style="font-size:11.0pt;color:#1f2937">{text}</span></p>'
        for text in letter.replace("&", "&amp;").split("\n\n")
    )
    return (
        '<!DOCTYPE html>\n<html lang="nl"><head><meta charset="utf-8"><style>\n'
        "p.MsoNormal {font-family: Calibri, sans-serif; line-height: 1.4}\na {color: #0563c1}\n"
        f"</style></head>\n<body>\n{paragraphs}\n</body></html>\n"
    )


def _filled(sentence: str, chance: random.Random) -> str:
    return sentence.format(
        day=chance.randint(1, 28), month=chance.choice(_MONTHS), number=chance.randint(10_000_000, 99_999_999),
        week=chance.randint(1, 52), euro=chance.randint(100, 9_999), cent=f"{chance.randint(0, 99):02}",
        hour=chance.randint(9, 16), room=chance.randint(100, 999),
    )  # fmt: skip


def _before_base64(size: int) -> int:
    """How many bytes become `size` as base64 in lines of 76."""
    return size * 57 // 77


def crlf(mail: bytes) -> bytes:
    """A mail with LF line ends as SMTP carries it."""
    return mail.replace(b"\n", b"\r\n")
