"""The documents that are measured with: forty pages of clean Dutch text in every format, the same at every run.

The markup is as dense as that of the programs that write these formats: runs with fonts and revision numbers, cells
with styles, slides with shapes and notes. The binary ones are made record by record by the builders of the tests.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import struct
import tarfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from bench import mails
from tests.quality import in_archives, in_legacy, in_odf, in_ooxml, in_outlook
from tests.quality.compound import compound
from tests.unit.message.message_samples import file_part, mail, text_part, zipped

PAGES: Final = 40
PAGE: Final = 2_800
"""Characters of a page."""
ROWS: Final = 50
"""Rows of a page of a sheet, seven cells each."""
LAST: Final = "Einde van dit stuk"
"""Stands at the very end of every document, and has to be read."""
_HEAD: Final = ("Afdeling", "Omschrijving", "Datum", "Aantal", "Prijs", "Totaal", "Opmerking")
_WORD: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@dataclass(frozen=True, slots=True)
class Document:
    """One document, and how many pages a printer would make of it."""

    format: str
    data: bytes
    pages: int = PAGES

    @property
    def name(self) -> str:
        return "winmail.dat" if self.format == "winmail.dat" else f"stuk.{self.format}"


Row = tuple[str | float, ...]


@cache
def _paragraphs() -> tuple[str, ...]:
    return (*mails.prose(PAGES * PAGE, seed=4).split("\n\n"), LAST)


@cache
def _text() -> str:
    return "\n\n".join(_paragraphs()) + "\n"


@cache
def _rows() -> tuple[Row, ...]:
    """The rows of forty pages of a sheet."""
    chance = random.Random(5)
    words = sorted({word.strip(",.;:") for word in _text().split() if word.isalpha()})
    made: list[Row] = [_HEAD]
    for _ in range(PAGES * ROWS):
        count, price = float(chance.randint(1, 400)), chance.randint(100, 99_999) / 100
        name, what, note = (" ".join(chance.sample(words, many)) for many in (1, 5, 3))
        made.append((name, what, float(chance.randint(45_000, 46_500)), count, price, round(count * price, 2), note))
    return (*made, (LAST, *_HEAD[1:]))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _sentences(paragraph: str) -> list[str]:
    return [f"{sentence}. " for sentence in paragraph.rstrip(".").split(". ")]


def _docx() -> bytes:
    run = (
        '<w:r w:rsidRPr="00C41D2E"><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="22"/>'
        '<w:lang w:val="nl-NL"/></w:rPr><w:t xml:space="preserve">{}</w:t></w:r><w:proofErr w:type="spellEnd"/>'
    )
    opening = (
        '<w:p w14:paraId="{:08X}" w:rsidR="00A12B3C" w:rsidRDefault="00A12B3C" w:rsidP="00D45E6F"><w:pPr><w:pStyle '
    )
    opening += 'w:val="Standaard"/><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr>'
    body = "".join(
        opening.format(number) + "".join(run.format(_escaped(sentence)) for sentence in _sentences(text)) + "</w:p>"
        for number, text in enumerate(_paragraphs(), 0x1A2B0000)
    )
    style = '<w:style w:type="paragraph" w:styleId="Kop{0}"><w:name w:val="heading {0}"/><w:qFormat/></w:style>'
    styles = f"<w:styles {_WORD}>{''.join(style.format(number) for number in range(120))}</w:styles>"
    return in_ooxml.docx(body, styles=styles)


def _xlsx() -> bytes:
    strings: dict[str, int] = {}
    rows = []
    for number, row in enumerate(_rows(), 1):
        cells = []
        for column, value in zip("ABCDEFG", row, strict=True):
            if isinstance(value, str):
                place = strings.setdefault(value, len(strings))
                cells.append(f'<c r="{column}{number}" s="1" t="s"><v>{place}</v></c>')
            else:
                cells.append(f'<c r="{column}{number}" s="2"><v>{value}</v></c>')
        rows.append(f'<row r="{number}" spans="1:7" x14ac:dyDescent="0.25">{"".join(cells)}</row>')
    shared = "".join(f"<si><t>{_escaped(text)}</t></si>" for text in strings)
    return in_ooxml.package(
        "xlsx",
        {
            "xl/worksheets/sheet1.xml": f"<worksheet><sheetData>{''.join(rows)}</sheetData></worksheet>",
            "xl/sharedStrings.xml": f'<sst count="{len(rows)}" uniqueCount="{len(strings)}">{shared}</sst>',
        },
    )


def _slides() -> list[list[str]]:
    """Per slide its lines: a title and some sentences."""
    sentences = [sentence for text in _paragraphs()[:-1] for sentence in _sentences(text)]
    slides = [
        [sentence[:40], *sentences[at : at + 6]] for at, sentence in enumerate(sentences[: PAGES * 6]) if at % 6 == 0
    ]
    slides[-1].append(LAST)
    return slides


def _pptx() -> bytes:
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="{0}" name="Tijdelijke aanduiding {0}"/><p:cNvSpPr><a:spLocks noGrp="1"/>'
        '</p:cNvSpPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="838200" y="1825625"/><a:ext cx="10515600" cy="4351338"/>'
        "</a:xfrm></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>{1}</p:txBody></p:sp>"
    )
    line = '<a:p><a:pPr lvl="1"/><a:r><a:rPr lang="nl-NL" sz="2400" dirty="0"/><a:t>{}</a:t></a:r></a:p>'
    members: dict[str, str | bytes] = {}
    for number, lines in enumerate(_slides(), 1):
        shapes = "".join(shape.format(at + 2, line.format(_escaped(text))) for at, text in enumerate(lines))
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        notes = shape.format(2, line.format(_escaped(lines[0])))
        members[f"ppt/notesSlides/notesSlide{number}.xml"] = f"<p:notes><p:spTree>{notes}</p:spTree></p:notes>"
    return in_ooxml.package("pptx", members)


def _odt() -> bytes:
    span = '<text:span text:style-name="T{}">{}</text:span>'
    body = "".join(
        '<text:p text:style-name="P7">'
        + "".join(span.format(at, _escaped(sentence)) for at, sentence in enumerate(_sentences(text)))
        + "</text:p>"
        for text in _paragraphs()
    )
    return in_odf.odf("odt", body)


def _ods() -> bytes:
    text = '<table:table-cell table:style-name="ce1" office:value-type="string" calcext:value-type="string"><text:p>{}</text:p></table:table-cell>'  # noqa: E501
    number = '<table:table-cell table:style-name="ce2" office:value-type="float" office:value="{0}" calcext:value-type="float"><text:p>{0}</text:p></table:table-cell>'  # noqa: E501
    rows = "".join(
        '<table:table-row table:style-name="ro1">'
        + "".join(text.format(_escaped(cell)) if isinstance(cell, str) else number.format(cell) for cell in row)
        + "</table:table-row>"
        for row in _rows()
    )
    table = f'<table:table table:name="Blad1" table:style-name="ta1">{rows}</table:table>'
    return in_odf.odf("ods", table)


def _odp() -> bytes:
    frame = '<draw:frame presentation:style-name="pr4" draw:layer="layout" svg:width="25.1cm" svg:height="13.8cm" svg:x="1.4cm" svg:y="4.9cm"><draw:text-box><text:p><text:span text:style-name="T1">{}</text:span></text:p></draw:text-box></draw:frame>'  # noqa: E501
    pages = "".join(
        f'<draw:page draw:name="page{number}" draw:style-name="dp1" draw:master-page-name="Standaard">'
        + "".join(frame.format(_escaped(text)) for text in lines)
        + "</draw:page>"
        for number, lines in enumerate(_slides(), 1)
    )
    return in_odf.odf("odp", pages)


def _rtf() -> bytes:
    run = r"{{\rtlch\fcs1 \af0\afs22 \ltrch\fcs0 \f0\fs22\lang1043\insrsid1257234 {}}}"
    head = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Calibri;}}{\colortbl;\red0\green0\blue0;}"
    body = "".join(
        r"\pard\plain \ltrpar\ql \li0\ri0\sa120\sl276\slmult1\widctlpar "
        + "".join(run.format(sentence) for sentence in _sentences(text))
        + "\\par\r\n"
        for text in _paragraphs()
    )
    return f"{head}{body}}}".replace("€", r"\'80").encode("cp1252")


def _xls() -> bytes:
    strings: dict[str, int] = {}
    cells = []
    for number, row in enumerate(_rows()):
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


def _ppt() -> bytes:
    slides = []
    for lines in _slides():
        atoms = [in_legacy.atom(0x0FA0, line.encode("utf-16-le")) for line in lines]
        shapes = [in_legacy.atom(0xF004, in_legacy.atom(0xF00D, atom, 0x0F) + bytes(16), 0x0F) for atom in atoms]
        slides.append(in_legacy.atom(0x03EE, b"".join(shapes), 0x0F))
    return in_legacy.ppt(*slides)


def _xlsb() -> bytes:
    strings: dict[str, int] = {}
    records: list[tuple[int, bytes]] = [(129, b""), (145, b"")]
    for number, row in enumerate(_rows()):
        records.append((0, struct.pack("<I", number) + bytes(13)))
        for column, value in enumerate(row):
            if isinstance(value, str):
                records.append((7, struct.pack("<III", column, 1, strings.setdefault(value, len(strings)))))
            else:
                records.append((5, struct.pack("<IId", column, 2, value)))
    shared = ((19, b"\0" + struct.pack("<I", len(text)) + text.encode("utf-16-le")) for text in strings)
    sheet = in_legacy.part(*records, (146, b""), (130, b""))
    return in_legacy.xlsb(**{"worksheets/sheet1": sheet, "sharedStrings": in_legacy.part(*shared)})


def _html() -> bytes:
    letter = "\n\n".join(_paragraphs())
    return mails._as_html(letter).encode()


def _epub() -> bytes:
    chapters = {f"OEBPS/hoofdstuk{number}.xhtml": _chapter(number) for number in range(8)}
    return zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": "<container/>", **chapters})


def _chapter(number: int) -> str:
    whole = _paragraphs()
    size = -(-len(whole) // 8)
    body = "".join(f'<p class="tekst">{_escaped(text)}</p>\n' for text in whole[number * size : (number + 1) * size])
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/><body>{body}</body></html>'


def _msg() -> bytes:
    attachment = "__attach_version1.0_#00000000"
    return compound(
        in_outlook.msg(
            {
                "0037001F": "Stukken voor het overleg".encode("utf-16-le"),
                "1000001F": _text().encode("utf-16-le"),
                "10130102": _html(),
                f"{attachment}/37010102": _docx(),
                f"{attachment}/3707001F": "stuk.docx".encode("utf-16-le"),
            }
        )
    )


def _winmail() -> bytes:
    rtf = in_outlook.compressed_rtf(_rtf())
    body = in_outlook.attribute(1, 0x9003, 6, in_outlook.property_list(in_outlook.variable(0x0102, 0x1009, rtf)))
    title = in_outlook.attribute(2, 0x8010, 1, b"stuk.docx\0")
    start = in_outlook.attribute(2, 0x9002, 6, bytes(14))
    return in_outlook.tnef(body, start, title, in_outlook.attribute(2, 0x800F, 6, _docx()))


def _tar_gz() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in _three().items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(out.getvalue(), mtime=0)


def _three() -> dict[str, bytes]:
    """What is put into archives."""
    return {"stuk.docx": _docx(), "stuk.xlsx": _xlsx(), "stuk.txt": _text().encode()}


def _plain() -> bytes:
    return "\r\n".join(textwrap.fill(text, 78) for text in _paragraphs()).encode()


_MADE: Final[dict[str, tuple[Callable[[], bytes], int]]] = {
    "txt": (_plain, 1),
    "csv": (lambda: "\r\n".join(";".join(map(str, row)) for row in _rows()).encode(), 1),
    "json": (lambda: json.dumps([dict(zip(_HEAD, row, strict=True)) for row in _rows()], indent=1).encode(), 1),
    "xml": (lambda: _records().encode(), 1),
    "html": (_html, 1),
    "eml": (lambda: mail(text_part("zie de bijlage"), file_part(_docx(), "stuk.docx")), 1),
    "docx": (_docx, 1),
    "xlsx": (_xlsx, 1),
    "pptx": (_pptx, 1),
    "odt": (_odt, 1),
    "ods": (_ods, 1),
    "odp": (_odp, 1),
    "rtf": (_rtf, 1),
    "doc": (lambda: in_legacy.doc("\r".join(_paragraphs()), wide=True), 1),
    "xls": (_xls, 1),
    "ppt": (_ppt, 1),
    "xlsb": (_xlsb, 1),
    "pdf": (lambda: mails.pdf(_text().replace("€", "EUR")), 1),
    "epub": (_epub, 1),
    "msg": (_msg, 3),
    "winmail.dat": (_winmail, 2),
    "zip": (lambda: zipped(dict(_three())), 3),
    "tar.gz": (_tar_gz, 3),
    "7z": (lambda: in_archives.by_program(["7z", "a", "-bd"], "7z", _xlsx(), "stuk.xlsx"), 1),
}
"""What makes each, and how many times the forty pages are in it."""


def _records() -> str:
    tags = [name.lower() for name in _HEAD]
    rows = "\n".join(
        "  <regel>" + "".join(f"<{tag}>{cell}</{tag}>" for tag, cell in zip(tags, row, strict=True)) + "</regel>"
        for row in _rows()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<regels>\n{rows}\n</regels>\n'


def documents() -> Iterator[Document]:
    """One of each format; 7z only where the program is that makes them."""
    for format, (make, times) in _MADE.items():
        if format != "7z" or shutil.which("7z"):
            yield Document(format, make(), times * PAGES)
