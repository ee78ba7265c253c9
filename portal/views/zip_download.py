"""Everything of a message in one ZIP that only opens with a password (WinZip AES-256), made while it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyzipper

from zegel.i18n.catalogues import translations
from zegel.i18n.moments import format_moment
from zegel.message.mime.view import Address, View, view
from zegel.unlock.passwords import grouped
from zegel_portal.files.file_names import attachment_header, unique_names
from zegel_portal.http.stream import Stream
from zegel_portal.http.visit import Visit
from zegel_portal.site.pages import FOLDER
from zegel_portal.site.site import Site
from zegel_portal.views.message import saved, shown_file

_PIECE = 1 << 18
_FIRST_YEAR, _LAST_YEAR = 1980, 2107
"""What the clock of a ZIP can tell."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the ZIP; `pieces` give its `size` bytes."""

    name: str
    size: int
    pieces: Iterable[bytes]


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
    head = mails.outline(delivery).seen
    with mails.opened(delivery, place) as raw:
        seen = view(raw)
        if seen.text.strip():
            texts["message.txt"] = _as_text(site, visit, head, seen.text).encode("utf-8", "replace")
        if seen.html.strip():
            texts["message.html"] = saved(site, visit).encode("utf-8", "replace")
    files = mails.listed(delivery)
    names = unique_names([each.name for each in files], ["message.eml", *texts])
    members = [Member("message.eml", site.access.original_size(delivery), mails.original_pieces(delivery))]
    members += [Member(name, len(text), _pieces(text)) for name, text in texts.items()]
    members += [Member(name, each.size, mails.pieces(delivery, each)) for name, each in zip(names, files, strict=True)]
    zone = site.settings.organisation.timezone
    written = (head.date or datetime.fromtimestamp(site.clock()).astimezone()).astimezone(ZoneInfo(zone or "UTC"))
    password, size = _password(site, visit), packed_size(members, written)
    headers = {
        "Content-Disposition": attachment_header(f"{head.subject[:80] or 'message'}.zip"),
        "Content-Length": str(size),
        "Accept-Ranges": "none",  # it is made anew for every download, and each time other bytes
    }
    body: Any = Stream(packed(members, password, written), size)
    return site.file(body, "application/zip", headers)


def packed(members: Iterable[Member], password: str, written: datetime) -> Iterator[bytes]:
    """The ZIP, a piece at a time, with `written` as the date of everything in it.

    Nothing is compressed: documents, pictures and mails are already, or gain little, and so the size is known before.
    """
    out = _Out()
    with pyzipper.AESZipFile(out, "w", pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES) as made:
        made.setpassword(password.encode("ascii"))
        made.setencryption(pyzipper.WZ_AES, nbits=256)
        for member in members:
            with made.open(_info(made, member, written), "w") as entry:
                for piece in member.pieces:
                    entry.write(piece)
                    yield out.taken()
    yield out.taken()


def packed_size(members: Sequence[Member], written: datetime) -> int:
    """The bytes of the ZIP: what it has around empty files, and the files, whose encryption adds no more."""
    around = packed([Member(each.name, 0, ()) for each in members], "x", written)
    return sum(map(len, around)) + sum(each.size for each in members)


class _Out:
    """What was written since it was last taken; goes forward only, so sizes are noted behind each file."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        taken = b"".join(self._written)
        self._written.clear()
        return taken


def _info(made: Any, member: Member, written: datetime) -> Any:
    year = min(max(written.year, _FIRST_YEAR), _LAST_YEAR)
    info = made.zipinfo_cls(member.name, (year, *written.timetuple()[1:6]))
    info.compress_type, info.external_attr, info.file_size = pyzipper.ZIP_STORED, 0o600 << 16, member.size
    return info


def _as_text(site: Site, visit: Visit, head: View, text: str) -> str:
    """The text of the mail below who wrote it, to whom, when, and about what."""
    language = visit.browser.language
    _ = translations(FOLDER, language).gettext
    zone = site.settings.organisation.timezone
    lines = [(_("From"), _named((head.sender,))), (_("To"), _named(head.to)), (_("Copy to"), _named(head.cc))]
    lines.append((_("Date"), format_moment(head.date, language, zone) if head.date else ""))
    lines.append((_("Subject"), site.access.subject(visit.delivery)))
    return "\n".join(f"{name}: {value}" for name, value in lines if value) + f"\n\n{text}"


def _named(people: Iterable[Address]) -> str:
    return ", ".join(f"{each.name} <{each.address}>" if each.name else each.address for each in people)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


def _password(site: Site, visit: Visit) -> str:
    """As it is shown and typed, hyphens and all: the same as long as the browser may read."""
    return grouped(site.access.archive_password(visit.browser.cookie, visit.delivery))
