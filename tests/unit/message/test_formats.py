"""What is particular to a format: dates in cells, labels of documents, types, signed mail, compressed bodies."""

from __future__ import annotations

import struct
import time

import pytest

from tests.quality.compound import compound
from tests.quality.in_archives import signed
from tests.quality.in_legacy import doc, part, properties, record, text_cell, xls, xlsb
from tests.quality.in_mail import simple
from tests.quality.in_odf import flat
from tests.quality.in_ooxml import docx, package, sheet
from tests.quality.in_outlook import msg
from tests.quality.in_pdf import pdf, stream
from tests.unit.message.message_samples import file_part, mail, png, text_part, zipped
from zegel.message.base.found import Budget, Exceeded, Found
from zegel.message.documents import read_file
from zegel.message.formats import cms, lzfu
from zegel.message.formats import foreign_archive as foreign
from zegel.message.formats.macros import expanded
from zegel.message.mail_texts import read_mail
from zegel.message.reader import Reader
from zegel.settings.model import Limits

SECRET = "BSN 111222333"


def read(data: bytes, name: str = "file") -> Found:
    found = Found(Budget(20_000_000, 500, 8, time.monotonic() + 20))
    read_file(found, data, "2", name)
    return found


def text(found: Found) -> str:
    return "\n".join(text.content for text in found.texts)


def kinds(found: Found) -> list[tuple[str, str]]:
    return [(item.part, item.kind) for item in found.unreadable]


STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd\\-mm\\-yyyy;@"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="2"/></cellXfs></styleSheet>'
)


def test_dates_in_cells_are_dates() -> None:
    rows = "".join(f'<c s="{style}"><v>29358</v></c>' for style in range(4))
    found = text(read(sheet(f"<row>{rows}</row>", **{"xl/styles.xml": STYLES})))
    assert "29358\x1f1980-05-17\x1f1980-05-17\x1f29358" in found


def test_dates_of_a_workbook_that_counts_from_1904() -> None:
    found = text(read(sheet('<row><c s="1"><v>27896</v></c></row>', **{
        "xl/styles.xml": STYLES, "xl/workbook.xml": '<workbook><workbookPr date1904="1"/></workbook>'
    })))  # fmt: skip
    assert "1980-05-17" in found


def test_dates_in_legacy_sheets_are_dates() -> None:
    style = record(0xE0, struct.pack("<HH", 0, 14) + bytes(16))
    assert "1980-05-17" in text(read(xls(style, record(0x203, struct.pack("<HHHd", 0, 0, 0, 29358.0)))))
    styles = part((617, b""), (47, struct.pack("<HH", 0, 14) + bytes(12)), (618, b""))
    assert "1980-05-17" in text(read(xlsb((5, struct.pack("<IId", 1, 0, 29358.0)), styles=styles)))


def test_cells_of_a_legacy_row_stand_on_one_line_in_their_order() -> None:
    found = text(read(xls(text_cell("second", 1), text_cell("first", 0))))
    assert "first\x1fsecond" in found


LABEL = ("MSIP_Label_1_Name", "Confidential")
ODF_META = (
    '<office:meta><meta:user-defined meta:name="MSIP_Label_1_Name">Confidential</meta:user-defined></office:meta>'
)
LABELS = {
    "docx": lambda: package("docx", {"docProps/custom.xml": (
        '<Properties><property fmtid="{D5}" pid="2" name="MSIP_Label_1_Name"><vt:lpwstr>Confidential</vt:lpwstr>'
        "</property></Properties>")}),
    "odt": lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text", "meta.xml": ODF_META}),
    "fodt": lambda: flat("odt", "").replace(b"<office:body>", ODF_META.encode() + b"<office:body>"),
    "pdf": lambda: pdf({10: b"<< /Producer (x) /MSIP_Label_1_Name (Confidential) >>"}, trailer=b"/Info 10 0 R"),
    "doc": lambda: doc("x", {"\x05DocumentSummaryInformation": properties(*LABEL)}),
    "xls": lambda: xls(text_cell("x"), **{"\x05DocumentSummaryInformation": properties(*LABEL)}),
}  # fmt: skip


@pytest.mark.parametrize("format", list(LABELS))
def test_labels_of_a_document_are_its_properties(format: str) -> None:
    (file,) = (file for file in read(LABELS[format]()).files if file.part == "2")
    assert LABEL in file.properties


def test_labels_in_the_new_place_are_properties() -> None:
    info = '<clbl:labelList><clbl:label id="{aa-bb}" enabled="1" method="Privileged"/></clbl:labelList>'
    (file,) = read(package("docx", {"docMetadata/LabelInfo.xml": info})).files
    assert ("MSIP_Label_aa-bb_Method", "Privileged") in file.properties


def test_properties_reach_the_rules_through_the_workers() -> None:
    reader = Reader(Limits(), 1)
    try:
        raw = mail(file_part(LABELS["docx"](), "a.docx"), file_part(LABELS["docx"](), "b.docx"))
        assert [LABEL in file.properties for file in reader.read(raw).files] == [True, True]
    finally:
        reader.close()


def test_a_document_cannot_have_properties_without_end() -> None:
    many = "".join(f'<property name="{n}"><v>{"x" * 5000}</v></property>' for n in range(2000))
    (file,) = read(package("docx", {"docProps/custom.xml": f"<p>{many}</p>"})).files
    assert len(file.properties) <= 300
    assert max(len(value) for _, value in file.properties) <= 2000


@pytest.mark.parametrize(("kind", "wanted"), [
    ("docm", "application/vnd.ms-word.document.macroenabled.12"),
    ("dotx", "application/vnd.openxmlformats-officedocument.wordprocessingml.template"),
    ("xlsm", "application/vnd.ms-excel.sheet.macroenabled.12"),
    ("ppsx", "application/vnd.openxmlformats-officedocument.presentationml.slideshow"),
])  # fmt: skip
def test_macro_variants_and_templates_have_their_own_types(kind: str, wanted: str) -> None:
    assert read(package(kind, {"word/document.xml": "<x/>"} if kind[0] == "d" else {})).files[0].type == wanted


def test_types_of_legacy_and_wrapped_files() -> None:
    assert read(doc("x")).files[0].type == "application/msword"
    assert read(compound(msg())).files[0].type == "application/vnd.ms-outlook"
    assert read(b"7z\xbc\xaf\x27\x1c" + bytes(20)).files[0].type == "application/x-7z-compressed"
    assert read(flat("ods", "")).files[0].type == "application/vnd.oasis.opendocument.spreadsheet-flat-xml"


def test_a_compressed_body_of_the_specification_is_read() -> None:
    """MS-OXRTFCP 3.1.1.1 and 3.1.2.1."""
    first = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    second = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    budget = Budget(1000, 1, 1)
    assert lzfu.rtf(bytes.fromhex(first), budget) == rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
    assert lzfu.rtf(bytes.fromhex(second), budget) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_compressed_macros_of_the_specification_are_read() -> None:
    """MS-OVBA 3.2.2."""
    packed = "00236161616263646582660070616768696a013808616b6c00306d6e6f700671027004107273747576107778797a003c"
    wanted = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    assert expanded(bytes.fromhex(packed)) == wanted


def test_a_signed_mail_is_read_as_the_mail_it_is() -> None:
    inner = signed(b"Content-Type: text/plain\r\n\r\n" + SECRET.encode())
    found = Found(Budget(1_000_000, 100, 8))
    raw = simple(inner, b"Content-Type: application/pkcs7-mime; smime-type=signed-data")
    read_mail(raw, found, lambda *file: read_file(found, *file))
    assert [(item.where, item.part) for item in found.texts if SECRET in item.content] == [("body", "1:1")]
    assert not found.unreadable


def test_an_encrypted_mail_is_said_to_be_encrypted() -> None:
    enveloped = b"0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80" + bytes(40)
    pgp = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n"
    rights = b"\x76\xe8\x04\x60\xc4\x11\xe3\x86" + bytes(40)
    for raw in (
        simple(enveloped, b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data"),
        simple(pgp, b"Content-Type: text/plain"),
        mail(text_part("x"), file_part(enveloped, "smime.p7m")),
        mail(text_part("x"), file_part(rights, "message.rpmsg")),
    ):
        found = Found(Budget(1_000_000, 100, 8))
        read_mail(raw, found, lambda *file, found=found: read_file(found, *file))
        assert {item.kind for item in found.unreadable} == {"encrypted"}


def test_a_signature_by_itself_is_no_signed_mail() -> None:
    detached = b"0\x21\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x14\x30\x12\x02\x01\x01\x31\x00\x30\x0b"
    detached += b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
    assert cms.opened(detached, Budget(1000, 1, 1)) == cms.Envelope("signed", b"")


@pytest.mark.parametrize("data", [b"0\x80", b"0\x84\xff\xff\xff\xff\x06\x09", b"0\x80" * 5000, signed(b"x" * 100)[:60]])
def test_broken_signed_mail_ends(data: bytes) -> None:
    try:
        cms.opened(data, Budget(1000, 1, 1))
    except (ValueError, Exceeded):
        return


def test_an_archive_whose_program_is_missing_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "installed", lambda program: "")
    found = read(b"Rar!\x1a\x07\0" + SECRET.encode())
    assert kinds(found) == [("2", "unsupported")]


def test_garbage_with_the_mark_of_an_archive_is_corrupt() -> None:
    for mark in (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0", b"MSCF\0\0\0\0", b"\x28\xb5\x2f\xfd"):
        assert kinds(read(mark + b"x" * 100)) == [("2", "corrupt")]


def test_plain_text_that_starts_like_an_archive_stays_text() -> None:
    for start in ("070701 is my number", "BZh", "!<arch", "]", "`ê"):
        found = Found(Budget(1000, 10, 8))
        read_mail(simple(f"{start} {SECRET}".encode()), found, lambda *file: None)
        assert SECRET in text(found)
        assert not found.unreadable


def test_a_picture_is_no_text_unless_somebody_asks() -> None:
    found = read(png())
    assert not [item for item in found.texts if item.where != "filenames"]


def test_noise_of_a_table_in_a_document_does_not_stick_to_a_number() -> None:
    drawing = f"<wp:anchor><wp:posOffset>217</wp:posOffset></wp:anchor><w:r><w:t>{SECRET}</w:t></w:r>"
    assert f"\n{SECRET}" in text(read(docx(f"<w:p>{drawing}</w:p>")))


def test_members_that_the_directory_of_a_zip_does_not_name_are_read() -> None:
    first, second = zipped({"a.txt": "x"}), zipped({"b.txt": SECRET}, method=0)
    local = second[: second.index(b"PK\x01\x02")]
    directory = first.index(b"PK\x01\x02")
    for at in (0, directory):
        hidden = bytearray(first[:at] + local + first[at:])
        end = hidden.rindex(b"PK\x05\x06")
        struct.pack_into("<I", hidden, end + 16, directory + len(local))
        if at == 0:
            struct.pack_into("<I", hidden, directory + len(local) + 42, len(local))
        assert SECRET in text(read(bytes(hidden)))


def test_a_member_without_a_name_is_read() -> None:
    found = read(zipped({"a": SECRET, "b": "x"}).replace(b"\x01\0\0\0a", b"\x01\0\0\0\0"))
    assert SECRET in text(found)


def test_a_pdf_that_no_program_opens_is_read_by_its_strings() -> None:
    whole = pdf({4: b"<< /Length 40 >>\nstream\nBT (BSN) Tj (" + SECRET.encode() + b") Tj ET\nendstream"})
    broken = whole.replace(b"/Catalog", b"/Nothing").replace(b"/Pages", b"/Nobody")
    found = read(broken)
    assert kinds(found) == [("2", "corrupt")]
    assert SECRET in text(found)


PLACES = {
    "page 2": lambda: pdf({2: b"<< /Type /Pages /Kids [3 0 R 20 0 R] /Count 2 >>", 20: (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 21 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>"), 21: stream(f"BT /F1 9 Tf 9 9 Td ({SECRET}) Tj ET".encode())}),
    "sheet Clients": lambda: sheet(f'<row><c t="inlineStr"><is><t>{SECRET}</t></is></c></row>', **{
        "xl/workbook.xml": '<workbook><sheets><sheet name="Clients" sheetId="1" r:id="rId7"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="rId7" Target="worksheets/sheet1.xml"/></R>',
    }),
    "sheet Sheet1": lambda: xls(text_cell(SECRET)),
    "slide 3": lambda: package("pptx", {"ppt/slides/slide3.xml": f"<p:sld><a:p><a:t>{SECRET}</a:t></a:p></p:sld>"}),
    "footnotes": lambda: docx("", footnotes=f"<w:footnotes><w:p><w:t>{SECRET}</w:t></w:p></w:footnotes>"),
    "": lambda: docx(f"<w:p><w:t>{SECRET}</w:t></w:p>"),
}  # fmt: skip


@pytest.mark.parametrize("place", list(PLACES))
def test_the_place_in_a_document_is_told_as_people_call_it(place: str) -> None:
    assert {text.place for text in read(PLACES[place]()).texts if SECRET in text.content} == {place}
