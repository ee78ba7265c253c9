"""What a file is, in the reader's words, and what the portal can do with it."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath


def N_(text: str) -> str:  # noqa: N802 - the name that marks a text for translators
    """The text itself; the catalogue gets it because it stands in N_()."""
    return text


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_WORDS = {
    "application/pdf": N_("PDF document"),
    "application/msword": N_("Word document"),
    _OFFICE + "wordprocessingml.document": N_("Word document"),
    "application/vnd.ms-excel": N_("Excel workbook"),
    _OFFICE + "spreadsheetml.sheet": N_("Excel workbook"),
    "application/vnd.ms-powerpoint": N_("PowerPoint presentation"),
    _OFFICE + "presentationml.presentation": N_("PowerPoint presentation"),
    _OPEN + "text": N_("Text document"),
    _OPEN + "spreadsheet": N_("Spreadsheet"),
    _OPEN + "presentation": N_("Presentation"),
    "application/rtf": N_("Text document"),
    "text/rtf": N_("Text document"),
    "text/csv": N_("Table (CSV)"),
    "text/calendar": N_("Appointment"),
    "text/html": N_("Web page"),
    "application/zip": N_("ZIP file"),
    "message/rfc822": N_("E-mail"),
    "application/vnd.ms-outlook": N_("E-mail"),
    "application/ms-tnef": N_("Outlook package"),
    "application/pkcs7-mime": N_("Signed e-mail"),
    "application/pkcs7-signature": N_("Digital signature"),
}
_FAMILIES = {
    "image": N_("Picture"),
    "text": N_("Text"),
    "audio": N_("Sound"),
    "video": N_("Video"),
}
_OTHER = N_("File")

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
"""Pictures that every browser draws and that hold no script."""
_DRAWN = PICTURES | {"image/tiff", "image/bmp", "image/heic", "image/heif"}
"""Pictures that can be drawn anew here."""
CALENDARS = {"text/calendar"}
OFFICE = {
    "application/msword": ".doc",
    _OFFICE + "wordprocessingml.document": ".docx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    _OFFICE + "presentationml.presentation": ".pptx",
    _OPEN + "text": ".odt",
    _OPEN + "spreadsheet": ".ods",
    _OPEN + "presentation": ".odp",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
}
"""Documents that LibreOffice can show, by the ending that it knows them by."""
TABLES = {_OFFICE + "spreadsheetml.sheet": "xlsx", "text/csv": "csv", "text/tab-separated-values": "csv"}
"""Tables that are shown as such, by how they are read."""
_MAILS = {
    "message/rfc822": "mail",
    "application/vnd.ms-outlook": "msg",
    "application/ms-tnef": "tnef",
    "application/pkcs7-mime": "cms",
}
_SAME = {
    "application/ics": "text/calendar",
    "application/vnd.ms-tnef": "application/ms-tnef",
    "application/x-pkcs7-mime": "application/pkcs7-mime",
    "application/x-zip-compressed": "application/zip",
    "application/csv": "text/csv",
}
_OLE, _TNEF = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"x\x9f\x3e\x22"
_HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_DATA_AS_TEXT = {"application/json", "application/xml"}
_SAFE_TO_NAME = {*_WORDS, *_DRAWN, "image/heic", "text/plain"} - {"text/html", *_MAILS}
"""Types that a download may carry, so that a phone knows which app opens it; all others are bytes."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def type_of(declared: str, name: str, beginning: bytes) -> str:
    """The type of a file: by its first bytes where these say it, then by its name, then as declared.

    >>> type_of("application/octet-stream", "Uitslag.PDF", b"%PDF-1.7")
    'application/pdf'
    >>> type_of("image/png", "photo.png", b"<svg onload=alert(1)>")
    'application/octet-stream'
    """
    found = picture_type(beginning) or ("application/pdf" if b"%PDF-" in beginning[:1024] else "")
    if found:
        return found
    if beginning.startswith(_TNEF):
        return "application/ms-tnef"
    if beginning.startswith(_OLE) and name.lower().endswith(".msg"):
        return "application/vnd.ms-outlook"
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIC:
        return "image/heic"
    by_name = mimetypes.guess_type(name.lower(), strict=False)[0] or ""
    vague = declared in ("", "application/octet-stream", "application/x-download", "application/binary")
    said = (by_name or declared) if vague else _SAME.get(declared, declared)
    is_text = said.startswith("text/") or said in _DATA_AS_TEXT
    if said in PICTURES or said == "application/pdf" or (is_text and not _reads_as_text(beginning)):
        return "application/octet-stream"
    return said


def _reads_as_text(beginning: bytes) -> bool:
    return beginning.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in beginning


def kind(content_type: str) -> str:
    """The English words for a type; templates translate them."""
    return _WORDS.get(content_type) or _FAMILIES.get(content_type.split("/")[0], _OTHER)


def badge(name: str) -> str:
    """The extension for the icon of a file: at most four letters or digits, in capitals.

    >>> badge("Uitslag.pdf"), badge("photo.jpeg"), badge("noname")
    ('PDF', 'JPEG', '')
    """
    extension = PurePosixPath(name).suffix[1:].upper()
    return extension if 0 < len(extension) <= 4 and extension.isalnum() else ""


def previewable(content_type: str) -> str:
    """How a file can be looked at: "picture", "pdf", "text", "table", "archive", "office" (with LibreOffice) or ""."""
    if content_type in _DRAWN:
        return "picture"
    if content_type in OFFICE:
        return "office"
    if content_type in TABLES:
        return "table"
    if content_type == "application/zip":
        return "archive"
    if content_type == "application/pdf":
        return "pdf"
    as_text = content_type.startswith("text/") and content_type not in ("text/html", "text/rtf")
    return "text" if as_text or content_type in _DATA_AS_TEXT else ""


def mail_in(content_type: str) -> str:
    """How the mail in a file is found: "mail" when it is one, "msg", "tnef" or "cms"; "" when there is none."""
    return _MAILS.get(content_type, "")


def wraps(content_type: str) -> bool:
    """Whether a file is only a wrapping, so that what is in it stands beside it."""
    return mail_in(content_type) in ("tnef", "cms")


def download_type(content_type: str) -> str:
    """The Content-Type of a download: its own when nothing in it can act in a browser."""
    return content_type if content_type in _SAFE_TO_NAME else "application/octet-stream"


def picture_type(data: bytes) -> str:
    """The type of a picture by its first bytes, "" when it is not one of PICTURES."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((found for start, found in _SIGNATURES if data.startswith(start)), "")
