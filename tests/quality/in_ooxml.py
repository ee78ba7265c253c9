"""Hiding places in DOCX, XLSX and PPTX, and in their macro and template kin."""
# ruff: noqa: E501 (markup stands as it is in files)

from __future__ import annotations

from collections.abc import Mapping

from tests.quality.compound import compound
from tests.quality.registry import NUMBER, PLACES, Place, place
from tests.unit.message.message_samples import zipped

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
_MAIN = {
    "docx": ("/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "docm": ("/word/document.xml", "application/vnd.ms-word.document.macroEnabled"),
    "dotx": ("/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.template"),
    "xlsx": ("/xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xlsm": ("/xl/workbook.xml", "application/vnd.ms-excel.sheet.macroEnabled"),
    "pptx": ("/ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    "pptm": ("/ppt/presentation.xml", "application/vnd.ms-powerpoint.presentation.macroEnabled"),
    "ppsx": ("/ppt/presentation.xml", "application/vnd.openxmlformats-officedocument.presentationml.slideshow"),
}


def package(kind: str, members: Mapping[str, str | bytes]) -> bytes:
    """An OOXML package of this kind."""
    part, main = _MAIN[kind]
    types = _TYPES.format(f'<Override PartName="{part}" ContentType="{main}.main+xml"/>')
    basis = {
        "[Content_Types].xml": types,
        "_rels/.rels": "<Relationships/>",
        "word/document.xml": f"<w:document {_W}><w:body/></w:document>",
        "xl/workbook.xml": '<workbook><sheets><sheet name="S"/></sheets></workbook>',
        "ppt/presentation.xml": "<p:presentation/>",
    }
    of_kind = {name: data for name, data in basis.items() if name[0] in "[_" or name == part[1:]}
    return zipped({**of_kind, **members})


def in_runs(text: str) -> str:
    """A paragraph whose text is cut into runs in the middle of a word."""
    pieces = [text[:6], text[6:9], text[9:]]
    return "<w:p>" + "".join(f'<w:r w:rsidR="00A1"><w:t>{piece}</w:t></w:r>' for piece in pieces) + "</w:p>"


def docx(body: str, kind: str = "docx", **parts: str) -> bytes:
    """A DOCX with this body; `parts` are members of word/."""
    members: dict[str, str | bytes] = {"word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>"}
    return package(kind, {**members, **{f"word/{name.replace('__', '/')}.xml": text for name, text in parts.items()}})


_PROPERTY = (
    '<Properties><property fmtid="{{D5}}" pid="2" name="Client"><vt:lpwstr>{}</vt:lpwstr></property></Properties>'
)

_IN_WORD = {
    "body": "<w:p><w:r><w:t>{}</w:t></w:r></w:p>",
    "hidden text": "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{}</w:t></w:r></w:p>",
    "deleted text": "<w:p><w:del><w:r><w:delText>{}</w:delText></w:r></w:del></w:p>",
    "table cell": "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
    "text box": "<w:p><w:r><wps:txbx><w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:r></w:p>",
    "VML text box": "<w:p><w:pict><v:shape><v:textbox><w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:p>",
    "WordArt": '<w:p><w:pict><v:shape><v:textpath style="font-family:Arial" string="{}"/></v:shape></w:pict></w:p>',
    "field code": '<w:p><w:r><w:instrText xml:space="preserve"> QUOTE "{}" </w:instrText></w:r></w:p>',
    "simple field": '<w:p><w:fldSimple w:instr="DOCPROPERTY {}"><w:r/></w:fldSimple></w:p>',
    "content control": '<w:sdt><w:sdtPr><w:alias w:val="{}"/></w:sdtPr><w:sdtContent/></w:sdt>',
    "list of choices": '<w:sdt><w:sdtPr><w:dropDownList><w:listItem w:displayText="{}" w:value="1"/></w:dropDownList></w:sdtPr></w:sdt>',
    "description of a picture": '<w:p><w:drawing><wp:docPr id="1" name="Picture 1" descr="{}"/></w:drawing></w:p>',
    "equation": "<w:p><m:oMath><m:r><m:t>{}</m:t></m:r></m:oMath></w:p>",
}  # fmt: skip
_WORD_PARTS = {
    "header": ("word/header1.xml", f"<w:hdr {_W}><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:hdr>"),
    "footer": ("word/footer2.xml", f"<w:ftr {_W}><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:ftr>"),
    "footnote": ("word/footnotes.xml", f"<w:footnotes {_W}><w:footnote><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:footnote></w:footnotes>"),
    "endnote": ("word/endnotes.xml", f"<w:endnotes {_W}><w:endnote><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:endnote></w:endnotes>"),
    "comment": ("word/comments.xml", f"<w:comments {_W}><w:comment><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:comment></w:comments>"),
    "author of a comment": ("word/people.xml", '<w15:people><w15:person w15:author="{}"/></w15:people>'),
    "glossary": ("word/glossary/document.xml", f"<w:glossaryDocument {_W}><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:glossaryDocument>"),
    "document variable": ("word/settings.xml", '<w:settings><w:docVars><w:docVar w:name="client" w:val="{}"/></w:docVars></w:settings>'),
    "link": ("word/_rels/document.xml.rels", '<Relationships><Relationship Target="http://x.example/?q={}" TargetMode="External"/></Relationships>'),
    "custom XML": ("customXml/item1.xml", "<client><id>{}</id></client>"),
    "custom XML attribute": ("customXml/item2.xml", '<client id="{}"/>'),
}  # fmt: skip
_SHARED_PARTS = {
    "title": ("docProps/core.xml", "<cp:coreProperties><dc:title>{}</dc:title></cp:coreProperties>"),
    "keywords": ("docProps/core.xml", "<cp:coreProperties><cp:keywords>{}</cp:keywords></cp:coreProperties>"),
    "company": ("docProps/app.xml", "<Properties><Company>{}</Company></Properties>"),
    "custom property": ("docProps/custom.xml", _PROPERTY),
    "chart": ("{0}/charts/chart1.xml", "<c:chart><c:cat><c:strCache><c:pt><c:v>{}</c:v></c:pt></c:strCache></c:cat></c:chart>"),
    "diagram": ("{0}/diagrams/data1.xml", "<dgm:dataModel><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:dataModel>"),
    "embedded text": ("{0}/embeddings/oleObject1.txt", "{}"),
    "unknown part": ("{0}/other/thing.bin", "\0\1{}\0\2"),
}  # fmt: skip
_IN_SHEET = {
    "inline string": '<row><c t="inlineStr"><is><t>{}</t></is></c></row>',
    "number": f"<row><c t=\"inlineStr\"><is><t>BSN</t></is></c><c><v>{NUMBER}</v></c></row>",
    "number with exponent": '<row><c t="inlineStr"><is><t>BSN</t></is></c><c><v>1.11222333E8</v></c></row>',
    "result of a formula": '<row><c t="str"><f>A1</f><v>{}</v></c></row>',
    "formula": '<row><c><f>"{}"&amp;A1</f><v>0</v></c></row>',
    "hidden row": '<row hidden="1"><c t="inlineStr"><is><t>{}</t></is></c></row>',
    "rich text": "<row><c t=\"inlineStr\"><is><r><t>BSN 1112</t></r><r><rPr><b/></rPr><t>22333</t></r></is></c></row>",
}  # fmt: skip
_SHEET_AROUND = {
    "header": "<headerFooter><oddHeader>&amp;C{}</oddHeader></headerFooter>",
    "prompt of a validation": '<dataValidations><dataValidation prompt="{}"/></dataValidations>',
    "list of a validation": '<dataValidations><dataValidation type="list"><formula1>"x,{}"</formula1></dataValidation></dataValidations>',
    "link": '<hyperlinks><hyperlink ref="A1" tooltip="{}"/></hyperlinks>',
    "conditional format": '<conditionalFormatting><cfRule type="containsText" text="{}"/></conditionalFormatting>',
    "scenario": '<scenarios><scenario name="s"><inputCells r="A1" val="{}"/></scenario></scenarios>',
    "hidden column": '<cols><col hidden="1"/></cols><sheetData><row><c r="B1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData>',
}  # fmt: skip
_SHEET_PARTS = {
    "hidden sheet": ("xl/worksheets/sheet2.xml", '<worksheet><sheetData><row><c t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>'),
    "name of a sheet": ("xl/workbook.xml", '<workbook><sheets><sheet name="{}" state="veryHidden"/></sheets></workbook>'),
    "defined name": ("xl/workbook.xml", '<workbook><definedNames><definedName name="n">"{}"</definedName></definedNames></workbook>'),
    "comment": ("xl/comments1.xml", "<comments><commentList><comment><text><t>{}</t></text></comment></commentList></comments>"),
    "threaded comment": ("xl/threadedComments/threadedComment1.xml", "<ThreadedComments><threadedComment><text>{}</text></threadedComment></ThreadedComments>"),
    "text box": ("xl/drawings/drawing1.xml", "<xdr:wsDr><xdr:sp><xdr:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>"),
    "old comment": ("xl/drawings/vmlDrawing1.vml", "<xml><v:shape><v:textbox><div>{}</div></v:textbox></v:shape></xml>"),
    "pivot table": ("xl/pivotCache/pivotCacheRecords1.xml", '<pivotCacheRecords><r><s v="{}"/></r></pivotCacheRecords>'),
    "column of a table": ("xl/tables/table1.xml", '<table><tableColumns><tableColumn name="{}"/></tableColumns></table>'),
    "value from another file": ("xl/externalLinks/externalLink1.xml", '<externalLink><sheetData><row><cell t="str"><v>{}</v></cell></row></sheetData></externalLink>'),
    "string that no cell shows": ("xl/sharedStrings.xml", "<sst><si><t>{}</t></si></sst>"),
    "query": ("xl/connections.xml", '<connections><connection><dbPr command="select {}"/></connection></connections>'),
}  # fmt: skip
_SLIDE = "<p:sld><p:txBody><a:p><a:r><a:t>BSN</a:t></a:r><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sld>"
_SLIDE_PARTS = {
    "slide": ("ppt/slides/slide1.xml", _SLIDE),
    "hidden slide": ("ppt/slides/slide2.xml", _SLIDE.replace("<p:sld>", '<p:sld show="0">')),
    "notes": ("ppt/notesSlides/notesSlide1.xml", _SLIDE),
    "master": ("ppt/slideMasters/slideMaster1.xml", _SLIDE),
    "layout": ("ppt/slideLayouts/slideLayout1.xml", _SLIDE),
    "master of the notes": ("ppt/notesMasters/notesMaster1.xml", _SLIDE),
    "master of the handout": ("ppt/handoutMasters/handoutMaster1.xml", _SLIDE),
    "comment": ("ppt/comments/comment1.xml", "<p:cmLst><p:cm><p:text>{}</p:text></p:cm></p:cmLst>"),
    "new comment": ("ppt/comments/modernComment_1.xml", "<p188:cmLst><p188:cm><p188:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></p188:txBody></p188:cm></p188:cmLst>"),
    "description of a picture": ("ppt/slides/slide3.xml", '<p:sld><p:cNvPr id="1" name="x" descr="{}"/></p:sld>'),
    "name of a section": ("ppt/presentation.xml", '<p:presentation><p14:section name="{}"/></p:presentation>'),
    "tag": ("ppt/tags/tag1.xml", '<p:tagLst><p:tag name="CLIENT" val="{}"/></p:tagLst>'),
    "table": ("ppt/slides/slide4.xml", "<p:sld><a:tbl><a:tr><a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:sld>"),
}  # fmt: skip


def sheet(rows: str, kind: str = "xlsx", around: str = "", **parts: str) -> bytes:
    """An XLSX with these rows."""
    text = f"<worksheet>{'' if '<sheetData>' in around else f'<sheetData>{rows}</sheetData>'}{around}</worksheet>"
    return package(kind, {"xl/worksheets/sheet1.xml": text, **parts})


def _add(format: str, name: str, member: str, content: str) -> None:
    def make(secret: str) -> bytes:
        return package(format, {member: content.replace("{}", secret)})

    PLACES.append(Place(format, name, format, make))


def _in_word(format: str, name: str, body: str) -> None:
    PLACES.append(Place(format, name, format, lambda secret: docx(body.format(secret), format)))


def _in_sheet(format: str, name: str, rows: str, around: str = "") -> None:
    PLACES.append(Place(format, name, format, lambda secret: sheet(rows.format(secret), format, around.format(secret))))


for _name, _body in _IN_WORD.items():
    _in_word("docx", _name, _body)
for _name, (_member, _content) in _WORD_PARTS.items():
    _add("docx", _name, _member, _content)
for _name, _rows in _IN_SHEET.items():
    _in_sheet("xlsx", _name, _rows)
for _name, _around in _SHEET_AROUND.items():
    _in_sheet("xlsx", _name, "", _around)
for _name, (_member, _content) in _SHEET_PARTS.items():
    _add("xlsx", _name, _member, _content)
for _name, (_member, _content) in _SLIDE_PARTS.items():
    _add("pptx", _name, _member, _content)
for _format, _folder in (("docx", "word"), ("xlsx", "xl"), ("pptx", "ppt")):
    for _name, (_member, _content) in _SHARED_PARTS.items():
        _add(_format, _name, _member.format(_folder), _content)
for _format in ("docm", "dotx"):
    _in_word(_format, "body", _IN_WORD["body"])
_in_sheet("xlsm", "number", _IN_SHEET["number"])
for _format in ("pptm", "ppsx"):
    _add(_format, "slide", *_SLIDE_PARTS["slide"])


@place("docx", "runs cut in the number")
def _runs(secret: str) -> bytes:
    return docx(in_runs(secret))


@place("xlsx", "shared string")
def _shared(secret: str) -> bytes:
    return sheet('<row><c t="s"><v>1</v></c></row>', **{
        "xl/sharedStrings.xml": f"<sst><si><t>x</t></si><si><r><t>{secret[:7]}</t></r><r><t>{secret[7:]}</t></r></si></sst>"
    })  # fmt: skip


@place("xlsx", "number with leading zeros")
def _zeros(secret: str) -> bytes:
    styles = ('<styleSheet><numFmts><numFmt numFmtId="164" formatCode="000000000"/></numFmts>'
              '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>')  # fmt: skip
    rows = f'<row><c t="inlineStr"><is><t>BSN</t></is></c><c s="1"><v>{NUMBER}</v></c></row>'
    return sheet(rows, **{"xl/styles.xml": styles})


@place("docx", "HTML that is inserted")
def _inserted(secret: str) -> bytes:
    return package("docx", {"word/afchunk1.html": f"<html><body>BSN <b>{NUMBER[:4]}</b>{NUMBER[4:]}</body></html>"})


@place("docx", "embedded sheet")
def _embedded_sheet(secret: str) -> bytes:
    inner = sheet(_IN_SHEET["number"])
    return package("docx", {"word/embeddings/Microsoft_Excel_Sheet.xlsx": inner})


@place("pptx", "embedded document")
def _embedded_document(secret: str) -> bytes:
    return package("pptx", {"ppt/embeddings/Microsoft_Word_Document.docx": docx(in_runs(secret))})


@place("docx", "file dragged into it")
def _dragged(secret: str) -> bytes:
    return package("docx", {"word/embeddings/oleObject1.bin": compound({"\x01Ole10Native": packed("a.txt", secret)})})


@place("docm", "macro")
def _macro(secret: str) -> bytes:
    return package("docm", {"word/vbaProject.bin": vba(secret)})


def packed(name: str, content: str) -> bytes:
    """A stream \\1Ole10Native with a file in it (MS-OLEDS 2.3.6)."""
    data, title = content.encode(), name.encode() + b"\0"
    inside = b"\2\0" + title + title + bytes([0, 0, 3, 0]) + len(title).to_bytes(4, "little") + title
    inside += len(data).to_bytes(4, "little") + data
    return len(inside).to_bytes(4, "little") + inside


def vba(secret: str) -> bytes:
    """A VBA project with one module, its source as one chunk of MS-OVBA without copies."""
    source = f'Attribute VB_Name = "Module1"\r\nConst Client = "{secret}"\r\n'.encode()
    tokens = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    chunk = (len(tokens) - 1 | 0x3000 | 0x8000).to_bytes(2, "little") + tokens
    return compound({"VBA/Module1": bytes(50) + b"\1" + chunk, "VBA/dir": b"\1", "PROJECT": b"ID=1"})
