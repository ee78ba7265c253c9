"""Reading: appointments, mails in mails, what Outlook and S/MIME wrap, office files, and paper."""

from __future__ import annotations

import io
import re
import struct
import zlib

import pytest
import pyzipper
from PIL import Image

from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import Client, M, client_for, reader_of
from tests.unit.portal.reading_samples import (
    MSG,
    WINMAIL,
    a_mail,
    enveloped,
    invitation,
    nested,
    signed,
    with_file,
)
from zegel.message.mime.view import view
from zegel_portal.convert.converter import Converter, Undrawable
from zegel_portal.mail.opened_mails import DEEPEST
from zegel_portal.mail.styles import style_sheets


def facts(page: str) -> str:
    """The text of a page on one line."""
    page = re.sub(r'<span class="(?:badge|unseen)"[^<]+</span>|<wbr>', "", page)
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").split())


def test_an_invitation_is_shown_as_one_and_its_calendar_once() -> None:
    page = reader_of(invitation()).get(f"{M}/message").text
    text = facts(page)
    for said in (
        "Invitation Gesprek over de uitslag",
        "Wednesday, 23 September 2026, 14:30 – 15:00 (time in Amsterdam)",
        "Every week on Wednesday, 4 times",
        "Where Polikliniek De Linde, kamer 3",
        "With Dr. A. de Boer",
        "1 file invite.ics",
    ):
        assert said in text
    assert page.count("Gesprek over de uitslag") == 1
    found = re.search(rf'href="({M}/file/\d+)">(?:(?!</a>).)*Put it in my calendar', page)
    assert found
    assert b"BEGIN:VCALENDAR" in reader_of(invitation()).get(found[1]).body


def test_a_cancelled_appointment_says_so_in_the_readers_language() -> None:
    jan = reader_of(invitation("CANCEL"))
    jan.language = "nl"
    text = facts(jan.get(f"{M}/message").text)
    for said in ("Deze afspraak gaat niet door", "woensdag 23 september 2026, 14:30 – 15:00",
                 "Elke week op woensdag, 4 keer", "Haal uit mijn agenda"):  # fmt: skip
        assert said in text


def test_mails_in_mails_are_opened_like_mails() -> None:
    jan = reader_of(nested(2))
    page = jan.get(f"{M}/message").text
    assert f'href="{M}/mail/1"' in page
    first = jan.get(f"{M}/mail/1").text
    assert "Doorgestuurd 2" in first
    assert f'src="{M}/mail/1/body"' in first
    assert f'href="{M}/message"' in first
    assert "laag 2" in jan.get(f"{M}/mail/1/body").text
    second = jan.get(f"{M}/mail/1.1").text
    assert "Binnenste brief" in second
    assert f'href="{M}/mail/1"' in second
    assert f'href="{M}/file/1.1.1"' in second
    file = jan.get(f"{M}/file/1.1.1")
    assert file.body == b"Wat er in zit.\r\n"
    assert 'filename="binnen.txt"' in file.header("Content-Disposition")
    assert "Wat er in zit." in jan.get(f"{M}/preview/1.1.1").text
    eml = jan.get(f"{M}/file/1")
    assert view(eml.body).subject == "Doorgestuurd 2"
    assert eml.header("Content-Type") == "application/octet-stream"


def test_mails_are_opened_to_a_bounded_depth() -> None:
    jan = reader_of(nested(DEEPEST + 3))
    deepest = ".".join(["1"] * (DEEPEST - 1))
    assert jan.get(f"{M}/mail/{deepest}").status == 200
    assert jan.get(f"{M}/file/{deepest}.1").status == 200
    assert jan.get(f"{M}/mail/{deepest}.1").status == 404
    assert jan.get(f"{M}/file/{deepest}.1.1").status == 404


@pytest.mark.parametrize(
    "place", ["0", "1.", ".1", "1..1", "1.0", "2", "1.2", "1.1", "99999", "1" * 500, "1.1.1.1.1.1.1.1.1"]
)
def test_a_place_where_nothing_is_is_a_page(place: str) -> None:
    jan = reader_of(with_file("a.txt", b"x", "text/plain"))
    for what in ("mail", "file", "preview", "image"):
        answer = jan.get(f"{M}/{what}/{place}")
        assert answer.status == 404
        assert "<h1>" in answer.text
    assert jan.get(f"{M}/mail/1").status == 404, "a text is no mail"


def test_a_winmail_dat_is_unpacked_beside_itself() -> None:
    jan = reader_of(with_file("winmail.dat", WINMAIL, text=""))
    page = jan.get(f"{M}/message").text
    assert "2 files winmail.dat Outlook package" in facts(page)
    assert "offerte.txt" in page
    assert f'src="{M}/mail/1/body"' in page, "its text is the text of the message"
    assert "<b>offerte</b>" in jan.get(f"{M}/mail/1/body").text
    assert jan.get(f"{M}/file/1.1").body == b"Een hand van 12 euro.\n"
    assert jan.get(f"{M}/file/1").body == WINMAIL


def test_a_text_that_was_written_goes_before_that_of_a_winmail_dat() -> None:
    page = reader_of(with_file("winmail.dat", WINMAIL, text="Zie de offerte.")).get(f"{M}/message").text
    assert f'src="{M}/body"' in page


def test_a_signed_envelope_is_opened() -> None:
    jan = reader_of(signed())
    page = jan.get(f"{M}/message").text
    assert "cijfers.csv" in page
    assert "De ondertekende tekst." in jan.get(f"{M}/mail/1/body").text
    assert jan.get(f"{M}/file/1.1").body == b"x,y\r\n1,2\r\n"
    assert "signed or encrypted by the sender" in page


@pytest.mark.parametrize(
    "parts",
    [
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=scan.pdf\r\n\r\n%PDF-1.4\r\n",
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n",
        b"Content-Type: text/plain\r\n\r\n\r\n",
    ],
    ids=["a scan as PDF", "a scan as picture", "an empty text"],
)
@pytest.mark.parametrize("container", ["mixed", "related", "alternative"])
def test_a_mail_without_text_is_not_called_signed_or_encrypted(parts: bytes, container: str) -> None:
    head = f"Subject: Scan\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{container}; boundary=b\r\n\r\n".encode()
    page = reader_of(head + b"--b\r\n" + parts + b"--b--\r\n").get(f"{M}/message").text
    assert "signed or encrypted" not in page and "The sender wrote no text." in page


def test_a_mail_of_outlook_is_opened() -> None:
    jan = reader_of(with_file("brief.msg", MSG, "application/vnd.ms-outlook"))
    assert f'href="{M}/mail/1"' in jan.get(f"{M}/message").text
    page = facts(jan.get(f"{M}/mail/1").text)
    for said in ("Brief uit Outlook", "Piet Pietersen piet@kliniek.example", "To Jan Jansen, Eva", "bijlage.txt"):
        assert said in page
    assert "Zie de bijlage." in jan.get(f"{M}/mail/1/body").text
    assert jan.get(f"{M}/file/1.1").body == b"inhoud"


@pytest.mark.parametrize(
    ("name", "data"),
    [("winmail.dat", WINMAIL[:60]), ("winmail.dat", b"x\x9f\x3e\x22" + bytes(4000)), ("a.msg", MSG[:700]),
     ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000), ("smime.p7m", b"0\x80" * 3000),
     ("smime.p7m", enveloped(b"")), ("a.eml", b"\0" * 5000), ("a.eml", b"")],
)  # fmt: skip
def test_what_cannot_be_unwrapped_stays_a_file(name: str, data: bytes) -> None:
    kind = {"dat": "application/ms-tnef", "msg": "application/vnd.ms-outlook", "p7m": "application/pkcs7-mime"}
    jan = reader_of(
        with_file(name, data, kind.get(name[-3:], "message/rfc822" if False else "application/octet-stream"))
    )
    assert name in jan.get(f"{M}/message").text
    assert jan.get(f"{M}/file/1").body == data
    assert jan.get(f"{M}/mail/1").status in (200, 404)


def test_what_cannot_be_unwrapped_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def fail(self: Converter, data: bytes, how: str) -> bytes:
        tried.append(how)
        raise Undrawable

    monkeypatch.setattr(Converter, "unwrapped", fail)
    jan = reader_of(with_file("winmail.dat", WINMAIL))
    for path in ("/message", "/message", "/file/1.1", "/print", "/mail/1"):
        jan.get(M + path)
    assert tried == ["tnef"]


def test_what_is_wrapped_is_in_the_zip_too() -> None:
    jan = reader_of(with_file("winmail.dat", WINMAIL, text=""))
    found = re.search(r'id="zip-password">([^<]+)<', jan.get(f"{M}/zip").text)
    assert found
    with pyzipper.AESZipFile(io.BytesIO(jan.get(f"{M}/everything.zip").body)) as archive:
        assert archive.namelist() == ["message.eml", "message.txt", "message.html", "winmail.dat", "offerte.txt"]
        archive.setpassword(found[1].encode())
        assert archive.read("offerte.txt") == b"Een hand van 12 euro.\n"


def test_a_mail_that_is_read_inside_a_message_is_noted() -> None:
    access = FakeAccess(raw=nested(1))
    jan = client_for(access)
    jan.unlock()
    access.calls.clear()
    for path in ("/mail/1", "/file/1.1", "/message", "/print"):
        jan.get(M + path)
    assert access.calls == ["opened preview 1", "opened file 1.1"]


def a_photo(kind: str, size: tuple[int, int] = (3000, 2000), **more: object) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(out, kind, **more)
    return out.getvalue()


def drawn(data: bytes, name: str = "foto.jpg") -> Image.Image:
    answer = reader_of(with_file(name, data)).get(f"{M}/image/1")
    assert answer.status == 200
    return Image.open(io.BytesIO(answer.body))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_pictures_are_drawn_anew_and_fit_a_screen(kind: str) -> None:
    data = a_photo(kind)
    found = drawn(data, f"foto.{kind.lower()}")
    assert found.format in ("JPEG", "PNG")
    assert found.size == (1600, 1067)


def test_a_picture_says_nothing_but_what_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Geheime camera"
    data = a_photo("JPEG", exif=exif, comment=b"geheim") + b"geheim"
    answer = reader_of(with_file("foto.jpg", data)).get(f"{M}/image/1").body
    assert b"Geheime" in data
    for word in (b"Geheime", b"geheim", b"Exif", b"ICC_PROFILE"):
        assert word not in answer
    assert drawn(data).size == (1600, 2400), "upright, as the camera was held"


@pytest.mark.parametrize("size", [(20_000, 20_000), (65_000, 65_000)])
def test_a_picture_that_unpacks_to_too_much_is_not_drawn(size: tuple[int, int]) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 1, 0, 0, 0, 0))
    bomb += chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    jan = reader_of(with_file("a.png", bomb))
    assert jan.get(f"{M}/image/1").status == 404
    assert "cannot be shown here" in jan.get(f"{M}/preview/1").text


def test_paper_shows_everything_in_one_document_that_can_do_nothing() -> None:
    html = "<style>p,h1,dl{display:none} body{color:red}</style><p>Tekst</p><script>x()</script>"
    made = a_mail("Verslag", "Tekst", html)
    made.add_attachment(b"x", "application", "pdf", filename="bijlage.pdf")
    answer = reader_of(made.as_bytes()).get(f"{M}/print")
    for said in ("Verslag", "Anna de Boer", "Jan Jansen", "20 September 2026 at 10:00", "bijlage.pdf", "<p>Tekst</p>"):
        assert said in answer.text
    assert "<script" not in answer.text
    policy = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert ".mail p,.mail h1,.mail dl{display:none}" in answer.text, (
        "the sender's styles reach no further than his text"
    )
    assert ".mail{color:red}" in answer.text


def test_styles_set_apart_never_leave() -> None:
    for sheet in ("html{a:b;color:red}", "body>p{color:red}", "*{color:red}", ",{color:red}", "a,,b{color:red}",
                  "html body{color:red}", "bodybuilder p{color:red}", "body.x p{color:red}"):  # fmt: skip
        for rule in style_sheets(f"<style>{sheet}</style>", "mail").splitlines():
            assert all(each.startswith(".mail") for each in rule.partition("{")[0].split(","))


def test_a_page_of_reading_stays_light() -> None:
    jan = reader_of(invitation())
    assets = set(re.findall(r'"(/static/[^"]+)"', jan.get(f"{M}/message").text))
    weight = sum(len(jan.get(path).body) for path in assets)
    for raw, path in ((invitation(), "/message"), (nested(2), "/mail/1"), (invitation(), "/print")):
        assert len(reader_of(raw).get(M + path).body) + weight < 45_000


def test_previews_of_documents_need_a_session() -> None:
    access = FakeAccess(raw=nested(1))
    stranger: Client = client_for(access)
    for path in ("/mail/1", "/mail/1/body", "/mail/1/print", "/print", "/file/1.1", "/image/1", "/page/1/1"):
        answer = stranger.get(M + path)
        assert answer.status in (303, 403)
        assert b"binnenste" not in answer.body
