"""The documents that are measured with: forty pages of clean Dutch text in every format, the same at every run."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench import mails, office
from bench.office import PAGES
from tests.quality import in_archives, in_legacy, in_outlook
from tests.quality.compound import compound
from tests.unit.message.message_samples import file_part, mail, text_part, zipped


@dataclass(frozen=True, slots=True)
class Document:
    """One document, and how many pages a printer would make of it."""

    format: str
    data: bytes
    pages: int = PAGES

    @property
    def name(self) -> str:
        return "winmail.dat" if self.format == "winmail.dat" else f"stuk.{self.format}"


def _html() -> bytes:
    letter = "\n\n".join(office.paragraphs())
    return mails._as_html(letter).encode()


def _epub() -> bytes:
    chapters = {f"OEBPS/hoofdstuk{number}.xhtml": _chapter(number) for number in range(8)}
    return zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": "<container/>", **chapters})


def _chapter(number: int) -> str:
    whole = office.paragraphs()
    size = -(-len(whole) // 8)
    body = "".join(
        f'<p class="tekst">{office.escaped(text)}</p>\n' for text in whole[number * size : (number + 1) * size]
    )
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/><body>{body}</body></html>'


def _msg() -> bytes:
    attachment = "__attach_version1.0_#00000000"
    return compound(
        in_outlook.msg(
            {
                "0037001F": "Stukken voor het overleg".encode("utf-16-le"),
                "1000001F": office.whole_text().encode("utf-16-le"),
                "10130102": _html(),
                f"{attachment}/37010102": office.docx(),
                f"{attachment}/3707001F": "stuk.docx".encode("utf-16-le"),
            }
        )
    )


def _winmail() -> bytes:
    rtf = in_outlook.compressed_rtf(office.rtf())
    body = in_outlook.attribute(1, 0x9003, 6, in_outlook.property_list(in_outlook.variable(0x0102, 0x1009, rtf)))
    title = in_outlook.attribute(2, 0x8010, 1, b"stuk.docx\0")
    start = in_outlook.attribute(2, 0x9002, 6, bytes(14))
    return in_outlook.tnef(body, start, title, in_outlook.attribute(2, 0x800F, 6, office.docx()))


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
    return {"stuk.docx": office.docx(), "stuk.xlsx": office.xlsx(), "stuk.txt": office.whole_text().encode()}


def _plain() -> bytes:
    return "\r\n".join(textwrap.fill(text, 78) for text in office.paragraphs()).encode()


_MADE: Final[dict[str, tuple[Callable[[], bytes], int]]] = {
    "txt": (_plain, 1),
    "csv": (lambda: "\r\n".join(";".join(map(str, row)) for row in office.sheet_rows()).encode(), 1),
    "json": (
        lambda: json.dumps(
            [dict(zip(office.HEAD, row, strict=True)) for row in office.sheet_rows()], indent=1
        ).encode(),
        1,
    ),
    "xml": (lambda: _records().encode(), 1),
    "html": (_html, 1),
    "eml": (lambda: mail(text_part("zie de bijlage"), file_part(office.docx(), "stuk.docx")), 1),
    "docx": (office.docx, 1),
    "xlsx": (office.xlsx, 1),
    "pptx": (office.pptx, 1),
    "odt": (office.odt, 1),
    "ods": (office.ods, 1),
    "odp": (office.odp, 1),
    "rtf": (office.rtf, 1),
    "doc": (lambda: in_legacy.doc("\r".join(office.paragraphs()), wide=True), 1),
    "xls": (office.xls, 1),
    "ppt": (office.ppt, 1),
    "xlsb": (office.xlsb, 1),
    "pdf": (lambda: mails.pdf(office.whole_text().replace("€", "EUR")), 1),
    "epub": (_epub, 1),
    "msg": (_msg, 3),
    "winmail.dat": (_winmail, 2),
    "zip": (lambda: zipped(dict(_three())), 3),
    "tar.gz": (_tar_gz, 3),
    "7z": (lambda: in_archives.by_program(["7z", "a", "-bd"], "7z", office.xlsx(), "stuk.xlsx"), 1),
}
"""What makes each, and how many times the forty pages are in it."""


def _named_rows() -> list[dict[str, str | float]]:
    return [dict(zip(office.HEAD, row, strict=True)) for row in office.sheet_rows()]


def _records() -> str:
    tags = [name.lower() for name in office.HEAD]
    rows = "\n".join(
        "  <regel>" + "".join(f"<{tag}>{cell}</{tag}>" for tag, cell in zip(tags, row, strict=True)) + "</regel>"
        for row in office.sheet_rows()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<regels>\n{rows}\n</regels>\n'


def documents() -> Iterator[Document]:
    """One of each format; 7z only where the program is that makes them."""
    for format, (make, times) in _MADE.items():
        if format != "7z" or shutil.which("7z"):
            yield Document(format, make(), times * PAGES)
