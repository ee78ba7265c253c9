"""What is encoded in the texts of one mail though nothing says so: files, and texts that may hold more of them."""

from __future__ import annotations

import hashlib

import re2

from zegel.message.base import file_types as kinds
from zegel.message.base.found import Found, Opener, Where
from zegel.message.formats.plain import keep
from zegel.message.formats.undeclared import undeclared
from zegel.message.mime.header_texts import looks_like_mail
from zegel.message.mime.tree import Part

ARMOUR = b"-----BEGIN PGP MESSAGE-----"
_BYTEWISE = re2.Options()
_BYTEWISE.encoding = re2.Options.Encoding.LATIN1
_ARMOUR = re2.compile(ARMOUR, _BYTEWISE)
"""RE2 seeks a fixed string many times as fast as `in` does."""
_MOST_FILES = 100
"""Files in one mail that are taken out of its texts."""
_DEEPEST = 3
"""Texts inside each other."""


class EncodedTexts:
    """Reads each content once, however often it occurs in the mail."""

    def __init__(self, found: Found, opener: Opener, where: Where, depth: int) -> None:
        """`where` its texts count as; `depth` of the mail itself."""
        self._found, self._opener, self._where, self._depth = found, opener, where, depth
        self._files_left = _MOST_FILES
        self._seen: set[bytes] = set()

    def read(self, part: Part, place: str, data: bytes, times: int = 0) -> None:
        """Read what is encoded in `data`, a text of `part`; `times`: how often it was decoded already."""
        found = self._found
        if _ARMOUR.search(data):
            found.cannot_read(place, part.filename, "encrypted")
        for item in undeclared(data, markup=part.content_type == "text/html"):
            digest = hashlib.blake2b(item.data, digest_size=32).digest()
            if digest in self._seen:
                continue
            self._seen.add(digest)
            if item.name:
                found.text("filenames", place, item.name)
            if kinds.is_text(item.data) and not looks_like_mail(item.data):
                keep(found, place, item.data, "", part.content_type if item.whole else "", self._where)
                if times < _DEEPEST:
                    self.read(part, place, item.data, times + 1)
                continue
            self._files_left -= 1
            if self._files_left < 0:
                found.cannot_read(place, part.filename, "limit")
                return
            self._opener(item.data, place, item.name, "", self._depth + 1)
