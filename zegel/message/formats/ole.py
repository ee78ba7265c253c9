"""Compound files (MS-CFB): DOC, XLS, PPT, MSG, embedded objects, and text runs of whatever else there is."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import olefile

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Exceeded, Found, Locked
from zegel.message.formats import msg as outlook
from zegel.message.formats.archive import Inner, below
from zegel.message.formats.doc import word_text
from zegel.message.formats.macros import macro_source
from zegel.message.formats.ole_package import packed_file
from zegel.message.formats.ole_properties import read_properties
from zegel.message.formats.plain import strings
from zegel.message.formats.ppt import slides_text
from zegel.message.formats.xls import read_biff
from zegel.message.text import charset as charsets

Streams = Mapping[tuple[str, ...], bytes]
"""What is in a compound file, by storages and stream."""

_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_LOCKED = ("EncryptedPackage", "\tDRMContent", "DRMContent", "\tDRMViewerContent")
"""Streams that are all of a document, locked with a password or by rights management (MS-OFFCRYPTO 2.3, 1.3.2)."""
_MOST_STREAMS = 200_000
_DEEPEST = 100
_TYPES = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_KNOWN = {
    name.lower(): name
    for name in (
        *_TYPES, *_LOCKED, outlook.PROPERTIES, "Current User", "0Table", "1Table", "Data", "Pictures", "EncryptionInfo",
        "\x01Ole10Native", "VBA", "_VBA_PROJECT", "dir", "ObjectPool", "\x05SummaryInformation",
        "\x05DocumentSummaryInformation",
    )
}  # fmt: skip
_BROKEN = (struct.error, ValueError, KeyError, IndexError, OverflowError)


def read_ole(found: Found, data: bytes, part: str, name: str, inner: Inner) -> None:
    """Everything in a compound file. Raises Locked when a password is needed for the whole of it."""
    try:
        streams = streams_of(found, data)
    except (OSError, RecursionError, *_BROKEN):
        if _ENCRYPTED_PACKAGE in data:
            raise Locked from None
        found.cannot_read(part, name, "corrupt")
        found.text("attachments", part, strings(data))
        return
    read_streams(found, streams, part, name, inner)


def read_streams(found: Found, streams: Streams, part: str, name: str, inner: Inner) -> None:
    """Everything in the streams of a compound file, or in those below one of its storages. Raises Locked."""
    if any((stream,) in streams for stream in _LOCKED):
        raise Locked
    if (outlook.PROPERTIES,) in streams:
        outlook.read_message(found, streams, part, name, inner, read_streams)
        return
    for storage in sorted({path[:-1] for path in streams}):
        here = {path[-1]: data for path, data in streams.items() if path[:-1] == storage}
        place = below(part, "/".join(storage)) if storage else part
        try:
            _read_storage(found, here, storage, place, name, inner)
        except Locked:
            if not storage:
                raise
            found.cannot_read(place, storage[-1], "encrypted")


class _Compound(olefile.OleFileIO):  # type: ignore[misc]  # olefile has no types
    def _check_duplicate_stream(self, first_sect: int, minifat: bool = False) -> None:
        """olefile looks for each stream among all before it, only to warn: quadratic time for thousands of recipients.

        What lies under two names is charged twice.
        """


def streams_of(found: Found, data: bytes) -> dict[tuple[str, ...], bytes]:
    """What is in a compound file. Raises OSError, and what else broken ones raise."""
    with _Compound(io.BytesIO(data)) as package:
        streams: dict[tuple[str, ...], bytes] = {}
        for path, start, size in _entries(package.root, ()):
            if len(streams) >= _MOST_STREAMS:
                raise Exceeded("limit")
            found.budget.charge(size)
            try:
                streams[path] = package._open(start, size).read()
            except OSError:
                streams[path] = b""
        return streams


def _entries(storage: Any, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Path, first sector and size of each stream below a storage.

    olefile finds a stream by its name among all its neighbours, which takes quadratic time where thousands are.
    """
    for entry in storage.kids:
        path = (*above, _as_known(entry.name))
        if entry.entry_type == olefile.STGTY_STORAGE and len(path) < _DEEPEST:
            yield from _entries(entry, path)
        elif entry.entry_type == olefile.STGTY_STREAM:
            yield path, entry.isectStart, entry.size


def _as_known(name: str) -> str:
    """The name of a stream or storage as it is usually written: programs find it in capitals too (MS-CFB 2.6.4).

    >>> _as_known("WORDDOCUMENT"), _as_known("__SUBSTG1.0_0037001f"), _as_known("x")
    ('WordDocument', '__substg1.0_0037001F', 'x')
    """
    known = _KNOWN.get(name.lower())
    if known or not name.startswith("__"):
        return known or name
    return f"__substg1.0_{name[12:].upper()}" if name.lower().startswith("__substg1.0_") else name.lower()


def _read_storage(
    found: Found, here: dict[str, bytes], storage: tuple[str, ...], part: str, name: str, inner: Inner
) -> None:
    """The streams of one storage: a document, an object, macros, or anything else."""
    kind = next((kind for stream, kind in _TYPES.items() if stream in here), "")
    if kind and storage:
        found.file(part, "", kind, sum(map(len, here.values())))
    read: set[str] = set()
    for streams, reader in _READERS:
        if streams[0] in here:
            try:
                reader(found, here, part, inner)
            except _BROKEN:
                found.cannot_read(part, name, "corrupt")
                continue
            read.update(streams)
    in_vba = "VBA" in storage or "_VBA_PROJECT" in here
    for stream, data in here.items():
        if stream in read:
            continue
        if stream.startswith("\x05"):
            properties = list(read_properties(data))
            found.text("attachments", part, "\n".join(f"{key}: {value}" for key, value in properties))
            if not storage:
                found.describe(part, properties)
            if properties:
                continue
        source = macro_source(data) if in_vba else b""
        if source:
            found.text("attachments", part, charsets.decode(source))
        elif kinds.container(data):
            inner(data, below(part, stream), "")
        elif stream != "Pictures":
            found.text("attachments", part, strings(data))


def _read_word(found: Found, here: dict[str, bytes], part: str, inner: Inner) -> None:
    shown, deleted = word_text(here, found.budget)
    found.text("attachments", part, shown)
    found.text("attachments", part, deleted)


def _read_workbook(found: Found, here: dict[str, bytes], part: str, inner: Inner) -> None:
    read_biff(found, here["Workbook"], part)


def _read_old_workbook(found: Found, here: dict[str, bytes], part: str, inner: Inner) -> None:
    read_biff(found, here["Book"], part)


def _read_slides(found: Found, here: dict[str, bytes], part: str, inner: Inner) -> None:
    objects: list[bytes] = []
    try:
        document, user = here["PowerPoint Document"], here.get("Current User", b"")
        found.text("attachments", part, slides_text(document, user, found.budget, objects))
    finally:
        for number, data in enumerate(objects, 1):
            found.budget.charge_member()
            inner(data, below(part, f"object {number}"), "")


def _read_native(found: Found, here: dict[str, bytes], part: str, inner: Inner) -> None:
    """A file that was dragged into a document (MS-OLEDS 2.3.6, and what Windows puts in it); else its data as it is."""
    data = here["\x01Ole10Native"]
    title, content = packed_file(data[4:]) or ("", data[4:])
    found.budget.charge_member()
    inner(content, below(part, title or "object"), title)
    if len(content) < len(data) - 4:
        found.text("attachments", part, strings(data[: len(data) - len(content)][:4000]))


_Read = Callable[[Found, dict[str, bytes], str, Inner], None]
_READERS: tuple[tuple[tuple[str, ...], _Read], ...] = (
    (("WordDocument",), _read_word),
    (("Workbook",), _read_workbook),
    (("Book",), _read_old_workbook),
    (("PowerPoint Document",), _read_slides),
    (("\x01Ole10Native",), _read_native),
)
