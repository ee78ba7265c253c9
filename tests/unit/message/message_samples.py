"""Documents and mails in bytes, made by hand, so that each test says what is in them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_X = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def zipped(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP with these members, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def docx(body: str, **more: str | bytes) -> bytes:
    """A DOCX with this WordprocessingML as its body; `more` are members of word/ ("header1": "…")."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f"{_XML}<Types/>",
        "_rels/.rels": f"{_XML}<Relationships/>",
        "word/document.xml": f"{_XML}<w:document {_W}><w:body>{body}</w:body></w:document>",
    }
    for name, content in more.items():
        members[f"word/{name}.xml"] = content
    return zipped(members)


def paragraph(*runs: str) -> str:
    """A paragraph whose text is cut into runs, as Word does while one types."""
    return (
        "<w:p>"
        + "".join(f'<w:r w:rsidR="00112233"><w:rPr><w:b/></w:rPr><w:t>{run}</w:t></w:r>' for run in runs)
        + "</w:p>"
    )


def xlsx(rows: str, shared: list[str] | None = None, **more: str) -> bytes:
    """An XLSX with one sheet with these rows (SpreadsheetML) and these shared strings."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f"{_XML}<Types/>",
        "xl/workbook.xml": f'{_XML}<workbook {_X}><sheets><sheet name="Clients" sheetId="1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f"{_XML}<worksheet {_X}><sheetData>{rows}</sheetData></worksheet>",
    }
    if shared is not None:
        items = "".join(f"<si><t>{text}</t></si>" for text in shared)
        members["xl/sharedStrings.xml"] = f"{_XML}<sst {_X}>{items}</sst>"
    for name, content in more.items():
        members[f"xl/{name}.xml"] = content
    return zipped(members)


def pptx(**slides: str) -> bytes:
    """A PPTX; each slide is one paragraph of text."""
    members: dict[str, str | bytes] = {"[Content_Types].xml": f"{_XML}<Types/>", "ppt/presentation.xml": "<p/>"}
    for name, text in slides.items():
        members[f"ppt/slides/{name}.xml"] = (
            f"{_XML}<p:sld><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sld>"
        )
    return zipped(members)


def pdf(text: str, *, annotation: str = "", attachment: bytes = b"", encrypted: bool = False) -> bytes:
    """A PDF of one page with one line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R"
        + (b" /Names << /EmbeddedFiles << /Names [(in.txt) 7 0 R] >> >>" if attachment else b"")
        + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> /Annots [6 0 R] >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (%b) >>" % annotation.encode("latin-1"),
        b"<< /Type /Filespec /F (in.txt) /UF (in.txt) /EF << /F 8 0 R >> >>",
        b"<< /Type /EmbeddedFile /Length %d >>\nstream\n%b\nendstream" % (len(attachment), attachment),
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (b"41" * 32, b"42" * 32),
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    lock = b" /Encrypt 9 0 R /ID [<41> <41>]" if encrypted else b""
    out += b"trailer\n<< /Size %d /Root 1 0 R%b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, lock, start)
    return bytes(out)


def encrypted_zip(name: str) -> bytes:
    """A ZIP whose one member says that it is encrypted."""
    data = bytearray(zipped({name: "secret"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def bomb(megabytes: int) -> bytes:
    """A ZIP of a few kilobytes that unpacks to this many megabytes."""
    return zipped({"zeros.txt": b"0" * (megabytes * 1_000_000)})


def without_directory(data: bytes) -> bytes:
    """A ZIP cut off before its directory."""
    return data[: data.index(b"PK\x01\x02")]


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    pixel = zlib.compress(b"\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")


def mail(*parts: bytes, subject: str = "Afspraak", kind: str = "mixed", more: bytes = b"") -> bytes:
    """A multipart mail from the sender to a recipient; each part with its own headers."""
    head = (
        b"From: Ans de Vries <ans@clinic.example>\r\nTo: pat@post.example\r\n"
        b"Subject: " + subject.encode() + b"\r\n" + more + b"MIME-Version: 1.0\r\n"
        b"Content-Type: multipart/" + kind.encode() + b'; boundary="b-1"\r\n\r\n'
    )
    return head + b"".join(b"--b-1\r\n" + part + b"\r\n" for part in parts) + b"--b-1--\r\n"


def text_part(text: str, subtype: str = "plain") -> bytes:
    """A body part."""
    return f"Content-Type: text/{subtype}; charset=utf-8\r\n\r\n{text}".encode()


def file_part(data: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    """An attachment in base64."""
    import base64

    return (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    ).encode() + base64.encodebytes(data)
