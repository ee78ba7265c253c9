"""Everything of a message in one ZIP that only opens with a password (WinZip AES-256)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyzipper

from zegel.message.mime.view import view
from zegel.unlock.passwords import grouped
from zegel_portal.files.file_names import attachment_header, unique_names
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_portal.views.message import body_document, shown_file

_IN_MEMORY = 4_000_000
"""Bytes of a ZIP that stay in memory; a larger one goes to a nameless file, encrypted as it is.

A ZIP has no ranges: it is made anew for every download, and each time other bytes.
"""
_PIECE = 1 << 18


def archive_page(site: Site, visit: Visit) -> Any:
    """Shows the password, with the button that downloads the ZIP."""
    files = [shown_file(site, each, visit.browser.language) for each in site.mails.listed(visit.delivery)]
    return site.page("archive", visit, password=_password(site, visit), files=files)


def archive(site: Site, visit: Visit) -> Any:
    """The ZIP with the mail, its body and its files."""
    delivery, mails = visit.delivery, site.mails
    if visit.browser.method == "GET":
        site.access.opened_file(delivery, "everything")
    texts: dict[str, bytes] = {}
    place, _ = mails.with_text(delivery)
    with mails.opened(delivery, place) as raw:
        seen = view(raw)
        if seen.text.strip():
            texts["message.txt"] = seen.text.encode("utf-8", "replace")
        if seen.html.strip():
            texts["message.html"] = body_document(site, raw, seen, visit.browser.language, alone=True).encode()
    files = mails.listed(delivery)
    names = unique_names([each.name for each in files], ["message.eml", *texts])
    entries: list[tuple[str, Iterable[bytes]]] = [("message.eml", mails.original_pieces(delivery))]
    entries += [(name, _pieces(text)) for name, text in texts.items()]
    entries += [(name, mails.pieces(delivery, each)) for name, each in zip(names, files, strict=True)]
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the server closes it after sending
    pack(file, entries, _password(site, visit))
    size = file.tell()
    file.seek(0)
    name = f"{mails.outline(delivery).seen.subject[:80] or 'message'}.zip"
    headers = {
        "Content-Disposition": attachment_header(name),
        "Content-Length": str(size),
        "Accept-Ranges": "none",
    }
    return site.file(file, "application/zip", headers)


def pack(file: IO[bytes], entries: Iterable[tuple[str, Iterable[bytes]]], password: str) -> None:
    """Writes the ZIP, a piece at a time: what is in it never is in memory whole."""
    with pyzipper.AESZipFile(file, "w", pyzipper.ZIP_DEFLATED, compresslevel=3, encryption=pyzipper.WZ_AES) as made:
        made.setpassword(password.encode("ascii"))
        made.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, pieces in entries:
            with made.open(name, "w") as entry:
                for piece in pieces:
                    entry.write(piece)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


def _password(site: Site, visit: Visit) -> str:
    """As it is shown and typed, hyphens and all: the same as long as the browser may read."""
    return grouped(site.access.archive_password(visit.browser.cookie, visit.delivery))
