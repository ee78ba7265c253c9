"""Files anywhere in a PDF, whatever lock and filters they are behind, and words that a line's end cuts."""
# ruff: noqa: E501 (tables of cases)

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator

import pytest

from tests.quality.in_ooxml import docx, in_runs
from tests.unit.message.message_samples import file_part, mail, text_part, zipped
from tests.unit.message.pdf_samples import pdf
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

SECRET = "BSN 111222333"
FILE = zipped({"a.txt": SECRET})
LOCKS = ["", "rc4-40", "rc4-128", "aes-128", "aes-256"]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=15), 1)
    made.start()
    yield made
    made.close()


def found(read: Mail) -> bool:
    return any(SECRET in text.content for text in read.texts)


def lzw(data: bytes) -> bytes:
    """Codes of nine bits, with a fresh table every 200."""
    bits = "".join(
        ("100000000" if place % 200 == 0 else "") + format(byte, "09b") for place, byte in enumerate(data)
    ) + "100000001"  # fmt: skip
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def run_length(data: bytes) -> bytes:
    pieces = (data[at : at + 128] for at in range(0, len(data), 128))
    return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces) + b"\x80"


def rows_up(data: bytes) -> bytes:
    """Each row of 10 bytes as its difference to the one above."""
    data += bytes(-len(data) % 10)
    above, out = bytes(10), b""
    for at in range(0, len(data), 10):
        row = data[at : at + 10]
        out += b"\2" + bytes((byte - up) & 255 for byte, up in zip(row, above, strict=True))
        above = row
    return out


FILTERS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "plain": (b"", lambda data: data),
    "Flate": (b"/Filter /FlateDecode", zlib.compress),
    "hexadecimal": (b"/Filter /ASCIIHexDecode", lambda data: data.hex().encode() + b">"),
    "base 85": (b"/Filter/ASCII85Decode", lambda data: base64.a85encode(data, wrapcol=70) + b"~>"),
    "hexadecimal over Flate": (b"/Filter [/ASCIIHexDecode /FlateDecode]", lambda data: zlib.compress(data).hex().encode() + b">"),
    "base 85 over Flate": (b"/Filter[/A85/Fl]", lambda data: base64.a85encode(zlib.compress(data)) + b"~>"),
    "Flate twice": (b"/Filter [ /FlateDecode /FlateDecode ]", lambda data: zlib.compress(zlib.compress(data))),
    "LZW": (b"/Filter /LZWDecode", lzw),
    "runs": (b"/Filter /RunLengthDecode", run_length),
    "hexadecimal in lines": (b"/Filter [/AHx]", lambda data: b"\n".join(data.hex(" ", 30).encode().split()) + b">"),
    "differences": (b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 10 >>", lambda data: zlib.compress(rows_up(data))),
}  # fmt: skip

_SPECIFICATION = b"<< /Type /Filespec /F (a.zip) /UF (a.zip) /EF << /F 8 0 R >> >>"
_NOTE = b"<< /Type /Annot /Subtype /FileAttachment /Rect [1 1 9 9] /FS 7 0 R /Contents (x) >>"
PLACES: dict[str, dict[int, bytes]] = {
    "note": {3: b"/Annots [6 0 R]", 6: _NOTE, 7: _SPECIFICATION},
    "note that holds the specification": {
        3: b"/Annots [6 0 R]", 6: _NOTE.replace(b"7 0 R", b"<< /F (a.zip) /EF << /UF 8 0 R >> >>"),
    },
    "associated with the document": {1: b"/AF [7 0 R]", 7: _SPECIFICATION},
    "associated with a page": {3: b"/AF 7 0 R", 7: _SPECIFICATION},
    "associated with a note": {3: b"/Annots [6 0 R]", 6: b"<< /Type /Annot /Subtype /Text /AF [7 0 R] >>", 7: _SPECIFICATION},
    "specification in two steps": {1: b"/AF [7 0 R]", 7: b"<< /F (a.zip) /EF 9 0 R >>", 9: b"<< /F 8 0 R >>"},
    "media": {3: b"/Annots [6 0 R]", 6: b"<< /Subtype /RichMedia /RichMediaContent << /Assets << /Names [(a) 7 0 R] >> >> >>", 7: _SPECIFICATION},
    "names": {1: b"/Names << /EmbeddedFiles << /Names [(a.zip) 7 0 R] >> >>", 7: _SPECIFICATION},
    "named by nobody": {},
}  # fmt: skip


def with_file(place: str, filters: str = "plain", lock: str = "", content: bytes = FILE, mark: bytes = b"") -> bytes:
    more = dict(PLACES[place])
    how, coded = FILTERS[filters]
    page = b"BT /F1 12 Tf 72 700 Td (Zie de bijlage) Tj ET"
    objects: dict[int, tuple[bytes, bytes | None]] = {
        1: (b"<< /Type /Catalog /Pages 2 0 R %b >>" % more.pop(1, b""), None),
        2: (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None),
        3: (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> %b >>" % more.pop(3, b""), None),
        4: (b"<< >>", page),
        5: (b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", None),
        **{number: (head, None) for number, head in more.items()},
        8: (b"<< %b %b >>" % (mark, how), coded(content)),
    }  # fmt: skip
    return pdf(dict(sorted(objects.items())), lock)


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("filters", list(FILTERS))
def test_a_file_is_opened_wherever_it_is_in_a_pdf(reader: Reader, place: str, filters: str) -> None:
    assert found(reader.read_document(with_file(place, filters), "a.pdf"))


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_that_opens_without_a_password_hides_no_file(reader: Reader, place: str, lock: str) -> None:
    read = reader.read_document(with_file(place, "Flate", lock), "a.pdf")
    assert found(read) or place == "named by nobody"
    assert not read.unreadable


@pytest.mark.parametrize(
    "content", [SECRET.encode(), docx(in_runs(SECRET)), b"{\\rtf1 BSN 111222333}", with_file("note")]
)
@pytest.mark.parametrize("mark", [b"", b"/Type /EmbeddedFile", b"/Subtype /text#2Fplain"])
def test_any_kind_of_file_in_a_pdf_is_opened(reader: Reader, content: bytes, mark: bytes) -> None:
    wrapped = zipped({"a.pdf": with_file("note", "base 85", content=content, mark=mark)})
    assert found(reader.read(mail(text_part("x"), file_part(wrapped, "a.zip"))))


def test_files_named_by_objects_in_a_stream_of_objects_are_opened(reader: Reader) -> None:
    inside = b"7 0 " + b"<< /Type /Filespec /EF << /F 8 0 R >> >>"
    packed = b"<< /Type /ObjStm /N 1 /First 4 /Filter /ASCIIHexDecode >>", inside.hex().encode() + b">"
    objects: dict[int, tuple[bytes, bytes | None]] = {
        1: (b"<< /Type /Catalog /Pages 2 0 R /AF [7 0 R] >>", None),
        2: (b"<< /Type /Pages /Kids [] /Count 0 >>", None),
        6: packed,
        8: (b"<< >>", SECRET.encode()),
    }
    assert found(reader.read_document(pdf(objects), "a.pdf"))


def test_a_pdf_that_speaks_of_encrypt_is_read_whole(reader: Reader) -> None:
    data = with_file("note").replace(b"Zie de bijlage", b"Zie de /Encrypt")
    assert found(reader.read_document(data, "a.pdf"))


def page_of(*lines: bytes) -> bytes:
    shown = b"BT /F1 12 Tf 72 700 Td 14 TL " + b" T* ".join(b"(%b) Tj" % line for line in lines) + b" ET"
    objects: dict[int, tuple[bytes, bytes | None]] = {
        1: (b"<< /Type /Catalog /Pages 2 0 R >>", None),
        2: (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None),
        3: (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>", None),
        4: (b"<< >>", shown),
        5: (b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>", None),
    }  # fmt: skip
    return pdf(objects)


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ((b"het burgerservice-", b"nummer is 111222333"), "burgerservicenummer"),
        ((b"de patien-", b"te kreeg insuline"), "patiente"),
        ((b"een medi-", b"cijn tegen dia-", b"betes"), "medicijn tegen diabetes"),
        ((b"de BSN-", b"nummers"), "BSN-nummers"),
        ((b"opname in zieken-", b"huis"), "ziekenhuis"),
    ],
    ids=["number", "accent", "two", "kept as well", "house"],
)
def test_words_that_the_end_of_a_line_cuts_are_joined(reader: Reader, lines: tuple[bytes, ...], word: str) -> None:
    assert any(word in text.content for text in reader.read_document(page_of(*lines), "a.pdf").texts)


_CUT_FONTS = {
    "identity": b"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+X /Encoding /Identity-H /DescendantFonts [<< /Type /Font"
    b" /Subtype /CIDFontType2 /BaseFont /ABCDEF+X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /ABCDEF+X /Flags 4 >> >>] >>",
    **{
        kind: b"<< /Type /Font /Subtype /%b /BaseFont /ABCDEF+Y /FirstChar 0 /LastChar 99 /Encoding << /Differences [1 %b] >>"
        b" /FontDescriptor << /Type /FontDescriptor /FontName /ABCDEF+Y /Flags 4 >> >>"
        % (subtype, b" ".join(names % number for number in range(1, 90)))
        for kind, subtype, names in (
            ("names of its own", b"Type1", b"/g%d"), ("other names", b"Type1", b"/glyph%d"), ("TrueType", b"TrueType", b"/c%d"),
            ("numbers", b"Type1", b"/%d"),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("name", list(_CUT_FONTS))
@pytest.mark.parametrize("wrap", ["alone", "in a mail in a ZIP"])
def test_a_page_without_characters_for_its_shapes_is_unsupported(reader: Reader, name: str, wrap: str) -> None:
    page = {
        **_PAGE,
        4: (b"<< >>", b"BT /F1 12 Tf 72 700 Td <%b> Tj ET" % bytes(range(1, 80)).hex().encode()),
        5: (_CUT_FONTS[name], None),
    }
    data = pdf(page)
    if wrap != "alone":
        data = zipped({"a.eml": mail(text_part("x"), file_part(data, "a.pdf"))})
    read = reader.read_document(data, "a.pdf" if wrap == "alone" else "a.zip")
    assert {item.kind for item in read.unreadable} == {"unsupported"}


def test_a_page_with_characters_is_not(reader: Reader) -> None:
    assert not reader.read_document(page_of(b"BSN 111222333 in gewone letters"), "a.pdf").unreadable


_PAGE: dict[int, tuple[bytes, bytes | None]] = {
    1: (b"<< /Type /Catalog /Pages 2 0 R >>", None),
    2: (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None),
    3: (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>", None),
}  # fmt: skip
