"""Files of a message: names, types, previews, the ZIP and the original."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import unquote

import pytest

from tests.unit.portal.portal_client import M, reader_of
from zegel_portal.convert.pdf_worker import png
from zegel_portal.files.file_names import attachment_header, unique_names

PNG = png([b"\x10\x80\xf0" * 4] * 3, 4)


def a_pdf(pages: int) -> bytes:
    """A PDF of A4 pages that only say their number."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n in range(pages):
        drawing = b"BT /F1 40 Tf 60 700 Td (page %d) Tj ET" % (n + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * n)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing))
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def mail(*files: tuple[str, str, bytes], body: str = "Hallo", html: str = "") -> bytes:
    made = EmailMessage()
    made["From"] = "Anna <anna@kliniek.example>"
    made["To"] = "jan@post.example"
    made["Subject"] = "Uitslag: mei/juni"
    made.set_content(body)
    if html:
        made.add_alternative(html, subtype="html")
    for name, kind, data in files:
        made.add_attachment(data, *kind.split("/"), filename=name)
    return made.as_bytes().replace(b"\n", b"\r\n")


def sent(name: str) -> str:
    """The file name that browsers take from the header of a download."""
    header = attachment_header(name)
    assert header.isascii()
    assert header.isprintable()
    found = re.fullmatch(r"attachment; filename=\"([^\"\\%]+)\"; filename\*=UTF-8''([\w.!#$&+^`|~%-]+)", header)
    assert found, header
    return unquote(found[2])


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("Uitslag 12 mei.pdf", "Uitslag 12 mei.pdf"),
        ("foto 😀 wond.png", "foto 😀 wond.png"),
        ("résumé – ünïcode.txt", "résumé – ünïcode.txt"),
        ("病历.pdf", "病历.pdf"),
        ('say "hi".txt', "say _hi_.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "a Set-Cookie_ x=1.txt"),
        ("a\0b.txt", "ab.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("50% off;a=b.pdf", "50% off;a=b.pdf"),
        ("it's.pdf", "it's.pdf"),
        ("CON.txt", "_CON.txt"),
        ("a" * 400 + ".docx", "a" * 145 + ".docx"),
    ],
)
def test_a_download_is_saved_under_its_own_safe_name(name: str, saved: str) -> None:
    assert sent(name) == saved


def test_names_that_say_nothing_still_save() -> None:
    for name in ("", ".", "..", "/", "\\", "   ", "\u202e", '"'):
        assert sent(name).strip(" .")


def test_old_browsers_get_an_ascii_name_with_the_extension() -> None:
    assert 'filename="file.pdf"' in attachment_header("病历.pdf")
    assert 'filename="foto  wond.png"' in attachment_header("foto 😀 wond.png")


def test_names_in_the_zip_differ_also_where_case_does_not_count() -> None:
    names = unique_names(["a.pdf", "A.PDF", "b/a.pdf", "", "", "Message.EML"], ["message.eml"])
    assert len({name.casefold() for name in [*names, "message.eml"]}) == 7


def test_many_equal_names_are_quick() -> None:
    assert len(set(unique_names(["a.pdf"] * 1000))) == 1000


def test_files_come_as_they_were_sent() -> None:
    data = bytes(range(256)) * 40
    jan = reader_of(mail(("a.bin", "application/octet-stream", data), ("b.pdf", "application/pdf", b"%PDF-1.7 x\r\n")))
    first, second = jan.get(f"{M}/file/1"), jan.get(f"{M}/file/2")
    assert first.body == data
    assert first.header("Content-Type") == "application/octet-stream"
    assert first.header("Content-Length") == str(len(data))
    assert second.body == b"%PDF-1.7 x\r\n"
    assert second.header("Content-Type") == "application/pdf"
    for answer in (first, second):
        assert answer.header("Content-Disposition").startswith("attachment; ")
        assert answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.xml", "application/xml"), ("a.js", "text/javascript"),
     ("a.xhtml", "application/xhtml+xml"), ("a.png", "image/png"), ("a.pdf", "application/pdf")],
)  # fmt: skip
def test_what_could_act_in_a_browser_leaves_as_bytes_only(name: str, kind: str) -> None:
    jan = reader_of(mail((name, kind, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")))
    answer = jan.get(f"{M}/file/1")
    assert answer.header("Content-Type") == "application/octet-stream"
    assert jan.get(f"{M}/image/1").status == 404


def test_a_missing_file_is_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    jan = reader_of(mail(("a.bin", "application/octet-stream", b"x")))
    for path in (
        "/file/0",
        "/file/2",
        "/preview/99",
        "/image/1",
        "/image/7",
        "/page/1/1",
        "/file/99999999999999999999",
    ):
        answer = jan.get(M + path)
        assert answer.status == 404
        assert "This file is not here" in answer.text


def test_the_page_lists_files_with_type_by_content_and_size() -> None:
    jan = reader_of(
        mail(
            ("scan", "application/octet-stream", a_pdf(1)),
            ("foto.dat", "application/octet-stream", PNG + b"x" * 48_000),
            ("brief.docx", "application/octet-stream", b"PK\3\4" + b"x" * 1_260_000),
        )
    )
    text = jan.get(f"{M}/message").text.replace("\xa0", " ")
    assert "3 files" in text
    for said in ("PDF document, ", "Picture, 48 kB", "Word document, 1.3 MB"):
        assert said in text
    assert f"{M}/preview/1" in text
    assert f"{M}/preview/2" in text


def test_a_picture_is_shown_when_its_bytes_are_one() -> None:
    jan = reader_of(mail(("a.png", "image/png", PNG), ("b.png", "image/png", b"<script>alert(1)</script>")))
    assert f'src="{M}/image/1"' in jan.get(f"{M}/preview/1").text
    picture = jan.get(f"{M}/image/1")
    assert picture.header("Content-Type") == "image/png"
    assert picture.body.startswith(b"\x89PNG")
    assert "cannot be shown here" in jan.get(f"{M}/preview/2").text


def test_a_text_is_shown_escaped_and_cut() -> None:
    text = "<script>alert(1)</script> é\n" + "x" * 250_000
    jan = reader_of(mail(("a.txt", "text/plain", text.encode()), ("b.csv", "text/csv", "a;é".encode("cp1252"))))
    shown = jan.get(f"{M}/preview/1").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; é" in shown
    assert "<script>alert" not in shown
    assert "This is the beginning." in shown
    assert len(shown) < 260_000
    assert '<td dir="auto">é</td>' in jan.get(f"{M}/preview/2").text


def test_a_pdf_is_drawn_here_and_reaches_the_browser_as_pictures() -> None:
    jan = reader_of(mail(("a.pdf", "application/pdf", a_pdf(23))))
    page = jan.get(f"{M}/preview/1").text
    assert len(re.findall(rf'<img class="shown z100" src="{M}/page/1/\d+"', page)) == 20
    assert "You see 20 of 23 pages." in page
    assert 'width="1000" height="1415"' in page
    first, second = jan.get(f"{M}/page/1/1"), jan.get(f"{M}/page/1/2")
    assert first.header("Content-Type") == "image/png"
    assert first.body.startswith(b"\x89PNG")
    assert first.body != second.body
    assert jan.get(f"{M}/page/1/0").status == jan.get(f"{M}/page/1/24").status == 404


@pytest.mark.parametrize("pdf", [b"%PDF-1.7 broken", b"%PDF-", a_pdf(1).replace(b"[0 0 595 842]", b"[0 0 1e9 1e9]")])
def test_a_pdf_that_cannot_be_drawn_can_still_be_downloaded(pdf: bytes) -> None:
    jan = reader_of(mail(("a.pdf", "application/pdf", pdf)))
    assert jan.get(f"{M}/preview/1").status == 200
    assert jan.get(f"{M}/page/1/1").status in (200, 404)
    assert jan.get(f"{M}/file/1").body == pdf
