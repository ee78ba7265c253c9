"""Whole mails and documents through the reader, its worker processes included."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.limits import within
from tests.unit.message import message_samples as samples
from tests.unit.message.message_samples import docx, file_part, mail, paragraph, pdf, pptx, text_part, xlsx, zipped
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

SECRET = "111222333"
Work = Callable[[object], None]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(Limits(unpacked=20_000_000, seconds=10, members=50, depth=5), 2)
    reader.start()
    yield reader
    reader.close()


def places(mail: Mail, word: str = SECRET) -> set[tuple[str, str]]:
    return {(text.where, text.part) for text in mail.texts if word in text.content}


def kinds(mail: Mail) -> set[tuple[str, str]]:
    return {(item.part, item.kind) for item in mail.unreadable}


def tarred(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as package:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        package.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_each_place_of_a_mail_is_told_apart(reader: Reader) -> None:
    raw = mail(
        text_part("body one"),
        file_part(b"file two", "name three.txt", "text/plain"),
        subject="subject four",
        more=b"X-Note: header five\r\nReceived: by trace six\r\nARC-Seal: trace seven\r\n",
    )
    found = reader.read(raw)
    assert places(found, "body one") == {("body", "1")}
    assert places(found, "file two") == {("attachments", "2")}
    assert places(found, "name three") == {("filenames", "2")}
    assert places(found, "subject four") == {("subject", "")}
    assert places(found, "header five") == {("headers", "")}
    assert places(found, "Ans de Vries") == {("headers", "")}
    assert not places(found, "trace")
    assert [(file.part, file.name, file.type) for file in found.files] == [("2", "name three.txt", "text/plain")]


DOCUMENTS = {
    "docx runs": docx(paragraph("111", "222", "333")),
    "docx header": docx("", header1=f"<w:hdr>{paragraph(SECRET)}</w:hdr>"),
    "docx comment": docx("", comments=f"<w:comments><w:comment>{paragraph(SECRET)}</w:comment></w:comments>"),
    "docx picture text": docx(f'<w:p><wp:docPr id="1" descr="{SECRET}"/></w:p>'),
    "docx pretty printed": docx("<w:p>\n  <w:r>\n    <w:t>111</w:t>\n  </w:r>\n  <w:r><w:t>222333</w:t></w:r></w:p>"),
    "docx embedded": zipped({"[Content_Types].xml": "", "word/document.xml": "<x/>",
                             "word/embeddings/a.xlsx": xlsx(f"<row><c><v>{SECRET}</v></c></row>")}),
    "xlsx number": xlsx(f"<row><c><v>{SECRET}</v></c></row>"),
    "xlsx float": xlsx("<row><c><v>1.11222333E8</v></c></row>"),
    "xlsx shared": xlsx('<row><c t="s"><v>1</v></c></row>', ["x", SECRET]),
    "xlsx unused": xlsx('<row><c t="s"><v>0</v></c></row>', ["x", SECRET]),
    "xlsx inline": xlsx(f'<row hidden="1"><c t="inlineStr"><is><t>{SECRET}</t></is></c></row>'),
    "xlsx formula": xlsx(f'<row><c><f>"{SECRET}"</f><v>1</v></c></row>'),
    "xlsx comment": xlsx("", comments1=f"<comments><text><t>{SECRET}</t></text></comments>"),
    "pptx slide": pptx(slide1=SECRET),
    "docx property": zipped({"[Content_Types].xml": "", "word/document.xml": "<x/>",
                             "docProps/custom.xml": f"<p><vt:lpwstr>{SECRET}</vt:lpwstr></p>"}),
    "odt": zipped({"mimetype": "application/vnd.oasis.opendocument.text",
                   "content.xml": "<office:document-content><text:p>111<text:span>222333</text:span></text:p>"}),
    "ods": zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                   "content.xml": f'<table:table-cell office:value="{SECRET}"/>'}),
    "pdf": pdf(SECRET),
    "pdf annotation": pdf("x", annotation=SECRET),
    "pdf attachment": pdf("x", attachment=SECRET.encode()),
    "pdf after rubbish": b"rubbish\n" * 20 + pdf(SECRET),
    "zip": zipped({"a/b.txt": SECRET}),
    "zip in zip": zipped({"a.zip": zipped({"b.csv": f"name;{SECRET}\n"})}),
    "zip member name": zipped({f"{SECRET}.txt": "x"}),
    "zip without directory": samples.without_directory(zipped({"a.txt": SECRET})),
    "zip behind a picture": samples.png() + zipped({"a.txt": SECRET}),
    "tar.gz": gzip.compress(tarred("a.txt", SECRET.encode())),
    "bz2": bz2.compress(SECRET.encode()),
    "xz": lzma.compress(SECRET.encode()),
    "eml": f"From: a@clinic.example\r\nSubject: {SECRET}\r\n\r\nx".encode(),
    "rtf": rb"{\rtf1 111{\b 222}333}",
    "html": b"<html>111<b>222</b>333</html>",
    "csv": f"naam;bsn\nJansen;{SECRET}\n".encode("utf-16"),
    "json": b'{"bsn": "\\u0031\\u0031\\u0031222333"}',
    "ics": b"BEGIN:VCALENDAR\r\nSUMMARY:111\r\n 222333\r\n",
    "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100) + SECRET.encode("utf-16-le") + bytes(9),
    "unknown binary": b"\x7fELF\0\0" + bytes(100) + b"text " + SECRET.encode() + bytes(9),
}  # fmt: skip


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_a_secret_is_found_in_every_document(reader: Reader, name: str) -> None:
    found = reader.read(mail(text_part("see the file"), file_part(DOCUMENTS[name], "file.bin")))
    parts = {part for where, part in places(found)}
    assert parts
    assert all(part == "2" or part.startswith("2:") for part in parts)


def test_cells_of_a_row_stand_on_one_line_and_do_not_join(reader: Reader) -> None:
    rows = '<row><c t="s"><v>0</v></c><c><v>111</v></c><c><v>222333</v></c></row><row><c><v>9</v></c></row>'
    found = reader.read_document(xlsx(rows, ["BSN"]), "a.xlsx")
    assert any("BSN\x1f111\x1f222333\x1e" in text.content for text in found.texts)
    assert not places(found)


def test_ids_and_measures_in_office_files_are_no_text(reader: Reader) -> None:
    found = reader.read_document(docx('<w:p w:rsidR="00112233"><wp:extent cx="111222333"/></w:p>'), "a.docx")
    assert not places(found)
    assert not places(found, "00112233")


def test_the_type_is_told_by_content_not_by_name(reader: Reader) -> None:
    def kind(data: bytes) -> str:
        return reader.read_document(data, "harmless.txt").files[0].type

    assert kind(docx("")) == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert kind(xlsx("")).endswith("spreadsheetml.sheet")
    assert kind(pdf("x")) == "application/pdf"
    assert kind(zipped({"a": "b"})) == "application/zip"
    assert kind(samples.png()) == "image/png"
    assert kind(b"just text") == "text/plain"
    macros = zipped({"[Content_Types].xml": "", "word/document.xml": "<x/>", "word/vbaProject.bin": b"\0\1"})
    assert kind(macros) == "application/vnd.ms-word.document.macroenabled.12"


@pytest.mark.parametrize(
    ("data", "unreadable"),
    [
        (samples.encrypted_zip("secret.docx"), ("2:secret.docx", "encrypted")),
        (pdf("x", encrypted=True), ("2", "encrypted")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), ("2", "encrypted")),
        (b"%PDF-1.4\nbroken", ("2", "corrupt")),
        (samples.without_directory(zipped({"a.txt": "x"})), ("2", "corrupt")),
        (gzip.compress(os.urandom(1000))[:-300], ("2", "corrupt")),
        (samples.bomb(30), ("2", "limit")),
        (zipped({f"{number}.txt": "x" for number in range(60)}), ("2", "limit")),
        (rb"{\rtf1 " + rb"{\objdata 4141414141414141414141414141}" * 60, ("2", "limit")),
    ],
    ids=["zip locked", "pdf locked", "office locked", "pdf", "zip", "gzip", "bomb", "members", "objects"],
)
def test_what_cannot_be_read_is_said(reader: Reader, data: bytes, unreadable: tuple[str, str]) -> None:
    assert unreadable in kinds(reader.read(mail(text_part("x"), file_part(data, "f"))))


def test_names_in_a_locked_zip_are_read(reader: Reader) -> None:
    found = reader.read_document(samples.encrypted_zip(f"{SECRET}.docx"), "a.zip")
    assert places(found) == {("filenames", f"1:{SECRET}.docx")}


def test_archives_are_opened_to_the_depth_that_is_set(reader: Reader) -> None:
    data = zipped({"a.txt": SECRET})
    for _ in range(3):
        data = zipped({"a.zip": data})
    assert places(reader.read_document(data, "a.zip"))
    data = zipped({"a.zip": zipped({"a.zip": data})})
    found = reader.read_document(data, "a.zip")
    assert {kind for _, kind in kinds(found)} == {"limit"}


def test_a_bomb_of_many_nested_archives_ends_within_the_limits(reader: Reader) -> None:
    data = samples.bomb(5)
    for _ in range(4):
        data = zipped({f"{number}.zip": data for number in range(10)})
    with within(8):
        found = reader.read_document(data, "a.zip")
    assert "limit" in {kind for _, kind in kinds(found)}
    assert sum(len(text.content) for text in found.texts) < 25_000_000


def test_equal_files_are_read_once_and_found_twice(reader: Reader) -> None:
    same = docx(paragraph(SECRET))
    found = reader.read(mail(file_part(same, "a.docx"), file_part(same, "b.docx")))
    assert places(found) == {("attachments", "1"), ("attachments", "2")}
    assert [(file.part, file.name) for file in found.files] == [("1", "a.docx"), ("2", "b.docx")]


def test_a_nested_mail_is_an_attachment_whole(reader: Reader) -> None:
    inner = mail(text_part(SECRET), file_part(zipped({"x.txt": "deep 444"}), "z.zip"), subject="inner subject")
    found = reader.read(
        mail(text_part("see below"), b"Content-Type: message/rfc822\r\n\r\n" + inner.replace(b"b-1", b"b-2"))
    )
    assert places(found) == {("attachments", "2:1")}
    assert places(found, "inner subject") == {("attachments", "2")}
    assert places(found, "deep 444") == {("attachments", "2:2/x.txt")}
    assert ("2", "message/rfc822") in {(file.part, file.type) for file in found.files}


@pytest.mark.parametrize(
    "raw",
    [
        mail(text_part("x")) + SECRET.encode(),
        mail(text_part("x")).replace(b"--b-1\r\n", SECRET.encode() + b"\r\n--b-1\r\n", 1),
        mail(text_part(SECRET)).replace(b'boundary="b-1"', b'boundary="zz"'),
        b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n111<b>222</b>333",
        b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nMTExMjIyMzMz",
        b"Content-Transfer-Encoding: x-b64\r\n\r\nMTExMjIyMzMz",
        b"Content-Transfer-Encoding: base64\r\n\r\nMTE=MTIy*MjMzMw==",
        b"Subject: x\r\nno header\r\n111222333\r\n",
        b"Content-Type: text/plain; charset=utf-16\r\n\r\n111222333",
        b"Content-Type: text/plain\r\n\r\n" + SECRET.encode("utf-16-le"),
        b'Content-Type: text/plain; note="111222333"\r\n\r\nx',
        b"To: a@post.example\r\nX-111222333: x\r\n\r\n",
        b"To: =?utf-8?q?111222333?= <a@post.example>\r\n\r\n",
        b"\r\nbegin 644 a.txt\r\n),3$Q,C(R,S,S\r\nend\r\n",
        b"Content-Type: text/html\r\n\r\n<p hidden>111&#50;22333</p>",
        b"Content-Type: text/plain\r\n\r\n" + zipped({"a.txt": SECRET}),
        mail(b"Content-Type: text/plain\r\nContent-Description: 111222333\r\n\r\nx"),
        b"Content-Type: message/rfc822\r\n\r\n" * 40 + SECRET.encode(),
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(99))
        + b"\r\n111222333",
    ],
)  # fmt: skip
def test_a_mail_that_lies_hides_nothing(reader: Reader, raw: bytes) -> None:
    assert places(reader.read(raw))


def test_text_and_pictures_start_no_process() -> None:
    reader = Reader(Limits(), 1)
    found = reader.read(
        mail(text_part("x"), text_part("<p>x", "html"), file_part(b"a;b", "a.csv", "text/csv"),
             file_part(samples.png(), "a.png", "image/png"), b"Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\nz")
    )  # fmt: skip
    assert len(found.files) == 3
    assert reader._workers._server is None


def test_many_threads_share_the_workers(reader: Reader) -> None:
    def read(number: int) -> set[tuple[str, str]]:
        secret = str(111_000_000 + number)
        return places(reader.read(mail(text_part("x"), file_part(docx(paragraph(secret)), "a.docx"))), secret)

    with ThreadPoolExecutor(8) as threads:
        assert set(map(frozenset, threads.map(read, range(40)))) == {frozenset({("attachments", "2")})}


def test_no_file_stays_open(reader: Reader) -> None:
    reader.read_document(pdf("x"), "a.pdf")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(10):
        reader.read_document(pdf(str(number)), "a.pdf")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


@pytest.mark.parametrize("declared", ["video/mp4", "application/octet-stream"])
def test_of_a_film_only_its_name_is_searched(reader: Reader, declared: str) -> None:
    """Twenty megabytes of pictures hold no text: looking for some kept SMTP waiting for half a minute."""
    film = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + b"\0\0\0\x08mdat" + os.urandom(20_000_000)
    found = reader.read(mail(file_part(film, "film.mp4", declared)))
    assert sum(len(text.data) for text in found.texts) < 1000 and not found.unreadable
