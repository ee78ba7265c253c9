"""Files of a message: names, types, previews, the ZIP and the original."""

from __future__ import annotations

import io
import os
import re
import subprocess
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
import pyzipper

from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import Client, M, client_for, reader_of
from zegel_portal.convert.converter import Busy, Converter
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
    assert "a;é" in jan.get(f"{M}/preview/2").text


def test_a_pdf_is_drawn_here_and_reaches_the_browser_as_pictures() -> None:
    jan = reader_of(mail(("a.pdf", "application/pdf", a_pdf(23))))
    page = jan.get(f"{M}/preview/1").text
    assert len(re.findall(rf'<img class="shown" src="{M}/page/1/\d+"', page)) == 20
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


def test_the_original_is_byte_exact() -> None:
    raw = b"Subject:  two  blanks\r\nX: \xff\xfe\r\n\r\n.\r\n..\r\nno end"
    jan = reader_of(raw)
    answer = jan.get(f"{M}/original.eml")
    assert answer.body == raw
    assert sent("two blanks.eml") in unquote(answer.header("Content-Disposition"))


def zip_of(jan: Client) -> tuple[bytes, str]:
    page = jan.get(f"{M}/zip").text
    found = re.search(r'id="zip-password">([^<]+)<', page)
    assert found
    return jan.get(f"{M}/everything.zip").body, found[1]


FILES = (
    ("a.pdf", "application/pdf", a_pdf(1)),
    ("A.PDF", "application/pdf", b"%PDF-2"),
    ("../ü😀.txt", "text/plain", b"hi"),
)


def test_the_zip_holds_everything_and_opens_with_pyzipper() -> None:
    raw = mail(*FILES, body="Hallo é", html="<p onclick=x()>Hallo <b>é</b><img src='https://x.example/a.png'>")
    jan = reader_of(raw)
    data, password = zip_of(jan)
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        assert all(info.wz_aes_strength == 3 for info in archive.infolist()), "3 is AES-256"
        names = archive.namelist()
        assert names == ["message.eml", "message.txt", "message.html", "a.pdf", "A (2).PDF", "ü😀.txt"]
        with pytest.raises(RuntimeError):
            archive.read("message.eml")
        archive.setpassword(password.encode())
        assert archive.read("message.eml") == raw
        assert archive.read("a.pdf") == FILES[0][2]
        assert archive.read("A (2).PDF") == b"%PDF-2"
        assert "Hallo é" in archive.read("message.txt").decode()
        page = archive.read("message.html").decode()
    assert "Content-Security-Policy" in page
    assert "onclick" not in page
    assert "x.example" not in page
    for seen in (b"Hallo", b"%PDF"):
        assert seen not in data


def test_the_zip_opens_with_7z(tmp_path: Path) -> None:
    data, password = zip_of(reader_of(mail(*FILES)))
    (tmp_path / "all.zip").write_bytes(data)
    right = subprocess.run(["7z", "x", f"-p{password}", "all.zip"], cwd=tmp_path, capture_output=True)
    assert right.returncode == 0, right.stdout
    assert (tmp_path / "a.pdf").read_bytes() == FILES[0][2]
    assert (tmp_path / "ü😀.txt").read_bytes() == b"hi"
    wrong = subprocess.run(["7z", "t", "-pabcd-efgh-jkmn", "all.zip"], cwd=tmp_path, capture_output=True)
    assert wrong.returncode != 0


def test_the_zips_password_stays_in_a_session_and_differs_between_browsers() -> None:
    access = FakeAccess(raw=mail())
    jan, other = client_for(access), client_for(access)
    jan.unlock()
    other.unlock()
    assert zip_of(jan)[1] == zip_of(jan)[1]
    assert zip_of(jan)[1] != zip_of(other)[1]
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", zip_of(jan)[1])


def test_taking_things_out_is_noted() -> None:
    access = FakeAccess(raw=mail(("a.txt", "text/plain", b"x")))
    jan = client_for(access)
    jan.unlock()
    access.calls.clear()
    for path in ("/file/1", "/preview/1", "/original.eml", "/everything.zip", "/message", "/body", "/zip"):
        jan.get(M + path)
    assert access.calls == ["opened file 1", "opened preview 1", "opened original", "opened everything"]


def test_what_a_killed_portal_left_in_memory_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zegel_portal.convert.converter._MEMORY_FOLDER", tmp_path)
    left, at_work, others = (tmp_path / name for name in ("zegel-document-1", "zegel-document-2", "other"))
    for folder in (left, at_work, others):
        folder.mkdir()
        (folder / "document.odt").write_bytes(b"x")
    for folder in (left, others):
        os.utime(folder, (0, 0))
    Converter()
    assert sorted(tmp_path.iterdir()) == [others, at_work]


def test_office_documents_leave_threads_for_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One recipient who asks for many at once would otherwise hold every thread of the portal."""
    converter, begun, go_on = Converter(), threading.Semaphore(0), threading.Event()

    def convert(*_: object) -> bytes:
        begun.release()
        go_on.wait(20)
        return b"%PDF"

    monkeypatch.setattr(converter, "_ran", convert)
    monkeypatch.setattr(converter, "shows", lambda _: True)
    with ThreadPoolExecutor(8) as readers:
        asked = [readers.submit(converter.document, b"%d" % number, ".odt") for number in range(8)]
        assert begun.acquire(timeout=10)
        started = time.monotonic()
        refused = [each for each in asked if _busy(each, 0.5)]
        assert len(refused) == 5 and time.monotonic() - started < 10
        go_on.set()
        assert [each.result(20) for each in asked if each not in refused] == [b"%PDF"] * 3


def _busy(asked: Future[bytes], seconds: float) -> bool:
    try:
        return isinstance(asked.exception(seconds), Busy)
    except TimeoutError:
        return False
