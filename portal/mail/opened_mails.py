"""The mail of a delivery and the mails inside it: what they hold by place, read no further than is asked for.

A place is "" for the message itself, "2" for its second file, "2.1" for the first file of the mail that this one is.
What the pages say about a mail is kept, without its texts; so a page that is asked again and a download unseal no
more than they show.
"""

from __future__ import annotations

import mmap
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from zegel.crypto import CHUNK_BYTES
from zegel.message.mime.calendar import Invite, invites_in
from zegel.message.mime.decoded_range import Coding, coding_of, decoded_pieces
from zegel.message.mime.transfer import Raw
from zegel.message.mime.view import Attachment, View, content, view
from zegel.unlock.access import Access
from zegel.vault.tables.records import Delivery
from zegel_portal.budgets import OnePerLink
from zegel_portal.convert.converter import Busy, Converter, Undrawable
from zegel_portal.files.file_types import CALENDARS, mail_in, type_of, wraps
from zegel_portal.mail.body import beginning_of, frame_heights
from zegel_portal.mail.sanitise import has_remote_pictures

DEEPEST = 8
"""Mails inside each other that are opened."""
_MOST_WRAPPED = 5
"""Files of one mail that are unwrapped to list what is in them."""
_MOST_INVITES, _LARGEST_INVITE = 5, 1_000_000
_KEPT = 64
"""Outlines that are kept."""
_LARGE, _LARGE_AT_ONCE = 4_000_000, 2
"""Mails of more bytes are in memory whole only so many at a time."""
_PATIENCE = 20
"""Seconds that another one waits."""
_BEGINNING = 4096
"""Encoded bytes of a file that tell what it is."""
_PLACE = re.compile(r"[1-9]\d{0,3}(?:\.[1-9]\d{0,3})*")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it lies in its mail."""

    place: str
    name: str
    type: str
    """By its content first, see `type_of`."""
    size: int
    coding: Coding
    unnamed: bool
    """Whether the sender gave it no name: a part of the text for mail programs, no file for people."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A mail without its texts and its bytes."""

    seen: View
    """Without texts and files, which could be large."""
    size: int
    entries: tuple[Entry, ...]
    rich: bool
    has_body: bool
    heights: tuple[int, int]
    remote_pictures: bool
    invites: tuple[tuple[str, Invite], ...]
    """Each with the place of its file."""
    beginning: str
    """The first words of the writer's own, for a list."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Inner:
    """A mail that is a file of another."""

    raw: bytes = field(repr=False)


class Mails:
    """The mails that may be read here. Thread-safe."""

    def __init__(self, access: Access, converter: Converter) -> None:
        self._access = access
        self._converter = converter
        self._kept: OrderedDict[tuple[int, str], Outline | None] = OrderedDict()
        """None for what is no mail, or none that can be opened: trying costs as much as succeeding."""
        self._lock = threading.Lock()
        self._one_per_link = OnePerLink()
        self._inner: WeakValueDictionary[tuple[int, str], _Inner] = WeakValueDictionary()
        """Mails inside others that somebody downloads from: one copy, however many do."""
        self._large = threading.BoundedSemaphore(_LARGE_AT_ONCE)

    def outline(self, delivery: Delivery, place: str = "") -> Outline:
        """What the pages say about the mail at `place`. Raises KeyGone; LookupError when no mail is there."""
        key = (delivery.message_id, place)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return _there(self._kept[key])
        found = None
        try:
            with self.opened(delivery, place) as raw:
                found = outline_of(raw, place)
        except LookupError as error:
            if isinstance(error.__cause__, Busy):
                raise
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return _there(found)

    def of_reply(self, reply_id: int, original: Callable[[], bytes]) -> Outline:
        """What the pages say about a reply; its original is read when it is not known yet, and may raise."""
        key = (-reply_id, "")
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            known = outline_of(original())
            with self._lock:
                self._kept[key] = known
        return known

    @contextmanager
    def opened(self, delivery: Delivery, place: str = "") -> Iterator[Raw]:
        """The whole mail at `place`, for as long as the block lasts. Raises as `outline`."""
        size = self.entry(delivery, place).size if place else self._access.original_size(delivery)
        with self._room_for(size):
            if place:
                yield self._inside(delivery, place)
            elif size <= _LARGE:
                yield b"".join(self._access.original_pieces(delivery))
            else:
                with mmap.mmap(-1, size) as room:  # goes back to the system at once, unlike what malloc() gives
                    for piece in self._access.original_pieces(delivery):
                        room.write(piece)
                    yield room

    @contextmanager
    def _room_for(self, size: int) -> Iterator[None]:
        """Waits while other large mails are in memory, but not for ever: a reader goes before a bound."""
        if size <= _LARGE:
            yield
            return
        with self._one_per_link.turn(_PATIENCE):
            waited = self._large.acquire(timeout=_PATIENCE)
            try:
                yield
            finally:
                if waited:
                    self._large.release()

    def entry(self, delivery: Delivery, place: str) -> Entry:
        """The file at `place`. Raises LookupError when there is none, KeyGone."""
        if not _PLACE.fullmatch(place[:100]) or place.count(".") >= DEEPEST:
            raise LookupError
        entries = self.outline(delivery, place.rpartition(".")[0]).entries
        found = next((each for each in entries if each.place == place), None)
        if found is None:
            raise LookupError
        return found

    def listed(self, delivery: Delivery, place: str = "") -> list[Entry]:
        """The files of the mail at `place`, with those in a winmail.dat or in a signed envelope behind their own."""
        found = []
        unwrapped = 0
        for entry in self.outline(delivery, place).entries:
            found.append(entry)
            if wraps(entry.type) and unwrapped < _MOST_WRAPPED:
                unwrapped += 1
                inside = self.inside(delivery, entry)
                found += inside.entries if inside else ()
        return found

    def with_text(self, delivery: Delivery, place: str = "") -> tuple[str, Outline]:
        """The mail whose text is that of the mail at `place`: itself, or one that it only wraps, with its place."""
        outline = self.outline(delivery, place)
        if not outline.has_body:
            for entry in [each for each in outline.entries if wraps(each.type)][:_MOST_WRAPPED]:
                inside = self.inside(delivery, entry)
                if inside and inside.has_body:
                    return entry.place, inside
        return place, outline

    def inside(self, delivery: Delivery, entry: Entry) -> Outline | None:
        """The mail that a file is, None when it is none or cannot be opened."""
        try:
            return self.outline(delivery, entry.place) if mail_in(entry.type) else None
        except LookupError:
            return None

    def bytes_of(self, delivery: Delivery, entry: Entry) -> bytes:
        """All of a file."""
        return b"".join(self.pieces(delivery, entry))

    def pieces(self, delivery: Delivery, entry: Entry, offset: int = 0) -> Iterator[bytes]:
        """A file from the byte `offset` on. Raises KeyGone at once, when it has ended."""
        parent = entry.place.rpartition(".")[0]
        if not parent:
            return decoded_pieces(lambda start, end: self._span(delivery, start, end), entry.coding, offset)
        inner = self._shared(delivery, parent)
        return decoded_pieces(lambda start, end: iter((inner.raw[start:end],)), entry.coding, offset)

    def _shared(self, delivery: Delivery, place: str) -> _Inner:
        """The mail at `place`, for as long as anybody has it."""
        key = (delivery.message_id, place)
        found = self._inner.get(key)
        if found is None:
            found = self._inner.setdefault(key, _Inner(self._inside(delivery, place)))
        return found

    def original_pieces(self, delivery: Delivery, offset: int = 0) -> Iterator[bytes]:
        """The message from the byte `offset` on."""
        return self._span(delivery, offset, self._access.original_size(delivery))

    def _span(self, delivery: Delivery, start: int, end: int) -> Iterator[bytes]:
        """raw[start:end] of the message: only the sealed pieces that it touches are opened."""
        at = start // CHUNK_BYTES * CHUNK_BYTES
        for piece in self._access.original_pieces(delivery, start // CHUNK_BYTES) if start < end else ():
            yield piece[max(0, start - at) : end - at]
            at += len(piece)
            if at >= end:
                return

    def _inside(self, delivery: Delivery, place: str) -> bytes:
        """The mail that the file at `place` is."""
        entry = self.entry(delivery, place)
        how = mail_in(entry.type)
        if not how or place.count(".") >= DEEPEST - 1:
            raise LookupError
        data = self.bytes_of(delivery, entry)
        if how == "mail":
            return data
        try:
            return self._converter.unwrapped(data, how)
        except Undrawable as error:
            raise LookupError from error


def _there(found: Outline | None) -> Outline:
    if found is None:
        raise LookupError
    return found


def outline_of(raw: Raw, place: str = "") -> Outline:
    """What the pages say about the mail in `raw`; never raises."""
    seen = view(raw)
    entries = tuple(entry_of(raw, each, place) for each in seen.attachments)
    return Outline(
        seen=replace(seen, text="", html="", inline={}, attachments=()),
        size=len(raw),
        entries=entries,
        rich=bool(seen.html.strip()),
        has_body=bool(seen.html.strip() or seen.text.strip()),
        heights=frame_heights(seen),
        remote_pictures=has_remote_pictures(seen.html),
        invites=tuple(_invites(raw, seen, entries)),
        beginning=beginning_of(seen),
    )


def entry_of(raw: Raw, attachment: Attachment, place: str = "") -> Entry:
    """An attachment of the mail at `place`."""
    part = attachment.part
    beginning = replace(attachment, part=replace(part, end=min(part.end, part.start + _BEGINNING)))
    return Entry(
        place=f"{place}.{attachment.index}" if place else str(attachment.index),
        name=attachment.name,
        type=type_of(attachment.type, attachment.name, content(raw, beginning)),
        size=attachment.size,
        coding=coding_of(raw[part.start : part.end], part.start, part.encoding),
        unnamed=not part.filename,
    )


def _invites(raw: Raw, seen: View, entries: tuple[Entry, ...]) -> Iterator[tuple[str, Invite]]:
    """The appointments of a mail, each once; programs send the same one as part of the text and as a file."""
    shown: set[tuple[str, str]] = set()
    for attachment, entry in zip(seen.attachments, entries, strict=True):
        if entry.type not in CALENDARS or entry.size > _LARGEST_INVITE:
            continue
        for invite in invites_in(content(raw, attachment)):
            if (invite.uid, invite.recurrence) not in shown and len(shown) < _MOST_INVITES:
                shown.add((invite.uid, invite.recurrence))
                yield entry.place, invite
