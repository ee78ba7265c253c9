"""Hiding places in files that are text: plain, HTML, XML, JSON, calendars, cards, drawings, Office's XML files."""
# ruff: noqa: E501 (markup stands as it is in files)

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Callable

from tests.quality.in_ooxml import docx, in_runs
from tests.quality.registry import NUMBER, PLACES, Make, Place, place

_PLAIN: dict[str, Make] = {
    "UTF-8": lambda secret: f"Beste patiënt,\n{secret}\n".encode(),
    "Windows-1252": lambda secret: f"Beste patiënt,\n{secret}\n".encode("cp1252"),
    "UTF-16 with mark": lambda secret: f"Beste,\n{secret}\n".encode("utf-16"),
    "UTF-16 without mark": lambda secret: f"Beste,\n{secret}\n".encode("utf-16-le"),
    "UTF-16 the other way round": lambda secret: codecs.BOM_UTF16_BE + secret.encode("utf-16-be"),
    "UTF-32": lambda secret: secret.encode("utf-32"),
    "dots between the digits": lambda secret: b"BSN: 111.222.333",
    "blanks of other kinds": lambda secret: "BSN\u2003111\u00a0222\u2009333".encode(),
    "wide digits": lambda secret: "BSN １１１２２２３３３".encode(),
    "Arabic digits": lambda secret: "BSN ١١١٢٢٢٣٣٣".encode(),
    "zero-width characters": lambda secret: "BSN 111\u200b222\u00ad333".encode(),
    "old Mac line ends": lambda secret: f"Beste\r{secret}\r".encode(),
}
_HTML = {
    "text": "<p>{}</p>",
    "tags cut in the number": "<p>BSN <b>1112</b><span style='x'>22333</span></p>",
    "comment cut in the number": "<p>BSN 111<!-- x -->222333</p>",
    "entities": "<p>BSN &#49;&#x31;&#49;222333</p>",
    "table": "<table><tr><td>BSN</td><td>111222333</td></tr></table>",
    "hidden text": "<p style='display:none'>{}</p>",
    "attribute": "<p title='{}'>x</p>",
    "attribute of data": '<p data-client="{}">x</p>',
    "description of a picture": '<img src="x.png" alt="{}">',
    "comment": "<!-- {} -->",
    "conditional comment": "<!--[if mso]><p>{}</p><![endif]-->",
    "title": "<title>{}</title>",
    "meta": '<meta name="description" content="{}">',
    "script": '<script>var x = "{}";</script>',
    "style": "<style>p:after {{ content: '{}' }}</style>".replace("{{", "{").replace("}}", "}"),
    "value of a field": '<input type="hidden" value="{}">',
    "text area": "<textarea>{}</textarea>",
    "link": '<a href="http://x.example/{}">x</a>',
    "document in an attribute": "<iframe srcdoc='&lt;p&gt;BSN &lt;b&gt;111&lt;/b&gt;222333&lt;/p&gt;'></iframe>",
    "template": "<template><p>{}</p></template>",
    "noscript": "<noscript>{}</noscript>",
    "SVG": "<svg><text>{}</text></svg>",
    "broken tags": "<p <b>{}</b",
    "end of a document": "</html>{}",
}
_XML = {
    "element": "<a><id>{}</id></a>",
    "attribute": '<client note="{}"/>',
    "attribute that is the number": '<client BSN="111222333"/>',
    "section of characters": "<a><![CDATA[{}]]></a>",
    "comment": "<a><!-- {} --></a>",
    "instruction": "<a/><?note {}?>",
    "entity of its own": '<!DOCTYPE a [<!ENTITY e "{}">]><a>&e;</a>',
}


def _html(body: str) -> bytes:
    return f"<!DOCTYPE html><html><body>{body}</body></html>".encode()


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0"?>{body}'.encode()


def _add(format: str, name: str, body: str, wrap: Callable[[str], bytes]) -> None:
    PLACES.append(Place(format, name, format, lambda secret: wrap(body.replace("{}", secret))))


for _name, _make in _PLAIN.items():
    PLACES.append(Place("txt", _name, "txt", _make))
for _name, _body in _HTML.items():
    _add("html", _name, _body, _html)
for _name, _body in _XML.items():
    _add("xml", _name, _body, _xml)


def _in_base64(data: bytes, width: int = 76) -> str:
    text = base64.b64encode(data).decode()
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


@place("html", "page in an address")
def _page_in_address(secret: str) -> bytes:
    page = _in_base64(f"<p>BSN <b>{NUMBER}</b></p>".encode(), 10_000)
    return _html(f'<iframe src="data:text/html;base64,{page}"></iframe>')


@place("html", "document in an address")
def _document_in_address(secret: str) -> bytes:
    return _html(
        f'<a download="a.docx" href="data:application/octet-stream;base64,{_in_base64(docx(in_runs(secret)), 10**6)}">x</a>'
    )


@place("csv", "columns")
def _columns(secret: str) -> bytes:
    return f"naam;geboren;bsn\nJansen;1980-05-17;{secret}\n".encode()


@place("csv", "quoted")
def _quoted(secret: str) -> bytes:
    return f'"naam","soort","bsn"\n"Jansen","BSN","{NUMBER}"\n'.encode("utf-16")


@place("json", "value")
def _value(secret: str) -> bytes:
    return json.dumps({"BSN": NUMBER}).encode()


@place("json", "number")
def _number(secret: str) -> bytes:
    return json.dumps({"client": [{"BSN": int(NUMBER)}]}).encode()


@place("json", "escapes")
def _escapes(secret: str) -> bytes:
    return b'{"text": "\\u0042SN \\u0031\\u0031\\u0031222333"}'


@place("vcf", "note")
def _note(secret: str) -> bytes:
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ans\r\nNOTE:{secret[:9]}\r\n {secret[9:]}\r\nEND:VCARD\r\n".encode()


@place("vcf", "quoted-printable")
def _printable(secret: str) -> bytes:
    return b"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;ENCODING=QUOTED-PRINTABLE:BSN=20111=\r\n222333\r\nEND:VCARD\r\n"


@place("ics", "summary")
def _summary(secret: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{secret}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


@place("ics", "folded description")
def _description(secret: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:x\\n{secret[:8]}\r\n\t{secret[8:]}\r\nEND:VCALENDAR\r\n".encode()


@place("ics", "HTML description")
def _rich(secret: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nX-ALT-DESC;FMTTYPE=text/html:<p>{secret}</p>\r\nEND:VCALENDAR\r\n".encode()


@place("ics", "attached file")
def _attached(secret: str) -> bytes:
    data = _in_base64(docx(in_runs(secret)), 70).replace("\n", "\r\n ")
    return f"BEGIN:VCALENDAR\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:{data}\r\nEND:VCALENDAR\r\n".encode()


@place("svg", "text")
def _svg_text(secret: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg"><text>BSN <tspan>{NUMBER[:3]}</tspan><tspan>{NUMBER[3:]}</tspan></text></svg>'.encode()


@place("svg", "metadata")
def _svg_metadata(secret: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg"><metadata><dc:title>{secret}</dc:title></metadata></svg>'.encode()


@place("xml", "Word 2003", ending="xml")
def _word_2003(secret: str) -> bytes:
    body = f"<w:p><w:r><w:t>{secret[:6]}</w:t></w:r><w:r><w:t>{secret[6:]}</w:t></w:r></w:p>"
    return f'<?xml version="1.0"?><w:wordDocument xmlns:w="x"><w:body>{body}</w:body></w:wordDocument>'.encode()


@place("xml", "Excel 2003", ending="xls")
def _excel_2003(secret: str) -> bytes:
    row = (
        f'<Row><Cell><Data ss:Type="String">BSN</Data></Cell><Cell><Data ss:Type="Number">{NUMBER}</Data></Cell></Row>'
    )
    return f'<?xml version="1.0"?><Workbook xmlns="x"><Worksheet><Table>{row}</Table></Worksheet></Workbook>'.encode()


@place("xml", "flat DOCX", ending="xml")
def _flat_docx(secret: str) -> bytes:
    body = f"<w:document><w:body><w:p><w:r><w:t>{secret[:6]}</w:t></w:r><w:r><w:t>{secret[6:]}</w:t></w:r></w:p></w:body></w:document>"
    return f'<?xml version="1.0"?><pkg:package xmlns:pkg="x"><pkg:part><pkg:xmlData>{body}</pkg:xmlData></pkg:part></pkg:package>'.encode()


@place("xml", "file in a flat DOCX", ending="xml")
def _file_in_flat_docx(secret: str) -> bytes:
    data = _in_base64(docx(in_runs(secret)))
    return f'<?xml version="1.0"?><pkg:package xmlns:pkg="x"><pkg:part><pkg:binaryData>{data}</pkg:binaryData></pkg:part></pkg:package>'.encode()


@place("html", "sheet saved by Excel", ending="xls")
def _sheet_saved(secret: str) -> bytes:
    return (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>BSN<td x:num>{NUMBER}</table>'.encode()
    )
