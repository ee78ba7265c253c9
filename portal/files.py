"""The files of a message: download, preview, and the original."""

from __future__ import annotations

from typing import Any

from zegel.message.view import Attachment, View, content, view

from .kinds import PICTURES, download_type, picture_type, previewable
from .names import attachment_header
from .drawer import Undrawable
from .reading import files_of, true_type
from .site import Site
from .visit import Visit

LONGEST_PREVIEW = 200_000
"""Characters of a text file that its preview shows."""


def download(site: Site, visit: Visit, number: int) -> Any:
    """One attachment, as it was sent."""
    raw, _, attachment = _found(site, visit, number)
    if attachment is None:
        return _missing(site, visit)
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, f"file {number}")
    return site.file(
        content(raw, attachment),
        download_type(true_type(raw, attachment)),
        {"Content-Disposition": attachment_header(attachment.name)},
    )


def preview(site: Site, visit: Visit, number: int) -> Any:
    """A look at a file without downloading it: a picture, text, or the pages of a PDF."""
    raw, seen, attachment = _found(site, visit, number)
    if attachment is None:
        return _missing(site, visit)
    data = content(raw, attachment)
    how: str = previewable(true_type(raw, attachment))
    shown: dict[str, Any] = {"text": "", "shortened": False, "pages": None}
    if how == "picture" and picture_type(data) not in PICTURES:
        how = ""
    elif how == "text":
        text = _as_text(data)
        shown |= {"text": text[:LONGEST_PREVIEW], "shortened": len(text) > LONGEST_PREVIEW}
    elif how == "pdf":
        try:
            shown["pages"] = site.drawer.pages(data)
        except Undrawable:
            how = ""
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, f"preview {number}")
    file = files_of(raw, seen, visit.browser.language)[seen.attachments.index(attachment)]
    return site.page("preview", visit, file=file, how=how, **shown)


def image(site: Site, visit: Visit, number: int) -> Any:
    """A picture for the preview page; only what begins as one of the kinds that hold no script."""
    raw, _, attachment = _found(site, visit, number)
    data = content(raw, attachment) if attachment else b""
    kind = picture_type(data)
    if not kind:
        return _missing(site, visit)
    return site.file(data, kind, {"Content-Disposition": "inline"})


def pdf_page(site: Site, visit: Visit, number: int, page: int) -> Any:
    """A page of a PDF as a picture that was drawn here, so that nothing active reaches the browser."""
    raw, _, attachment = _found(site, visit, number)
    try:
        if attachment is None or previewable(true_type(raw, attachment)) != "pdf":
            raise Undrawable
        return site.file(site.drawer.page(content(raw, attachment), page), "image/png")
    except Undrawable:
        return _missing(site, visit)


def original(site: Site, visit: Visit) -> Any:
    """The mail, byte for byte as the sender's mail server handed it over."""
    raw = site.access.original(visit.delivery)
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, "original")
    name = f"{view(raw).subject[:80] or 'message'}.eml"
    return site.file(raw, "application/octet-stream", {"Content-Disposition": attachment_header(name)})


def _missing(site: Site, visit: Visit) -> Any:
    return site.problem(visit.browser, 404, "file", link=f"{site.base}/m/{visit.token}/message")


def _found(site: Site, visit: Visit, number: int) -> tuple[bytes, View, Attachment | None]:
    raw = site.access.original(visit.delivery)
    seen = view(raw)
    return raw, seen, next((each for each in seen.attachments if each.index == number), None)


def _as_text(data: bytes) -> str:
    """A text file: UTF-8 or UTF-16 by its mark, else UTF-8, else Western European."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
