"""Files by what they are: reads a document or archive, and what is inside of it, into what was found.

This runs in the worker processes; nothing of the milter calls it. A parser that fails means "corrupt", one that
asks too much means "limit", and whatever it found before counts.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import partial

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Exceeded, Found, Locked
from zegel.message.encoded_texts import ARMOUR
from zegel.message.formats import archive, cms, digit_runs, pgp
from zegel.message.formats import foreign_archive as foreign
from zegel.message.formats.compressed import read_compressed
from zegel.message.formats.dbase import is_dbase, read_dbase
from zegel.message.formats.embedded_text import blobs
from zegel.message.formats.locked_office import unlocked
from zegel.message.formats.ocr import read_picture
from zegel.message.formats.office import package_type, read_office
from zegel.message.formats.ole import read_ole
from zegel.message.formats.pdf import read_pdf
from zegel.message.formats.picture import picture_text
from zegel.message.formats.plain import as_text, keep, read_textual, strings
from zegel.message.formats.property_list import read_property_list
from zegel.message.formats.rtf import rtf_text
from zegel.message.formats.sqlite_tables import read_sqlite
from zegel.message.formats.tnef import read_tnef
from zegel.message.formats.undeclared import undeclared
from zegel.message.formats.xls import read_biff
from zegel.message.mail_texts import read_mail
from zegel.message.mime.header_texts import looks_like_mail

_FIELD = re.compile(rb"[A-Za-z][\w-]{0,60}:")
_WITHOUT_TEXT = ("audio/", "video/", "font/", "image/bmp", "image/x-ms-bmp", "image/heic", "image/heif", "image/avif",
                 "image/jp2", "image/jxl", "image/x-icon", "image/vnd.microsoft.icon", "image/x-tga")  # fmt: skip
_OF_RECORDS = ("image/emf", "image/wmf", "image/x-emf", "image/x-wmf")
"""Drawings whose text is in runs, as it is in no other file that has no reader here."""
_MOST_TIMES, _HEAD_OF_MEDIA = 3, 64_000
_TEXT_SHARE = 3
"""A file that nothing here reads is read all the same when a third of it is runs of text."""
_OF_A_MAC = (b"\0\5\x16\7\0", b"\0\5\x16\0\0", b"\0\0\0\1Bud1")
"""What macOS puts beside each file in an archive (AppleDouble, .DS_Store)."""


def read_file(found: Found, data: bytes, part: str, name: str, declared: str = "", depth: int = 1) -> None:
    """Read one file and all that it holds; `depth` counts from 1 for a file of the mail itself."""
    if depth > found.budget.depth:
        found.file(part, name, declared or "application/octet-stream", len(data))
        found.text("attachments", part, strings(data[:1_000_000]))
        found.cannot_read(part, name, "limit")
        return
    before = len(found.files)
    try:
        _read(found, data, part, name, declared, depth)
    except Exceeded as exceeded:
        found.cannot_read(part, name, exceeded.kind)
    except MemoryError:
        found.cannot_read(part, name, "limit")
    except Exception:  # a parser may fail in any way on a file made to break it; the file is then unreadable
        found.cannot_read(part, name, "corrupt")
        found.text("attachments", part, strings(data))
    if len(found.files) == before:
        found.file(part, name, "application/octet-stream", len(data))


def _read(found: Found, data: bytes, part: str, name: str, declared: str, depth: int) -> None:
    def inner(content: bytes, path: str, title: str) -> None:
        read_file(found, content, path, title, "", depth + 1)

    def embedded(content: bytes, path: str, title: str) -> None:
        found.budget.charge_member()
        found.budget.charge(len(content))
        inner(content, path, title)

    kind = kinds.container(data)
    if not kind:
        _read_simple(found, data, part, name, declared, depth)
        return
    if kind == "zip":
        _read_zip(found, data, part, name, inner)
        return
    found.file(part, name, _TYPES.get(kind) or kinds.file_type(data), len(data))
    match kind:
        case "pdf":
            read_pdf(found, _from_mark(data), part, name, inner)
        case "pgp":
            _read_pgp(found, data, part, name, inner)
        case "foreign":
            found.cannot_read(part, name, "unsupported")
        case "sqlite":
            found.text("attachments", part, strings(data))  # what was deleted is there still
            read_sqlite(found, data, part, name, inner)
        case "plist":
            found.text("attachments", part, strings(data))
            read_property_list(found, data, part, inner)
        case "postscript":
            found.text("attachments", part, f"{as_text(data)}\n{_drawn_by_postscript(data)}")
            found.cannot_read(part, name, "unsupported")
        case "gzip" | "bzip2" | "xz" | "zlib":
            read_compressed(found, data, kind, part, name, inner)
        case "tar":
            archive.read_tar(found, data, part, inner)
        case "rtf":
            found.text("attachments", part, rtf_text(data, part, embedded))
        case "ole" | "biff":
            _read_lockable(found, data, kind, part, name, depth, inner)
        case "tnef":
            read_tnef(found, data, part, name, inner)
        case "cms":
            _read_cms(found, data, part, name, depth, inner)
        case "access":
            found.text("attachments", part, strings(data))
            if _is_locked_access(data):
                found.cannot_read(part, name, "encrypted")
        case "rights" | "locked":
            found.cannot_read(part, name, "encrypted")
        case _:
            foreign.read_foreign(found, data, kind, part, name, inner)


_TYPES = {"tnef": "application/vnd.ms-tnef", "cms": "application/pkcs7-mime", "7z": "application/x-7z-compressed",
          "rar": "application/vnd.rar", "rights": "application/x-microsoft-rpmsg-message",
          "pgp": "application/pgp-encrypted"}  # fmt: skip
"""Types that libmagic does not know, or calls differently from version to version."""


def _read_lockable(
    found: Found, data: bytes, kind: str, part: str, name: str, depth: int, inner: archive.Inner
) -> None:
    """A legacy Office file, or any Office file behind a password."""
    try:
        if kind == "biff":
            read_biff(found, data, part)
        else:
            read_ole(found, data, part, name, inner)
    except Locked:
        plain = unlocked(data, found.passwords, found.budget)
        if plain is None:
            found.cannot_read(part, name, "encrypted")
        else:
            found.forget_file(part)
            read_file(found, plain, part, name, "", depth + 1)


def _read_cms(found: Found, data: bytes, part: str, name: str, depth: int, inner: archive.Inner) -> None:
    """An S/MIME message that is a file; those that are a part of the mail are opened where the mail is read."""
    found.text("attachments", part, strings(data[:100_000]))
    envelope = cms.opened(data, found.budget)
    if envelope.kind == "encrypted":
        found.cannot_read(part, name, "encrypted")
    elif _FIELD.match(envelope.content) and kinds.is_text(envelope.content):
        read_mail(envelope.content, found, partial(read_file, found), prefix=part, depth=depth)
    elif envelope.content:
        inner(envelope.content, archive.below(part, "content"), "")


def _is_locked_access(data: bytes) -> bool:
    """Whether the pages of an Access database are encrypted: each begins with its kind, 1 to 5, and a 1."""
    size = 2048 if data[20:21] == b"\0" else 4096
    pages = [data[at : at + 2] for at in range(size, min(len(data), 40 * size), size)]
    known = [page for page in pages if page == b"\0\0" or (page[:1] <= b"\x06" and page[1:] <= b"\1")]
    return len(known) * 2 < len(pages)


def _read_pgp(found: Found, data: bytes, part: str, name: str, inner: archive.Inner) -> None:
    held = pgp.opened(data, found.budget)
    if held is None:
        found.cannot_read(part, name, "encrypted")
        return
    found.budget.charge_member()
    inner(held[1], archive.below(part, held[0] or "content"), held[0])


def _read_simple(found: Found, data: bytes, part: str, name: str, declared: str, depth: int) -> None:
    if looks_like_mail(data) or (name.lower().endswith((".eml", ".mht", ".mhtml")) and kinds.is_text(data)):
        found.file(part, name, "message/rfc822", len(data))
        if kinds.wide(data[:4000]) or data.startswith((b"\xff\xfe", b"\xfe\xff")):
            data = as_text(data).encode("utf-8", "replace")
        read_mail(data, found, partial(read_file, found), prefix=part, depth=depth)
        return
    if read_textual(found, data, part, name, declared):
        for content in blobs(data):
            found.budget.charge_member()
            read_file(found, content, archive.below(part, "data"), "", "", depth + 1)
        _read_undeclared(found, data, part, name, depth)
        return
    if is_dbase(data):
        found.file(part, name, "application/x-dbf", len(data))
        read_dbase(found, data, part)
        return
    picture = kinds.picture_mark(data)
    kind = picture or kinds.file_type(data)
    found.file(part, name, kind, len(data))
    hidden = kinds.hidden_at(data)
    if picture:
        found.text("attachments", part, picture_text(data), "properties")
        if found.budget.ocr is not None:
            read_picture(found, data, part, name)
    elif kind.startswith(_WITHOUT_TEXT):  # what it says of itself stands at its begin or end
        says = strings(data[:_HEAD_OF_MEDIA]) + "\n" + strings(data[_HEAD_OF_MEDIA:][-_HEAD_OF_MEDIA:])
        found.text("attachments", part, says, "properties")
    else:
        text = strings(data)
        found.text("attachments", part, text if b"\0" in data else as_text(data))
        is_said = len(text) * _TEXT_SHARE >= len(data.strip(b"\0"))
        inside = digit_runs.inflated(data) if kind == "application/octet-stream" else b""
        if inside:
            found.budget.charge_member()
            found.budget.charge(len(inside))
            read_file(found, inside, archive.below(part, "content"), "", "", depth + 1)
        if not (hidden or inside or is_said or kind in _OF_RECORDS or data.startswith(_OF_A_MAC)):
            found.cannot_read(part, name, "unsupported")
    if hidden:
        found.budget.charge_member()
        read_file(found, data[hidden:], archive.below(part, "inside"), "", "", depth + 1)


def _from_mark(data: bytes) -> bytes:
    """A PDF from its mark on, for which PDFium looks in the first kilobyte only."""
    if b"%PDF-" in data[:1024]:
        return data
    return b"%PDF-1.4\n" + data if data.startswith(b"%!PS") else data[data.index(b"%PDF-") :]


def _drawn_by_postscript(data: bytes) -> str:
    """The strings in a PostScript program, one behind the other as it draws them."""
    return as_text(b"".join(text.replace(b"\\", b"") for text in _POSTSCRIPT_STRING.findall(data)))


_POSTSCRIPT_STRING = re.compile(rb"\(((?:[^()\\]|\\.){0,1000}+)\)", re.DOTALL)


def _read_undeclared(found: Found, data: bytes, part: str, name: str, depth: int, times: int = 0) -> None:
    """What is encoded in a text though nothing says so; `times`: how often it was decoded already."""
    if ARMOUR in data:
        found.cannot_read(part, name, "encrypted")
    for item in undeclared(data, markup=b"<html" in data[:2000].lower()):
        found.budget.charge_member()
        found.budget.charge(len(item.data))
        if item.whole:
            keep(found, part, item.data, "", "")
            if times < _MOST_TIMES:
                _read_undeclared(found, item.data, part, name, depth, times + 1)
        else:
            read_file(found, item.data, archive.below(part, item.name or "encoded"), item.name, "", depth + 1)


def _read_zip(found: Found, data: bytes, part: str, name: str, inner: archive.Inner) -> None:
    failures = len(found.unreadable)
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError, OSError, NotImplementedError):
        found.file(part, name, kinds.file_type(data), len(data))
        found.cannot_read(part, name, "corrupt")
        _salvage(found, data, part, inner, set())
        return
    whole: set[str] = set()
    with package:
        kind = package_type(package)
        found.file(part, name, kind or kinds.file_type(data), len(data))
        if package.comment:
            found.text("attachments", part, as_text(package.comment))
        if kind and kind != "application/zip":
            read_office(found, package, part, name, inner)
        else:
            for info, content in archive.zip_members(found, package, part):
                found.text("filenames", archive.below(part, info.filename), archive.other_names(info))
                if len(content) == info.file_size:
                    whole.add(info.filename)
                inner(content, archive.below(part, info.filename), info.filename)
        otherwise = [info for info in package.infolist() if not archive.is_readable(info) and not info.flag_bits & 1]
        if otherwise:
            names = {info.filename for info in package.infolist()} - {info.filename for info in otherwise}
            foreign.read_packed_otherwise(found, data, part, name, names, inner)
        for title, content in archive.unlisted(data, package, found.budget):
            inner(content, archive.below(part, title), title)
    if any(title.endswith(_LOCKED_IWORK) for title in package.namelist()):
        # The members are locked one by one, which makes their checksums wrong.
        found.unreadable[failures:] = [item for item in found.unreadable[failures:] if item.kind not in _BY_A_LOCK]
        found.cannot_read(part, name, "encrypted")
    elif any(item.kind == "corrupt" for item in found.unreadable[failures:]):
        _salvage(found, data, part, inner, whole)


_BY_A_LOCK = ("corrupt", "unsupported")
"""What a locked member counts as that does not say so."""
_LOCKED_IWORK = (".iwpv", ".iwpv2", ".iwph")
"""The members by which Pages, Numbers and Keynote know a password."""


def _salvage(found: Found, data: bytes, part: str, inner: archive.Inner, whole: set[str]) -> None:
    """Members by their local headers, but those that were read `whole`."""
    for title, content in archive.salvaged(data, found.budget):
        if title not in whole:
            inner(content, archive.below(part, title), title)
