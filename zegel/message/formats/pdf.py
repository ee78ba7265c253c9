"""PDF by PDFium: the text of the pages, what is noted on them, what is filled in, what is attached."""

from __future__ import annotations

import ctypes
import io
import logging
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from zegel.message.base.found import Budget, Exceeded, Found
from zegel.message.formats.archive import Inner, below
from zegel.message.formats.ocr import read_picture
from zegel.message.formats.pdf_objects import read_objects
from zegel.message.formats.pdf_page import Pages
from zegel.message.text.markup import html_text

logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # its warnings are about documents, not about us

_ANNOTATION_KEYS = (b"Contents", b"T", b"TU", b"V", b"DV", b"Subj", b"RC")
_MAX_ANNOTATIONS = 5000
_NUMBERS = "0123456789[]()._-# "
_LOCKED = (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY)
_SCANNED = 20
"""Characters of text below which a page with a picture is taken for a scan."""
_DOTS_PER_INCH, _MOST_DOTS = 200, 3500


def read_pdf(found: Found, data: bytes, part: str, name: str, inner: Inner) -> None:
    """Everything in a PDF that is text; pages as they come, so that the first are read when time runs out."""
    document, locked = _opened(found, data, part, name), b"/Encrypt" in data
    seen: set[bytes] = set()
    if document is not None:
        try:
            if locked and c.FPDF_GetSecurityHandlerRevision(document) >= 0:
                # Before anything is drawn: what is flattened into a page is lost as a note.
                data = _without_lock(document, data, found.budget)
            locked = False
            document.init_forms()
            for place, text in _texts(found, document, part, name):
                found.budget.charge(len(text))
                found.text("attachments", part, text, place)
            _attached(found, document, part, name, inner, seen)
        finally:
            document.close()
    if locked and any(item.part == part and item.kind == "encrypted" for item in found.unreadable):
        return
    objects = read_objects(data, found.budget, pages=document is None)
    found.describe(part, objects.properties)
    found.text("attachments", part, "\n".join(dict.fromkeys(objects.texts)))
    if objects.is_rewritten:
        for text in _of_earlier_versions(data, found.budget):
            found.text("attachments", part, text, "earlier version")
    for number, content in enumerate(objects.files, 1):
        if content not in seen:
            seen.add(content)
            found.budget.charge_member()
            inner(content, below(part, f"file {number}"), "")


def _of_earlier_versions(data: bytes, budget: Budget) -> Iterator[str]:
    """What the pages of earlier versions say that those of later ones do not; each ends where it was saved."""
    ends = [match.end() for match in _END.finditer(data)]
    if b"/Linearized" in data[:1024]:
        ends = ends[1:]
    known: set[str] = set()
    for end in ends[-1 : -_MOST_VERSIONS - 2 : -1]:
        try:
            with pdfium.PdfDocument(data[:end]) as document:
                for number in range(len(document)):
                    budget.check_time()
                    lines = dict.fromkeys(Pages().text(document[number]).split("\n"))
                    budget.charge(sum(map(len, lines)))
                    if end != ends[-1]:
                        yield "\n".join(line for line in lines if line not in known)
                    known.update(lines)
        except pdfium.PdfiumError:
            continue


_END = re.compile(rb"%%EOF\r?\n?")
_MOST_VERSIONS = 3


def _opened(found: Found, data: bytes, part: str, name: str) -> Any:
    """The document, with the password that fits when it wants one; None when it cannot be opened."""
    wrong = 0
    for password in (None, *found.passwords):
        try:
            return pdfium.PdfDocument(data, password=password)
        except pdfium.PdfiumError as error:
            wrong = getattr(error, "err_code", 0)
            if wrong != c.FPDF_ERR_PASSWORD:
                break
    found.cannot_read(part, name, "encrypted" if wrong in _LOCKED else "corrupt")
    return None


def _without_lock(document: Any, data: bytes, budget: Budget) -> bytes:
    """The document as PDFium writes it without a lock, so that its objects can be read as they lie."""
    budget.charge(len(data))
    plain = io.BytesIO()
    try:
        document.save(plain, flags=c.FPDF_REMOVE_SECURITY)
    except (pdfium.PdfiumError, ValueError):
        return b""
    return plain.getvalue()


def _texts(found: Found, document: Any, part: str, name: str) -> Iterator[tuple[str, str]]:
    try:
        described = document.get_metadata_dict()
    except ValueError:  # text that is no UTF-16; the objects are read as they lie all the same
        described = {}
    found.describe(part, ((str(key), str(value)) for key, value in described.items()))
    yield "properties", "\n".join(str(value) for value in described.values())
    yield "bookmarks", "\n".join(_titles(document))
    pages = Pages()
    for number in range(len(document)):
        place = f"page {number + 1}"
        found.budget.check_time()
        try:
            page = document[number]
        except pdfium.PdfiumError:
            found.cannot_read(part, name, "corrupt")
            continue
        try:
            text = pages.text(page)
            yield place, text
            unmapped = pages.unmapped
            if unmapped and found.budget.ocr is None:
                found.cannot_read(part, name, "unsupported")
            if c.FPDFPage_GetAnnotCount(page):
                yield place, "\n".join(_annotations(document, page))
                # What notes and fields draw on the page, once they are made part of it.
                if c.FPDFPage_Flatten(page, c.FLAT_NORMALDISPLAY) == c.FLATTEN_SUCCESS:
                    page.close()
                    page = document[number]
                    drawn = Pages().text(page)
                    yield place, drawn if drawn != text else ""
            is_scan = len(text.strip()) < _SCANNED and _has_picture(page)
            if found.budget.ocr is not None and (unmapped or is_scan):
                read_picture(found, _picture(page), part, name, place)
        except (pdfium.PdfiumError, ValueError):
            found.cannot_read(part, name, "corrupt")
        finally:
            page.close()


def _has_picture(page: Any) -> bool:
    return next(page.get_objects(filter=(c.FPDF_PAGEOBJ_IMAGE,)), None) is not None


def _picture(page: Any) -> bytes:
    """A page as a picture in shades of grey (a PGM)."""
    scale = min(_DOTS_PER_INCH / 72, _MOST_DOTS / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        width, height, stride = bitmap.width, bitmap.height, bitmap.stride
        dots = bytes(bitmap.buffer)
    finally:
        bitmap.close()
    lines = (dots[line * stride : line * stride + width] for line in range(height))
    return b"P5 %d %d 255\n" % (width, height) + b"".join(lines)


def _titles(document: Any) -> Iterator[str]:
    """The bookmarks; PDFium's reader stops at loops, and a broken tree ends the list."""
    try:
        for place, bookmark in enumerate(document.get_toc(max_depth=10)):
            if place > 10_000:
                return
            yield str(bookmark.get_title())
    except (pdfium.PdfiumError, ValueError):
        return


def _annotations(document: Any, page: Any) -> Iterator[str]:
    """The notes on a page, the values of its form fields, and the addresses of its links."""
    form = document.formenv
    cells: list[str] = []
    """The values of fields of one sign each that stand behind each other: a number with a field for each digit."""
    label = ""
    for place in range(min(c.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        annotation = c.FPDFPage_GetAnnot(page, place)
        if not annotation:
            continue
        try:
            said = {key: _string(partial(c.FPDFAnnot_GetStringValue, annotation, key)) for key in _ANNOTATION_KEYS}
            yield from (html_text(text) if key == b"RC" else text for key, text in said.items())
            value = _string(partial(c.FPDFAnnot_GetFormFieldValue, form, annotation)) if form else said[b"V"]
            yield value
            if len(value) == 1:
                cells.append(value)
            elif len(cells) > 1:
                yield f"{label} {''.join(cells)}"
                cells.clear()
            if len(cells) == 1:
                label = f"{said[b'T'].rstrip(_NUMBERS)} {said[b'TU']}"
            link = c.FPDFAnnot_GetLink(annotation)
            if link:
                yield _uri(document, link)
        finally:
            c.FPDFPage_CloseAnnot(annotation)
    yield f"{label} {''.join(cells)}" if len(cells) > 1 else ""


def _string(get: Callable[[Any, int], int]) -> str:
    """A string from a PDFium function that fills a buffer with UTF-16 and returns its size in bytes."""
    size = get(None, 0)
    if not 2 < size < 10_000_000:
        return ""
    buffer = (c.FPDF_WCHAR * (size // 2))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _uri(document: Any, link: Any) -> str:
    action = c.FPDFLink_GetAction(link)
    size = c.FPDFAction_GetURIPath(document, action, None, 0) if action else 0
    if not 1 < size < 100_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    c.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.value.decode("utf-8", "replace")


def _attached(found: Found, document: Any, part: str, name: str, inner: Inner, seen: set[bytes]) -> None:
    for place in range(document.count_attachments()):
        found.budget.charge_member()
        try:
            attachment = document.get_attachment(place)
            title = attachment.get_name()
            data = bytes(attachment.get_data())
        except (pdfium.PdfiumError, ValueError):
            found.cannot_read(part, name, "corrupt")
            continue
        seen.add(data)
        try:
            found.budget.charge(len(data))
        except Exceeded as exceeded:
            found.cannot_read(below(part, title), title, exceeded.kind)
            return
        inner(data, below(part, title), title)
