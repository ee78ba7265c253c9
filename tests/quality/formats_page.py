"""The tables of docs/formats.md, from the hiding places that are tested: what the page promises is what is found.

`python -m tests.quality.formats_page` writes them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.quality import hiding_places
from tests.quality.registry import PLACES
from zegel.settings.model import Limits

PAGE: Final = Path(__file__).resolve().parents[2] / "docs/formats.md"
GROUPS: Final = {
    "Mail": {
        "eml": "Mail, also attached and forwarded (`.eml`, `.mht`)",
        "msg": "Outlook (`.msg`)",
        "winmail": "Outlook's `winmail.dat` (TNEF)",
        "p7m": "Signed mail and files (S/MIME, `.p7m`)",
        "ics": "Calendar (`.ics`)",
        "vcf": "Visiting card (`.vcf`)",
    },
    "Office": {
        "docx": "Word (`.docx`)",
        "xlsx": "Excel (`.xlsx`)",
        "pptx": "PowerPoint (`.pptx`)",
        "docm": "Word with macros (`.docm`), besides all of Word",
        "xlsm": "Excel with macros (`.xlsm`), besides all of Excel",
        "pptm": "PowerPoint with macros (`.pptm`), besides all of PowerPoint",
        "dotx": "Templates (`.dotx` and its kin), besides all of Word",
        "ppsx": "Slide show (`.ppsx`), besides all of PowerPoint",
    },
    "Older Office": {
        "doc": "Word (`.doc`)",
        "xls": "Excel (`.xls`)",
        "ppt": "PowerPoint (`.ppt`)",
        "xlsb": "Excel, binary (`.xlsb`)",
    },
    "OpenDocument": {
        "odt": "Text (`.odt`)",
        "ods": "Sheet (`.ods`)",
        "odp": "Presentation (`.odp`)",
        "fodt": "Text in one file (`.fodt`)",
        "fods": "Sheet in one file (`.fods`)",
        "fodp": "Presentation in one file (`.fodp`)",
        "ott": "Templates (`.ott` and its kin), besides all of the document",
    },
    "Pages and books": {"pdf": "PDF", "rtf": "RTF", "epub": "EPUB"},
    "Text": {
        "txt": "Plain text, in any charset",
        "html": "HTML",
        "xml": "XML, also that of Office 2003",
        "csv": "CSV",
        "json": "JSON",
        "svg": "SVG",
    },
    "Pictures, besides what their dots show": {
        "jpg": "JPEG",
        "png": "PNG",
        "gif": "GIF",
        "tif": "TIFF",
        "webp": "WebP",
    },
    "Archives and packed files": {
        "zip": "ZIP",
        "7z": "7-Zip",
        "rar": "RAR, version 4 and 5",
        "tar": "TAR",
        "gz": "gzip",
        "bz2": "bzip2",
        "xz": "xz",
        "lzma": "LZMA",
        "cpio": "cpio",
        "iso": "Image of a CD or DVD (ISO 9660)",
    },
}
"""Every format of the matrix, as people call it."""
_PROGRAMS: Final = {"7z": "7-Zip", "bsdtar": "bsdtar"}
_LIMITS: Final = {
    "message_size": ("the largest message", "refused for good (552 5.3.4); Postfix's own limit comes first"),
    "seconds": ("time for the documents of a message", "`timeout`"),
    "unpacked": ("what the documents of a message may unpack to", "`limit`"),
    "depth": ("documents, archives and mails inside each other", "`limit`"),
    "members": ("members of all archives of a message", "`limit`"),
    "worker_memory": ("memory of a process that reads documents", "`limit`"),
}


def tables() -> dict[str, str]:
    """What stands between the marks of the page, by the names of these."""
    return {"places": "\n".join(_places()), "limits": "\n".join(_limits())}


def _places() -> Iterator[str]:
    read: dict[str, list[str]] = {}
    needs: dict[str, str] = {}
    for place in PLACES:
        read.setdefault(place.format, []).append(place.place)
        if place.needs:
            needs[place.format] = _PROGRAMS[place.needs]
    for group, formats in GROUPS.items():
        yield from (f"### {group}", "", "| format | read in it |", "|---|---|")
        for format, title in formats.items():
            program = f" (by {needs[format]})" if format in needs else ""
            yield f"| {title}{program} | {', '.join(read[format])} |"
        yield ""
    count, formats_of = len(PLACES), len(read)
    containers = ", ".join(hiding_places.CONTAINERS)
    yield f"{count} places in {formats_of} formats, each tried {containers}; mails also as they are."


def _limits() -> Iterator[str]:
    yield from ("| setting | bounds | default | what is over it |", "|---|---|---|---|")
    for name, (bounds, then) in _LIMITS.items():
        value = getattr(Limits(), name)
        shown = f"{value / 1_000_000:g} MB" if value >= 1_000_000 else f"{value:,g}"
        unit = " s" if name == "seconds" else ""
        yield f"| `limits.{name}` | {bounds} | {shown}{unit} | {then} |"


def renewed(page: str) -> str:
    """`page` with its tables written anew."""
    for name, table in tables().items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        page, count = between.subn(lambda marks, table=table: f"{marks[1]}\n{table}\n\n{marks[2]}", page)  # type: ignore[misc]
        if count != 1:
            raise ValueError(f"the page has no place for {name}")
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
