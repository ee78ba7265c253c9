"""Tables in documents by LibreOffice, and in text of many kinds: each number is called what its head says."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.unit.message.message_samples import zipped
from zegel.message.base.found import Budget, Found, Text
from zegel.message.documents import read_file
from zegel.policy.detectors import DETECTORS, Confidence
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.probes import DetectorProbe
from zegel.policy.search.scan import Scan

BY_LIBREOFFICE = zipfile.ZipFile(Path(__file__).with_name("tables_by_libreoffice.zip"))
"""`found`: a list of persons; "volgt" and blank cells above the number; a cell for each digit; heads in front of rows.
`harmless`: orders and policies whose numbers pass the check of a BSN, beside columns for a BSN."""
BSN = DetectorProbe(DETECTORS["bsn"], 0)
PATTERNS = Patterns([BSN.detector.shape])
FIRST, SECOND, IN_BOXES, FOURTH, FIFTH = ("384756128", "384756141", "384756153", "384756165", "384756177")


def texts(data: bytes, name: str) -> list[Text]:
    found = Found(Budget(10**9, 10_000, 5))
    read_file(found, data, "2", name)
    assert not found.unreadable
    return found.texts


def numbers(data: bytes, name: str, least: Confidence = Confidence.CONTEXT) -> dict[str, str]:
    """The numbers that are at least so sure, each with where it is."""
    scan = Scan(PATTERNS, texts(data, name))
    found = ((n, f) for n, text in enumerate(scan.texts) for f in BSN.find(PATTERNS, text.data))
    return {f.value: scan.place(n, f.start) for n, f in found if f.confidence >= least}


def named(stem: str) -> list[str]:
    return [name for name in BY_LIBREOFFICE.namelist() if name.startswith(stem)]


@pytest.mark.parametrize("name", named("found"))
def test_each_number_is_found_by_its_head_and_its_place_is_known(name: str) -> None:
    places = numbers(BY_LIBREOFFICE.read(name), name)
    assert places.keys() >= {FIRST, SECOND, IN_BOXES, FOURTH, FIFTH}
    assert places[FIRST].endswith("row 2, column BSN")
    assert places[SECOND].endswith("row 5, column BSN")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("found_writer.docx", "table 2, row 5, column BSN"),
        ("found_writer.doc", "table 2, row 5, column BSN"),
        ("found_writer.pdf", "page 1, table 2, row 5, column BSN"),
        ("found_impress.pptx", "slide 2, table 1, row 5, column BSN"),
        ("found_calc.xlsx", "sheet Blad 2, table 1, row 5, column BSN"),
        ("found_calc.xls", "sheet Blad 2, table 1, row 5, column BSN"),
    ],
)
def test_the_place_has_page_sheet_or_slide(name: str, place: str) -> None:
    assert numbers(BY_LIBREOFFICE.read(name), name)[SECOND] == place


@pytest.mark.parametrize("name", named("harmless"))
def test_what_its_head_calls_something_else_is_left_alone(name: str) -> None:
    assert numbers(BY_LIBREOFFICE.read(name), name, Confidence.VALID) == {}


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_cell(text: str, properties: str = "") -> str:
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n"))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraphs}</w:tc>"


def word_table(*rows: str) -> str:
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


TWO_ROWS_OF_HEADS = word_table(
    word_cell("Naam", '<w:vMerge w:val="restart"/>') + word_cell("Nummers", '<w:gridSpan w:val="2"/>'),
    word_cell("", "<w:vMerge/>") + word_cell("Klant") + word_cell("Burgerservice-\nnummer"),
    word_cell("Jan\nde Vries") + word_cell("123456782") + word_cell("111222333"),
)
IN_A_CELL = word_table(word_cell("Bijlage") + f"<w:tc><w:p/>{TWO_ROWS_OF_HEADS}<w:p/></w:tc>")


@pytest.mark.parametrize("body", [TWO_ROWS_OF_HEADS, IN_A_CELL], ids=["two rows of heads", "in a cell"])
@pytest.mark.parametrize("part", ["document", "header1", "footer2", "footnotes"])
def test_word_tables_are_read_wherever_they_are(body: str, part: str) -> None:
    members = {"[Content_Types].xml": "<Types/>", f"word/{part}.xml": f"<w:document {W}>{body}</w:document>"}
    assert numbers(zipped(members), "a.docx").keys() == {"111222333"}


HTML = """<html><table><thead><tr><th rowspan=2>Naam<th colspan="2">Nummers<tr><th>Klantnr<th>BSN
<tbody><tr><td rowspan=2>Jan<td>123456782<td>111222333<tr><td>100000009<td>384756128</table>"""
FODS = """<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<table:table><table:table-row><table:table-cell><text:p>BSN</text:p></table:table-cell>
<table:table-cell office:value="1" table:number-columns-repeated="3"><text:p>1</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="3" office:value="2"><text:p>2</text:p></table:table-cell>
<table:table-cell office:value="3" table:number-columns-repeated="3"><text:p>3</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="1000"/></table:table-row></table:table></office:document>"""
RTF = r"""{\rtf1\ansi Vooraf\par \trowd\intbl Naam\cell BSN\cell Ordernr\cell\row
\trowd\intbl Jan\par Piet\cell\cell 123456782\cell\row
\trowd\intbl Kees\cell 111222333\cell\cell\row\pard Erna\par}"""
GLYPHS = '<Glyphs OriginX="{}" OriginY="{}" FontRenderingEmSize="12" UnicodeString="{}"/>'
XPS = '<FixedPage xmlns="http://schemas.microsoft.com/xps/2005/06">{}</FixedPage>'.format(
    "".join(
        GLYPHS.format(x, y, text)
        for y, row in ((100, "Naam;BSN;Ordernr"), (120, "Anna;volgt;123456782"), (140, "Jan;111222333;"))
        for x, text in zip((50, 200, 400), row.split(";"), strict=True)
        if text
    )
)


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("a.html", HTML, {"111222333", "384756128"}),
        ("a.fods", FODS, {"111222333"}),
        ("a.rtf", RTF, {"111222333"}),
        ("a.fpage", XPS, {"111222333"}),
        ("a.csv", 'Naam;Adres;BSN\nJan;"Dorpsstraat 1\n1234 AB Ede";111222333\n', {"111222333"}),
        ("a.csv", "Naam;BSN;Order\r\nJan;;123456782\r\nPiet;111222333;\r\n", {"111222333"}),
        ("a.tsv", "Naam\tBSN\tOrdernr\nAnna\t\t123456782\nJan\t111222333\t\n", {"111222333"}),
        ("a.txt", "Naam\tOrdernr\nJan\t111222333\nPiet\t123456782\nAnna\t100000009\n", set()),
        ("a.csv", "\ufeffNaam|BSN\nJan|111222333\n", {"111222333"}),
        ("a.md", "| Naam | BSN |\n|:-----|----:|\n| Anna | |\n| Jan | 111222333 |\n", {"111222333"}),
        ("a.txt", "Naam   BSN        Ordernr\nAnna              123456782\nJan    111222333\n", {"111222333"}),
        ("a.txt", "https://intra.example/zoek?q=bsn%3D111222333&p=1", {"111222333"}),
        ("a.txt", "https://intra.example/zoek?q=bsn%253D111222333", {"111222333"}),
    ],
)  # fmt: skip
def test_tables_in_text_and_markup(name: str, data: str, wanted: set[str]) -> None:
    assert set(numbers(data.encode(), name)) == wanted
