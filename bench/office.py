"""Forty pages of clean Dutch text as office programs write them, the same at every run.

The markup is as dense as theirs: runs with fonts and revision numbers, cells with styles, slides with shapes and notes.
The binary ones are made record by record by the builders of the tests.
"""

from __future__ import annotations

import random
import struct
from functools import cache
from typing import Final

from bench import mails
from tests.quality import in_legacy, in_odf, in_ooxml

PAGES: Final = 40
PAGE: Final = 2_800
"""Characters of a page."""
ROWS: Final = 50
"""Rows of a page of a sheet, seven cells each."""
LAST: Final = "Einde van dit stuk"
"""Stands at the very end of every document, and has to be read."""
HEAD: Final = ("Afdeling", "Omschrijving", "Datum", "Aantal", "Prijs", "Totaal", "Opmerking")
WORD: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


Row = tuple[str | float, ...]


@cache
def paragraphs() -> tuple[str, ...]:
    return (*mails.prose(PAGES * PAGE, seed=4).split("\n\n"), LAST)


@cache
def whole_text() -> str:
    return "\n\n".join(paragraphs()) + "\n"


@cache
def sheet_rows() -> tuple[Row, ...]:
    """The rows of forty pages of a sheet."""
    chance = random.Random(5)
    words = sorted({word.strip(",.;:") for word in whole_text().split() if word.isalpha()})
    made: list[Row] = [HEAD]
    for _ in range(PAGES * ROWS):
        count, price = float(chance.randint(1, 400)), chance.randint(100, 99_999) / 100
        name, what, note = (" ".join(chance.sample(words, many)) for many in (1, 5, 3))
        made.append((name, what, float(chance.randint(45_000, 46_500)), count, price, round(count * price, 2), note))
    return (*made, (LAST, *HEAD[1:]))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def sentences_of(paragraph: str) -> list[str]:
    return [f"{sentence}. " for sentence in paragraph.rstrip(".").split(". ")]


def docx() -> bytes:
    run = (
        '<w:r w:rsidRPr="00C41D2E"><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/>'
        '<w:lang w:val="nl-NL"/></w:rPr><w:t xml:space="preserve">{}</w:t></w:r><w:proofErr w:type="spellEnd"/>'
    )
    opening = (
        '<w:p w14:paraId="{:08X}" w:rsidR="00A12B3C" w:rsidRDefault="00A12B3C" w:rsidP="00D45E6F"><w:pPr><w:pStyle '
    )
    opening += 'w:val="Standaard"/><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr>'
    body = "".join(
        opening.format(number) + "".join(run.format(escaped(sentence)) for sentence in sentences_of(text)) + "</w:p>"
        for number, text in enumerate(paragraphs(), 0x1A2B0000)
    )
    style = '<w:style w:type="paragraph" w:styleId="Kop{0}"><w:name w:val="heading {0}"/><w:qFormat/></w:style>'
    styles = f"<w:styles {WORD}>{''.join(style.format(number) for number in range(120))}</w:styles>"
    return in_ooxml.docx(body, styles=styles)


def xlsx() -> bytes:
    strings: dict[str, int] = {}
    rows = []
    for number, row in enumerate(sheet_rows(), 1):
        cells = []
        for column, value in zip("ABCDEFG", row, strict=True):
            if isinstance(value, str):
                place = strings.setdefault(value, len(strings))
                cells.append(f'<c r="{column}{number}" s="1" t="s"><v>{place}</v></c>')
            else:
                cells.append(f'<c r="{column}{number}" s="2"><v>{value}</v></c>')
        rows.append(f'<row r="{number}" spans="1:7" x14ac:dyDescent="0.25">{"".join(cells)}</row>')
    shared = "".join(f"<si><t>{escaped(text)}</t></si>" for text in strings)
    return in_ooxml.package(
        "xlsx",
        {
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f'<sst count="{len(rows)}" uniqueCount="{len(strings)}">{shared}</sst>',
        },
    )


def slide_lines() -> list[list[str]]:
    """Per slide its lines: a title and some sentences."""
    sentences = [sentence for text in paragraphs()[:-1] for sentence in sentences_of(text)]
    slides = [
        [sentence[:40], *sentences[at : at + 6]] for at, sentence in enumerate(sentences[: PAGES * 6]) if at % 6 == 0
    ]
    slides[-1].append(LAST)
    return slides


def pptx() -> bytes:
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="{0}" name="Tijdelijke aanduiding {0}"/><p:cNvSpPr><a:spLocks noGrp="1"/>'
        '</p:cNvSpPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="838200" y="1825625"/><a:ext cx="10515600" cy="4351338"/>'
        "</a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>{1}</p:txBody></p:sp>"
    )
    line = '<a:p><a:pPr lvl="1"/><a:r><a:rPr lang="nl-NL" sz="2400" dirty="0"/><a:t>{}</a:t></a:r></a:p>'
    members: dict[str, str | bytes] = {}
    for number, lines in enumerate(slide_lines(), 1):
        shapes = "".join(shape.format(at + 2, line.format(escaped(text))) for at, text in enumerate(lines))
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        notes = shape.format(2, line.format(escaped(lines[0])))
        members[f"ppt/notesSlides/notesSlide{number}.xml"] = f"<p:notes><p:spTree>{notes}</p:spTree></p:notes>"
    return in_ooxml.package("pptx", members)


def odt() -> bytes:
    span = '<text:span text:style-name="T{}">{}</text:span>'
    body = "".join(
        '<text:p text:style-name="P7">'
        + "".join(span.format(at, escaped(sentence)) for at, sentence in enumerate(sentences_of(text)))
        + "</text:p>"
        for text in paragraphs()
    )
    return in_odf.odf("odt", body)


def ods() -> bytes:
    text = '<table:table-cell table:style-name="ce1" office:value-type="string" calcext:value-type="string"><text:p>{}</text:p></table:table-cell>'  # noqa: E501
    number = '<table:table-cell table:style-name="ce2" office:value-type="float" office:value="{0}" calcext:value-type="float"><text:p>{0}</text:p></table:table-cell>'  # noqa: E501
    rows = "".join(
        '<table:table-row table:style-name="ro1">'
        + "".join(text.format(escaped(cell)) if isinstance(cell, str) else number.format(cell) for cell in row)
        + "</table:table-row>"
        for row in sheet_rows()
    )
    table = f'<table:table table:name="Blad1" table:style-name="ta1">{rows}</table:table>'
    return in_odf.odf("ods", table)


def odp() -> bytes:
    frame = '<draw:frame presentation:style-name="pr4" draw:layer="layout" svg:width="25.1cm" svg:height="13.8cm" svg:x="1.4cm" svg:y="4.9cm"><draw:text-box><text:p><text:span text:style-name="T1">{}</text:span></text:p></draw:text-box></draw:frame>'  # noqa: E501
    pages = "".join(
        f'<draw:page draw:name="page{number}" draw:style-name="dp1" draw:master-page-name="Standaard">'
        + "".join(frame.format(escaped(text)) for text in lines)
        + "</draw:page>"
        for number, lines in enumerate(slide_lines(), 1)
    )
    return in_odf.odf("odp", pages)


def rtf() -> bytes:
    run = r"{{\rtlch\fcs1 \af0\afs22 \ltrch\fcs0 \f0\fs22\lang1043\insrsid1257234 {}}}"
    head = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Calibri;}}{\colortbl;\red0\green0\blue0;}"
    body = "".join(
        r"\pard\plain \ltrpar\ql \li0\ri0\sa120\sl276\slmult1\widctlpar "
        + "".join(run.format(sentence) for sentence in sentences_of(text))
        + "\\par\r\n"
        for text in paragraphs()
    )
    return f"{head}{body}}}".replace("€", r"\'80").encode("cp1252")


def xls() -> bytes:
    strings: dict[str, int] = {}
    cells = []
    for number, row in enumerate(sheet_rows()):
        for column, value in enumerate(row):
            if isinstance(value, str):
                place = strings.setdefault(value, len(strings))
                cells.append(in_legacy.record(0xFD, struct.pack("<HHHI", number, column, 15, place)))
            else:
                cells.append(in_legacy.record(0x203, struct.pack("<HHHd", number, column, 16, value)))
    written, block = b"", struct.pack("<II", len(strings), len(strings))
    for text in strings:
        if len(block) > 8_000:
            written, block = written + in_legacy.record(0x3C if written else 0xFC, block), b""
        block += in_legacy.narrow(text)
    return in_legacy.xls(written + in_legacy.record(0x3C if written else 0xFC, block), *cells)


def ppt() -> bytes:
    slides = []
    for lines in slide_lines():
        atoms = [in_legacy.atom(0x0FA0, line.encode("utf-16-le")) for line in lines]
        shapes = [in_legacy.atom(0xF004, in_legacy.atom(0xF00D, atom, 0x0F) + bytes(16), 0x0F) for atom in atoms]
        slides.append(in_legacy.atom(0x03EE, b"".join(shapes), 0x0F))
    return in_legacy.ppt(*slides)


def xlsb() -> bytes:
    strings: dict[str, int] = {}
    records: list[tuple[int, bytes]] = [(129, b""), (145, b"")]
    for number, row in enumerate(sheet_rows()):
        records.append((0, struct.pack("<I", number) + bytes(13)))
        for column, value in enumerate(row):
            if isinstance(value, str):
                records.append((7, struct.pack("<III", column, 1, strings.setdefault(value, len(strings)))))
            else:
                records.append((5, struct.pack("<IId", column, 2, value)))
    shared = ((19, b"\0" + struct.pack("<I", len(text)) + text.encode("utf-16-le")) for text in strings)
    sheet = in_legacy.part(*records, (146, b""), (130, b""))
    return in_legacy.xlsb(**{"worksheets/sheet1": sheet, "sharedStrings": in_legacy.part(*shared)})
