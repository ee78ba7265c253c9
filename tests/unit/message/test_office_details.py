"""Office files: what is shown, was changed, or is kept where only the program looks."""
# ruff: noqa: E501 (documents stand as they are)

from __future__ import annotations

import pytest

from tests.unit.message.message_samples import docx, file_part, mail, text_part, zipped
from zegel.message.reader import Reader
from zegel.message.text.markup import flow_text


def run(text: str, kind: str = "t") -> str:
    return f"<w:r><w:{kind}>{text}</w:{kind}></w:r>"


def deleted(text: str) -> str:
    return f'<w:del w:id="1" w:author="a">{run(text, "delText")}</w:del>'


def inserted(text: str) -> str:
    return f'<w:ins w:id="1" w:author="a">{run(text)}</w:ins>'


def sheet(after: str) -> bytes:
    source = f'<worksheet xmlns="x"><sheetData/>{after}</worksheet>'
    return zipped({"[Content_Types].xml": "<Types/>", "xl/worksheets/sheet1.xml": source})


def pivot(definition: str, records: str = "", number: str = "1") -> bytes:
    parts = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
    parts[f"xl/pivotCache/pivotCacheDefinition{number}.xml"] = f"<d><cacheFields>{definition}</cacheFields></d>"
    parts[f"xl/pivotCache/pivotCacheRecords{number}.xml"] = f"<rs>{records}</rs>"
    return zipped(parts)


def formatted(code: str) -> bytes:
    styles = f"""<styleSheet><numFmts><numFmt numFmtId="170" formatCode="{code}"/></numFmts>
        <cellXfs><xf numFmtId="170"/></cellXfs></styleSheet>"""
    cells = '<worksheet><sheetData><row r="1"><c r="A1" s="0"><v>111222333</v></c></row></sheetData></worksheet>'
    parts = {"xl/workbook.xml": "<workbook/>", "xl/styles.xml": styles, "xl/worksheets/sheet1.xml": cells}
    return zipped({"[Content_Types].xml": "<Types/>", **parts})


SIGNS = "".join(f'<w:r><w:sym w:font="Symbol" w:char="F0{ord(digit):02X}"/></w:r>' for digit in "111222333")
NAMES = '<cacheField name="Name"/>'
FILES: dict[str, tuple[str, bytes]] = {
    "a digit deleted in the middle": ("a.docx", docx(f"<w:p>{run('BSN 1112')}{deleted('9')}{run('22333')}</w:p>")),
    "a digit corrected": ("a.docx", docx(f"<w:p>{run('BSN 11122233')}{deleted('9')}{inserted('3')}</w:p>")),
    "a digit that was right before": ("a.docx", docx(f"<w:p>{run('BSN 11122233')}{deleted('3')}{inserted('9')}</w:p>")),
    "a number deleted": ("a.docx", docx(f"<w:p>{run('BSN ')}{deleted('111222333')}</w:p>")),
    "a number deleted in two runs": ("a.docx", docx(f"<w:p>{deleted('BSN 111')}{deleted('222333')}</w:p>")),
    "a word that is a name of XML": ("a.docx", docx(f"<w:p>{run('delText BSN 111222333')}{deleted('x')}</w:p>")),
    "a field in two runs": ("a.docx", docx(f"<w:p>{run('QUOTE &quot;BSN 111', 'instrText')}{run('222333', 'instrText')}</w:p>")),
    "digits of a font of signs": ("a.docx", docx(f"<w:p>{run('BSN ')}{SIGNS}</w:p>")),
    "what stands above a word": ("a.docx", docx(f"<w:p><w:ruby><w:rt>{run('BSN 111222333')}</w:rt><w:rubyBase>{run('x')}</w:rubyBase></w:ruby></w:p>")),
    "a list to choose from on an empty sheet": ("a.xlsx", sheet("<dataValidation><formula1>&quot;BSN 111222333&quot;</formula1></dataValidation>")),
    "advice on an empty sheet": ("a.xlsx", sheet('<dataValidation promptTitle="BSN" prompt="111222333"/>')),
    "a header on an empty sheet": ("a.xlsx", sheet("<headerFooter><oddHeader>&amp;LBSN 111&amp;B222&amp;B333</oddHeader></headerFooter>")),
    "the rows of a pivot table": ("a.xlsx", pivot(NAMES + '<cacheField name="BSN"/>', '<r><s v="Jan"/><n v="111222333"/></r>')),
    "shared values of a pivot table": ("a.xlsx", pivot('<cacheField name="BSN"><sharedItems><s v="x"/><n v="111222333"/></sharedItems></cacheField>', '<r><x v="1"/></r>')),
    "a pivot table with a blank": ("a.xlsx", pivot(NAMES + '<cacheField name="BSN"/>', '<r><m/><n v="111222333"/></r>', "17")),
    "a word before a number by its format": ("a.xlsx", formatted("&quot;BSN &quot;0")),
    "a word behind a number by its format": ("a.xlsx", formatted("0 &quot;is the BSN&quot;")),
    "SYLK": ("a.slk", b'ID;PCALC\r\nF;P0\r\nC;Y1;X1;K"Name"\r\nC;X2;K"BSN"\r\nC;Y2;X1;K"Jan"\r\nC;X2;K111222333\r\nE\r\n'),
    "SYLK with a format before the cell": ("a.slk", b'ID;P\nC;Y1;X3;K"BSN"\nF;Y2;X3\nC;K111222333\nE\n'),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FILES))
def test_it_is_read(reader: Reader, name: str) -> None:
    title, data = FILES[name]
    read = reader.read(mail(text_part("x"), file_part(data, title)))
    assert any("111222333" in text.content and "BSN" in text.content for text in read.texts)
    assert read.unreadable == ()


def test_thousands_of_insertions_without_an_end_take_one_pass() -> None:
    assert flow_text("<w:p>" + "<w:ins>" * 200_000 + "<w:delText>x</w:delText></w:p>").strip()
