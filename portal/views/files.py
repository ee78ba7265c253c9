"""The files of a message, and of the mails in it: download, preview, and the original.

Each is named by its place, see portal/mail/opened_mails.py.
"""

from __future__ import annotations

from typing import Any

from zegel.i18n.catalogues import format_size
from zegel.message.text.safe_names import safe_text
from zegel_portal.convert.converter import Member, Undrawable
from zegel_portal.files.file_types import OFFICE, TABLES, badge, download_type, previewable
from zegel_portal.http.visit import Visit
from zegel_portal.mail.opened_mails import Entry
from zegel_portal.site.site import Site
from zegel_portal.views.message import shown_file
from zegel_portal.views.ranges import send

LONGEST_PREVIEW = 200_000
"""Characters of a text file that its preview shows."""
ZOOMS = (100, 150, 200, 300)
"""How large a page can be shown, in percent of the room there is."""
LARGEST_PREVIEW = 30_000_000
"""Bytes of a file that is looked at here; it is in memory for that."""


def download(site: Site, visit: Visit, place: str) -> Any:
    """One file, as it was sent."""
    entry = _found(site, visit, place)
    if entry is None:
        return _missing(site, visit)
    answer = send(
        site,
        visit,
        place,
        entry.name,
        download_type(entry.type),
        entry.size,
        lambda offset: site.mails.pieces(visit.delivery, entry, offset),
    )
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, f"file {place}")
    return answer


def preview(site: Site, visit: Visit, place: str) -> Any:
    """A look at a file without downloading it: a picture, text, or the pages of a document."""
    entry = _found(site, visit, place)
    if entry is None:
        return _missing(site, visit)
    how = previewable(entry.type) if entry.size <= LARGEST_PREVIEW else ""
    shown: dict[str, Any] = {"text": "", "shortened": False, "pages": None, "sheets": (), "members": ()}
    shown["zoom"] = next((each for each in ZOOMS if visit.browser.query.get("zoom") == str(each)), 100)
    try:
        if how == "picture":
            site.converter.picture(site.mails.bytes_of(visit.delivery, entry))
        elif how == "text":
            text = _as_text(site.mails.bytes_of(visit.delivery, entry))
            shown |= {"text": text[:LONGEST_PREVIEW], "shortened": len(text) > LONGEST_PREVIEW}
        elif how == "table":
            shown["sheets"] = site.converter.sheets(site.mails.bytes_of(visit.delivery, entry), TABLES[entry.type])
        elif how == "archive":
            members, shown["shortened"] = site.converter.members(site.mails.bytes_of(visit.delivery, entry))
            shown["members"] = [_member(each, visit.browser.language) for each in members]
        elif how in ("pdf", "office"):
            shown["pages"] = site.converter.pages(_pdf(site, visit, entry))
    except Undrawable:
        how = ""
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, f"preview {place}")
    file = shown_file(site, entry, visit.browser.language)
    return site.page("preview", visit, file=file, how=how, zooms=ZOOMS, **shown)


def _member(member: Member, language: str) -> tuple[str, str, str, bool]:
    """What the list of an archive tells of a file: badge, name, size, and whether it takes a password."""
    name = safe_text(member.name, 300)
    return badge(name), name, format_size(member.size, language), member.locked


def image(site: Site, visit: Visit, place: str) -> Any:
    """A picture for the preview page, drawn anew here."""
    entry = _found(site, visit, place)
    try:
        if entry is None or previewable(entry.type) != "picture" or entry.size > LARGEST_PREVIEW:
            raise Undrawable
        drawn = site.converter.picture(site.mails.bytes_of(visit.delivery, entry))
    except Undrawable:
        return _missing(site, visit)
    kind = "image/jpeg" if drawn.startswith(b"\xff\xd8") else "image/png"
    return site.file(drawn, kind, {"Content-Disposition": "inline"})


def page(site: Site, visit: Visit, place: str, page: int) -> Any:
    """A page of a document as a picture that was drawn here, so that nothing active reaches the browser."""
    entry = _found(site, visit, place)
    try:
        if entry is None or previewable(entry.type) not in ("pdf", "office") or entry.size > LARGEST_PREVIEW:
            raise Undrawable
        return site.file(site.converter.page(_pdf(site, visit, entry), page), "image/png")
    except Undrawable:
        return _missing(site, visit)


def original(site: Site, visit: Visit) -> Any:
    """The mail, byte for byte as the sender's mail server handed it over."""
    delivery = visit.delivery
    name = f"{site.mails.outline(delivery).seen.subject[:80] or 'message'}.eml"
    size = site.access.original_size(delivery)
    kind = "application/octet-stream"
    pieces = site.mails.original_pieces
    answer = send(site, visit, "original", name, kind, size, lambda offset: pieces(delivery, offset))
    if visit.browser.method == "GET":
        site.access.opened_file(delivery, "original")
    return answer


def _pdf(site: Site, visit: Visit, entry: Entry) -> bytes:
    """A PDF, or the first pages of an office document as one. Raises Undrawable."""
    data = site.mails.bytes_of(visit.delivery, entry)
    return site.converter.document(data, OFFICE[entry.type]) if entry.type in OFFICE else data


def _missing(site: Site, visit: Visit) -> Any:
    return site.problem(visit.browser, 404, "file", link=f"{site.base}/m/{visit.token}/message")


def _found(site: Site, visit: Visit, place: str) -> Entry | None:
    try:
        return site.mails.entry(visit.delivery, place)
    except LookupError:
        return None


def _as_text(data: bytes) -> str:
    """A text file: UTF-8 or UTF-16 by its mark, else UTF-8, else Western European."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
