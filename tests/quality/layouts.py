"""The same text as a mail in one of many formats: plain, as a page, or in a file."""

from __future__ import annotations

import html
import io
import zipfile
from email.message import EmailMessage
from email.policy import SMTP

FORMATS = ("text", "text", "html", "both", "quoted", "txt", "docx", "rtf", "odt", "eml", "zip")
"""What the text of a letter can stand in; plain text twice, as it is most usual."""
TABLE_FORMATS = ("csv", "html-table", "docx-table", "text-table", "xlsx-as-text")
_COVER = {"nl": "Zie bijlage.", "en": "See attached.", "de": "Siehe Anlage.", "fr": "Voir la pièce jointe."}
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def written_as(form: str, subject: str, body: str, language: str) -> bytes:
    """A mail whose text is `body`, in the format `form`."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Anna Vermeer <anna@kliniek.example>", "jan@post.example"
    message["Subject"] = " ".join(subject.split())
    rows = [line.split(";") for line in body.split("\n")]
    match form:
        case "text":
            message.set_content(body)
        case "html":
            message.set_content(_page(body), subtype="html")
        case "both":
            message.set_content(body)
            message.add_alternative(_page(body), subtype="html")
        case "quoted":
            message.set_content("Ok!\n\n> " + body.replace("\n", "\n> "))
        case "html-table":
            message.set_content(_table(rows), subtype="html")
        case "text-table":
            message.set_content("\n".join("    ".join(cell.ljust(18) for cell in row).rstrip() for row in rows))
        case _:
            message.set_content(_COVER[language])
            kind, data = _file(form, body, rows)
            main, _, sub = kind.partition("/")
            name = f"bijlage.{'csv' if form == 'xlsx-as-text' else form.partition('-')[0]}"
            message.add_attachment(data, main, sub, filename=name)
    return message.as_bytes()


def _file(form: str, body: str, rows: list[list[str]]) -> tuple[str, bytes]:
    """The type and the bytes of a file with `body` in it."""
    match form:
        case "csv":
            return "text/csv", body.encode()
        case "xlsx-as-text":
            return "text/csv", "\r\n".join("\t".join(row) for row in rows).encode("utf-16")
        case "docx":
            paragraphs = "".join(f"<w:p><w:r><w:t>{html.escape(line)}</w:t></w:r></w:p>" for line in body.split("\n"))
            return "application/octet-stream", _docx(paragraphs)
        case "docx-table":
            cells = (
                "".join(f"<w:tc><w:p><w:r><w:t>{html.escape(cell)}</w:t></w:r></w:p></w:tc>" for cell in row)
                for row in rows
            )
            return "application/octet-stream", _docx(
                "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"
            )
        case "rtf":
            signs = (sign if sign.isascii() else f"\\u{ord(sign)}?" for sign in body.replace("\n", "\\par\n"))
            return "application/rtf", ("{\\rtf1\\ansi " + "".join(signs) + "}").encode()
        case "odt":
            return "application/octet-stream", _odt(body)
        case "eml":
            inner = EmailMessage(policy=SMTP)
            inner["Subject"] = "Fwd"
            inner.set_content(body)
            return "application/octet-stream", inner.as_bytes()
        case "zip":
            return "application/zip", _zipped({"brief.txt": body})
    return "text/plain", body.encode()


def _page(body: str) -> str:
    blocks = (html.escape(block).replace("\n", "<br>") for block in body.split("\n\n"))
    return "<html><body>" + "".join(f"<p>{block}</p>" for block in blocks) + "</body></html>"


def _table(rows: list[list[str]]) -> str:
    lines = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _zipped(members: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _docx(content: str) -> bytes:
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    document = f'<?xml version="1.0"?><w:document {_W}><w:body>{content}</w:body></w:document>'
    return _zipped({"[Content_Types].xml": types, "word/document.xml": document})


def _odt(body: str) -> bytes:
    paragraphs = "".join(f"<text:p>{html.escape(line)}</text:p>" for line in body.split("\n"))
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}" xmlns:text="{text}">'
        f"<office:body><office:text>{paragraphs}</office:text></office:body></office:document-content>"
    )
    return _zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
