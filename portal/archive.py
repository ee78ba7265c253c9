"""Everything of a message in one ZIP that only opens with a password (WinZip AES-256)."""

from __future__ import annotations

import tempfile
from typing import IO, Any

import pyzipper

from zegel.message.view import View, content, view
from zegel.passwords import grouped

from .names import attachment_header, unique_names
from .reading import body_document, files_of
from .site import Site
from .visit import Visit

_IN_MEMORY = 4_000_000
"""Bytes of a ZIP that stay in memory; a larger one goes to a nameless file, encrypted as it is."""


def archive_page(site: Site, visit: Visit) -> Any:
    """Shows the password, with the button that downloads the ZIP."""
    raw = site.access.original(visit.delivery)
    return site.page(
        "archive", visit, password=_password(site, visit), files=files_of(raw, view(raw), visit.browser.language)
    )


def archive(site: Site, visit: Visit) -> Any:
    """The ZIP with the mail, its body and its files."""
    raw = site.access.original(visit.delivery)
    seen = view(raw)
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, "everything")
    entries: dict[str, bytes] = {"message.eml": raw}
    if seen.text.strip():
        entries["message.txt"] = seen.text.encode("utf-8", "replace")
    if seen.html.strip():
        entries["message.html"] = body_document(site, raw, seen, visit.browser.language, alone=True).encode()
    names = unique_names([each.name for each in seen.attachments], entries)
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the server closes it after sending
    pack(file, entries, names, raw, seen, _password(site, visit))
    size = file.tell()
    file.seek(0)
    name = f"{seen.subject[:80] or 'message'}.zip"
    headers = {"Content-Disposition": attachment_header(name), "Content-Length": str(size)}
    return site.file(file, "application/zip", headers)


def pack(file: IO[bytes], entries: dict[str, bytes], names: list[str], raw: bytes, seen: View, password: str) -> None:
    """Writes the ZIP: `entries`, then the attachments of `seen` under `names`."""
    with pyzipper.AESZipFile(file, "w", pyzipper.ZIP_DEFLATED, compresslevel=3, encryption=pyzipper.WZ_AES) as made:
        made.setpassword(password.encode("ascii"))
        made.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, data in entries.items():
            made.writestr(name, data)
        for name, attachment in zip(names, seen.attachments, strict=True):
            made.writestr(name, content(raw, attachment))


def _password(site: Site, visit: Visit) -> str:
    """As it is shown and typed, hyphens and all: the same as long as the browser may read."""
    return grouped(site.access.archive_password(visit.browser.cookie, visit.delivery))
