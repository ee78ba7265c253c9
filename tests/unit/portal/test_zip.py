"""The original, the ZIP of everything, and what both leave behind."""

from __future__ import annotations

import io
import os
import re
import subprocess
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
import pyzipper

from tests.support.fakes.access import FakeAccess
from tests.unit.portal.portal_client import Client, M, client_for, reader_of, settings_for
from tests.unit.portal.test_files import a_pdf, mail, sent
from zegel_portal.convert.converter import Busy, Converter


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


def test_the_texts_in_the_zip_say_who_wrote_when_and_everything_has_that_date() -> None:
    dated = b"Date: Sun, 20 Sep 2026 12:34:56 +0000\r\nCc: Eva <eva@elders.example>\r\n"
    raw = dated + mail(*FILES, body="Hallo", html="<p>Hallo</p>")
    jan = reader_of(raw)
    data, password = zip_of(jan)
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        archive.setpassword(password.encode())
        text, page = archive.read("message.txt").decode(), archive.read("message.html").decode()
        written = {info.date_time for info in archive.infolist()}
    zone = ZoneInfo(settings_for().organisation.timezone)
    there = datetime(2026, 9, 20, 12, 34, 56, tzinfo=UTC).astimezone(zone)
    assert written == {there.timetuple()[:6]}, "not 1980"
    for said in ("Anna", "Eva", f"20 September 2026 at {there:%H:%M}"):
        assert said in text and said in page
    assert text.startswith("From: ") and re.search(r"^Subject: ", text, re.MULTILINE)


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
