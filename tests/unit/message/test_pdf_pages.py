"""Pages of a PDF that say something else than their text in a row: letters by place, versions, forms, XFA."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.message.message_samples import file_part, mail, text_part
from tests.unit.message.pdf_samples import pdf
from zegel.message.reader import Mail, Reader
from zegel.settings.model import Limits

SAYS = "The BSN 111222333 of a client"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
XFA = b'<xdp:xdp xmlns:xdp="x"><xfa:datasets xmlns:xfa="y"><form><BSN>111222333</BSN></form></xfa:datasets></xdp:xdp>'


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader(Limits(seconds=15), 1)
    made.start()
    yield made
    made.close()


def read(reader: Reader, data: bytes) -> Mail:
    return reader.read(mail(text_part("x"), file_part(data, "a.pdf")))


def is_found(found: Mail) -> bool:
    return any("BSN" in text.content and "111222333" in text.content for text in found.texts)


def page(content: bytes, annotations: bytes = b"", root: bytes = b"", more: dict[int, bytes] | None = None) -> bytes:
    objects: dict[int, tuple[bytes, bytes | None]] = {
        1: (b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>", None),
        2: (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None),
        3: (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 800] /Contents 5 0 R"
            b" /Resources << /Font << /F 4 0 R >> >> /Annots [" + annotations + b"] >>",
            None,
        ),
        4: (FONT, None),
        5: (b"<< >>", content),
    }
    for number, head in (more or {}).items():
        objects[number] = head, None
    return pdf(objects)


def drawn(*letters: tuple[float, float, str]) -> bytes:
    return b"".join(b"BT /F 12 Tf %d %d Td (%s) Tj ET\n" % (x, y, sign.encode()) for x, y, sign in letters)


def spread(text: str, step: float, y: float = 700) -> list[tuple[float, float, str]]:
    return [(20 + step * place, y, sign) for place, sign in enumerate(text) if sign != " "]


LETTERS = {
    "from right to left": drawn(*reversed(spread(SAYS, 7.2))),
    "far apart": drawn(*spread(SAYS, 14)),
    "every other one first": drawn(*spread(SAYS, 7.2)[::2], *spread(SAYS, 7.2)[1::2]),
    "by the alphabet": drawn(*sorted(spread(SAYS, 7.2), key=lambda letter: letter[2])),
    "on two lines at once": drawn(
        *(each for pair in zip(spread(SAYS, 7.2), spread("x" * 40, 7.2, 680), strict=False) for each in pair)
    ),
    "a little up and down": drawn(*((x, y + place % 3, sign) for place, (x, y, sign) in enumerate(spread(SAYS, 7.2)))),
}


@pytest.mark.parametrize("name", list(LETTERS))
def test_letters_that_are_set_one_by_one_are_read_by_place(reader: Reader, name: str) -> None:
    assert is_found(read(reader, page(LETTERS[name])))


def test_words_are_read_once(reader: Reader) -> None:
    texts = read(reader, page(drawn((20, 700, SAYS)))).texts
    assert sum(text.content.count("111222333") for text in texts) == 1


def later(data: bytes, *objects: tuple[int, bytes]) -> bytes:
    """The document saved once more with other objects, behind what it was."""
    for number, body in objects:
        at = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        before = data.rfind(b"xref\n0 ", 0, data.find(b"trailer"))
        start = len(data)
        data += b"xref\n%d 1\n%010d 00000 n \ntrailer << /Size 9 /Root 1 0 R /Prev %d >>\n" % (number, at, before)
        data += b"startxref\n%d\n%%%%EOF\n" % start
    return data


def stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def test_what_an_earlier_version_showed_is_read(reader: Reader) -> None:
    first = page(drawn((20, 700, SAYS)))
    for data in (
        later(first, (5, stream(b" "))),
        later(first, (5, stream(drawn((20, 700, "redacted"))))),
        later(first, (5, stream(b" ")), (5, stream(drawn((9, 9, "twice"))))),
        later(first, (6, stream(b" ")), (3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 6 0 R >>")),
    ):
        found = read(reader, data)
        assert is_found(found)
        assert "earlier version" in {text.place for text in found.texts}


def test_a_version_that_shows_the_same_is_read_once(reader: Reader) -> None:
    signed = later(page(drawn((20, 700, SAYS))), (1, b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] >> >>"))
    assert "earlier version" not in {text.place for text in read(reader, signed).texts}


def fields(names: list[str], label: str = "", signs: str = "111222333") -> bytes:
    numbers = range(6, 6 + len(signs))
    more = {
        number: b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (%s) %s /V (%s) /Rect [%d 9 %d 19] >>"
        % (name.encode(), b"/TU (%s)" % label.encode() if label else b"", sign.encode(), number * 9, number * 9 + 8)
        for number, name, sign in zip(numbers, names, signs, strict=True)
    }
    all_of_them = b" ".join(b"%d 0 R" % number for number in numbers)
    return page(b"", all_of_them, b"/AcroForm << /Fields [" + all_of_them + b"] >>", more)


@pytest.mark.parametrize(
    ("names", "label"),
    [
        ([f"bsn{place}" for place in range(9)], ""),
        ([f"BSN[{place}]" for place in range(9)], ""),
        ([f"bsn_{place}" for place in range(1, 10)], ""),
        ([f"f{place}" for place in range(9)], "BSN"),
        ([f"BSN.{place}" for place in range(9)], "digit"),
    ],
)
def test_a_number_with_a_field_for_each_digit_is_read(reader: Reader, names: list[str], label: str) -> None:
    found = read(reader, fields(names, label))
    assert any("BSN" in text.content.upper() and "111222333" in text.content for text in found.texts)


def test_what_a_note_says_in_rich_text_is_read(reader: Reader) -> None:
    note = b"<< /Type /Annot /Subtype /FreeText /RC (<body><p>BSN 111<b>222</b>333</p></body>) /Rect [0 0 9 9] >>"
    assert is_found(read(reader, page(b"", b"6 0 R", more={6: note})))


@pytest.mark.parametrize("lock", ["", "rc4-128", "aes-256"])
@pytest.mark.parametrize("whole", [True, False], ids=["one stream", "a list of streams"])
def test_the_values_of_an_xfa_form_are_named(reader: Reader, lock: str, whole: bool) -> None:
    form = b"/XFA 6 0 R" if whole else b"/XFA [(datasets) 6 0 R]"
    objects = {
        1: (b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] " + form + b" >> >>", None),
        2: (b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None),
        3: (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", None),
        6: (b"<< >>", XFA),
    }
    assert is_found(read(reader, pdf(objects, lock)))
