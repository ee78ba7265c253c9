"""A raw mail to all the text in it, whatever it is wrapped in."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace

from zegel.errors import describe
from zegel.figures import Figures
from zegel.message.base import file_types as kinds
from zegel.message.base.found import Budget, File, Found, Kind, Properties, ReadingFailed, Text, Unreadable, Where
from zegel.message.formats import plain as textual
from zegel.message.formats.embedded_text import holds_blobs
from zegel.message.formats.picture import picture_text
from zegel.message.mail_texts import read_mail
from zegel.message.mime.header_texts import looks_like_mail
from zegel.message.mime.transfer import Raw
from zegel.message.mime.tree import Part
from zegel.message.worker_turns import Turns
from zegel.message.workers import Workers
from zegel.settings.model import Limits

log = logging.getLogger(__name__)

__all__ = ["File", "Kind", "Mail", "Properties", "ReadOptions", "Reader", "Text", "Unreadable", "Where"]

_ROOM, _LEAST_ROOM = 4, 1_000_000
"""Characters of text that a mail may give for each of its bytes, and in any case."""
_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/xhtml", "application/ics", "image/svg")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the rules see it."""

    root: Part
    texts: tuple[Text, ...]
    files: tuple[File, ...]
    """Attachments and the members of archives."""
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the policy says about reading. Goes along with each mail, so that a new policy changes none under way."""

    archive_passwords: tuple[str, ...] = ()
    """Tried on what is locked."""
    ocr_seconds: float | None = None
    """Seconds that may go into the text in pictures; None reads none."""


class Reader:
    """Reads mails; owns the worker processes that read their documents. Thread-safe."""

    def __init__(
        self,
        limits: Limits,
        workers: int,
        options: ReadOptions = ReadOptions(),
        turns: Turns | None = None,
        figures: Figures | None = None,
    ) -> None:
        """`options` are for mails that are read without options of their own; `turns` and `figures` as in Workers."""
        self._options = options
        self._limits = limits
        self._workers = Workers(workers, limits.worker_memory, turns=turns, figures=figures)

    def start(self) -> None:
        """Start the worker processes; without it the first document does."""
        self._workers.start()

    def close(self) -> None:
        """End the worker processes."""
        self._workers.close()

    def read(self, raw: Raw, options: ReadOptions | None = None, whose: str = "") -> Mail:
        """Everything in a mail; what cannot be read is `unreadable`. `whose` as in Workers.

        Raises ReadingFailed when the fault is not the mail's: then nobody knows what is in it.
        """
        found = self._nothing_yet(options)
        found.room = _ROOM * len(raw) + _LEAST_ROOM
        try:
            root = read_mail(raw, found, _Opener(self._workers, found, whose).open)
        except ReadingFailed:
            raise
        except Exception as error:
            # No known mail comes here; should one, it must not pass unread.
            log.error("a mail could not be read: %s", describe(error))
            raise ReadingFailed from None
        return _mail(root, found)

    def read_document(self, data: bytes, name: str, options: ReadOptions | None = None) -> Mail:
        """Everything in one file that is not a mail; its path is "1". Raises ReadingFailed."""
        found = self._nothing_yet(options)
        _Opener(self._workers, found, "documents").open(data, "1", name, "", 1)
        return _mail(Part("1", (), 0, len(data), "application/octet-stream", {}, "", name, "", ""), found)

    def _nothing_yet(self, options: ReadOptions | None) -> Found:
        limits, options = self._limits, options or self._options
        budget = Budget(limits.unpacked, limits.members, limits.depth, seconds=limits.seconds, ocr=options.ocr_seconds)
        return Found(budget, passwords=options.archive_passwords)


def _mail(root: Part, found: Found) -> Mail:
    return Mail(root, tuple(found.texts), tuple(found.files), tuple(found.unreadable))


class _Opener:
    """Reads the files of one mail: text and pictures here, documents in a worker, equal ones once."""

    def __init__(self, workers: Workers, found: Found, whose: str) -> None:
        self._workers = workers
        self._whose = whose
        self._found = found
        self._known: dict[bytes, tuple[str, Found]] = {}

    def open(self, data: bytes, part: str, name: str, declared: str, depth: int) -> None:
        """Read one file into what was found."""
        found = self._found
        picture = kinds.picture(data)
        if picture and found.budget.ocr is None:
            found.file(part, name, picture, len(data))
            found.text("attachments", part, picture_text(data), "properties")
            return
        if not data:
            found.file(part, name, declared or "application/x-empty", 0)
            return
        is_mail = name.lower().endswith((".eml", ".mht", ".mhtml")) or looks_like_mail(data)
        if not is_mail and not holds_blobs(data) and textual.read_textual(found, data, part, name, declared):
            return
        digest = hashlib.blake2b(data, digest_size=32).digest()
        if digest in self._known:
            self._again(*self._known[digest], part, name)
            return
        seen = self._workers.read(data, part, name, declared, depth, found, self._whose)
        found.budget = replace(seen.budget)
        if not seen.files:
            seen.file(part, name, declared or "application/octet-stream", len(data))
        self._known[digest] = part, seen
        self._add(seen)

    def _again(self, first: str, seen: Found, part: str, name: str) -> None:
        """What was found in an equal file, under the path and name of this one."""

        def moved(path: str) -> str:
            return part + path[len(first) :]

        self._found.file(part, name, seen.files[0].type, seen.files[0].size)
        self._found.describe(part, seen.files[0].properties)
        for text in seen.texts:
            if not (text.where == "filenames" and text.part == first):
                self._found.texts.append(replace(text, part=moved(text.part)))
        self._found.files += [replace(file, part=moved(file.part)) for file in seen.files[1:]]
        for item in seen.unreadable:
            title = name if item.part == first else item.name
            self._found.unreadable.append(Unreadable(moved(item.part), title, item.kind))

    def _add(self, seen: Found) -> None:
        self._found.texts += seen.texts
        self._found.files += seen.files
        self._found.unreadable += seen.unreadable
