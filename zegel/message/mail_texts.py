"""Everything that a mail says: subject, headers, body, the text around the parts, and its files by way of `opener`.

Used by the milter for the mail itself, and in the workers for mails inside of files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import re2

from zegel.message.base import file_types as kinds
from zegel.message.base.file_types import is_cms
from zegel.message.base.found import Exceeded, Found, Where
from zegel.message.formats import cms
from zegel.message.formats import embedded_text as blobs
from zegel.message.formats.archive import below
from zegel.message.formats.plain import keep, strings
from zegel.message.mime import transfer
from zegel.message.mime import tree as mime
from zegel.message.mime.headers import LONGEST_DECODED, decode_header_value
from zegel.message.mime.transfer import Raw
from zegel.message.mime.tree import Part
from zegel.message.text import charset as charsets
from zegel.message.text import markup

Opener = Callable[[bytes, str, str, str, int], None]
"""Reads a file: its bytes, its path, its name, its declared type, its depth (1 for a file of the mail itself)."""

_TRACE = frozenset(
    b"received dkim-signature return-path message-id references in-reply-to date mime-version content-type"
    b" content-transfer-encoding content-disposition content-id content-length lines authentication-results"
    b" received-spf domainkey-signature x-google-dkim-signature x-received delivered-to x-original-to list-id"
    b" thread-index x-ms-exchange-antispam-messagedata x-microsoft-antispam x-microsoft-antispam-message-info"
    b" x-forefront-antispam-report x-ms-exchange-crosstenant-id x-spam-status".decode().split()
)
"""Headers written by machines about the way of the mail; their ids are full of digits that mean nothing."""

_PLAIN_PARAMETERS = {"charset", "boundary", "format", "delsp", "name", "type", "start", "protocol", "micalg",
                     "filename", "size", "method", "report-type", "reply-type", "differences"}  # fmt: skip
_MAIL_START = re.compile(
    rb"(?:From |(?:Received|Return-Path|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version|"
    rb"Content-[\w-]{1,60}|X-[\w-]{1,60}):)[^\n]{0,2000}\n(?:[ \t][^\n]{0,2000}\n){0,50}[\w-]{1,76}:",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"[A-Za-z][\w-]{0,60}:")
_MAX_OTHER_READINGS = 64
_LONG_HEADER = 500
"""Bytes of a Content- header above which it holds more than a boundary and a name."""
_MAX_UUENCODED = 100
_MAYBE_UUENCODED = re2.compile(rb"begin [0-7]")
"""Whether it is worth looking. RE2 finds a word many times as fast as `in`, which looks at every letter."""
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{0,200})\r?\n", re.MULTILINE)


def looks_like_mail(data: bytes) -> bool:
    """Whether a file starts with the headers of a mail."""
    return bool(_MAIL_START.match(data))


def read_mail(
    raw: Raw, found: Found, opener: Opener, *, prefix: str = "", depth: int = 0, start: int = 0, end: int | None = None
) -> Part:
    """Read the mail in raw[start:end] into `found`; `prefix` is the path of the part that holds a nested mail."""
    return _Reading(raw, found, opener, prefix, depth).whole(start, end)


class _Reading:
    """One mail being read."""

    def __init__(self, raw: Raw, found: Found, opener: Opener, prefix: str, depth: int, *, shown: bool = False) -> None:
        """`shown`: what is nested at `prefix` is shown as the mail itself."""
        self.raw = raw
        self.found = found
        self.opener = opener
        self.prefix = prefix
        self.depth = depth
        self.shown = shown or not prefix
        self.other_readings_left = _MAX_OTHER_READINGS
        self.seen: set[tuple[int, int, str, str, str]] = set()

    def whole(self, start: int = 0, end: int | None = None) -> Part:
        """Read all of the mail in raw[start:end]; its tree of parts."""
        root = mime.parse(self.raw, start, end)
        self.headers_of_mail(root)
        self.tree(root)
        return root

    def place(self, part: Part) -> str:
        return below(self.prefix, part.path) if self.prefix else part.path

    def where(self, where: Where) -> Where:
        """Whatever is in a nested mail is in an attachment."""
        return where if self.shown or where == "filenames" else "attachments"

    def headers_of_mail(self, root: Part) -> None:
        """The subject by itself, the other headers as one text, a line each."""
        subjects, lines = [], []
        for header in root.headers:
            name = header.name.lower()
            if len(header.value) > LONGEST_DECODED and b"=?" in header.value:
                self.found.cannot_read(self.prefix, "", "limit")
            if name == "subject":
                subjects.append(decode_header_value(header.value))
            elif name not in _TRACE and not name.startswith("arc-"):
                lines.append(f"{header.name}: {decode_header_value(header.value)}")
        self.found.text(self.where("subject"), self.prefix, "\n".join(subjects))
        self.found.text(self.where("headers"), self.prefix, "\n".join(lines))

    def tree(self, root: Part) -> None:
        """All parts; and where fields contradict each other, the parts as others read them."""
        for part in root.walk():
            self.part(part, root)
            for other in mime.other_readings(self.raw, part):
                self.other_readings_left -= 1
                if self.other_readings_left < 0:
                    self.found.cannot_read(self.place(part), part.filename, "limit")
                    return
                for reread in other.walk():
                    self.part(reread, root)

    def part(self, part: Part, root: Part) -> None:
        """One part without its children."""
        key = (part.start, part.end, part.encoding, part.content_type, part.parameters.get("charset", ""))
        if key in self.seen:
            return
        self.seen.add(key)
        extra = list(self.unusual(part, root))
        if extra:
            self.found.text(self.where("headers"), self.place(part), "\n".join(extra))
        for start, end in part.outside:
            self.found.bytes_of_text(self.where("body"), self.place(part), self.raw[start:end])
        if not part.children:
            self.leaf(part)

    def unusual(self, part: Part, root: Part) -> Iterator[str]:
        """What the headers of a part say beyond the ordinary."""
        if part is not root:
            for header in part.headers:
                if header.name.lower() not in _TRACE:
                    yield f"{header.name}: {decode_header_value(header.value)}"
        for header in part.headers:
            if len(header.value) > _LONG_HEADER and header.name.lower().startswith("content-"):
                yield decode_header_value(header.value)
        for name, value in part.parameters.items():
            if name not in _PLAIN_PARAMETERS:
                yield f"{name}: {value}"

    def leaf(self, part: Part) -> None:
        """The content of a part: body, nested mail, or file."""
        found, place = self.found, self.place(part)
        if part.beyond:
            found.cannot_read(place, part.filename, "limit")
        if part.content_type.startswith("message/"):
            self.nested(part, place)
            return
        if part.content_type.startswith("multipart/"):
            self.encoded_multipart(part, place)
            return
        data = mime.decoded(self.raw, part)
        name = part.parameters.get("name", "")
        if name and name != part.filename:
            found.text("filenames", place, name)
        if not part.is_body:
            self.file(part, place, data)
            return
        if kinds.container(data):
            self.file(replace(part, content_type="application/octet-stream"), place, data)
        self.body(part, place, data)

    def encoded_multipart(self, part: Part, place: str) -> None:
        """A multipart without parts: its text; and its parts when they are encoded, which no mail may do."""
        data = mime.decoded(self.raw, part)
        self.body(part, place, data)
        if part.encoding in ("base64", "quoted-printable") and self.depth + 1 < self.found.budget.depth:
            whole = b"Content-Type:" + part.raw_header("content-type") + b"\r\n\r\n" + data
            _Reading(whole, self.found, self.opener, place, self.depth + 1, shown=self.shown).whole()

    def body(self, part: Part, place: str, data: bytes) -> None:
        """The text of a body part, in each charset that somebody may show it in."""
        charset = part.parameters.get("charset", "")
        if part.content_type == "text/html":
            for text in charsets.readings(data, charset):
                self.found.text(self.where("body"), place, markup.html_text(text))
        else:
            self.found.bytes_of_text(self.where("body"), place, data, charset)
        if _MAYBE_UUENCODED.search(data):
            self.uuencoded(data, place)
        if part.content_type == "text/html" and blobs.html_holds_blobs(data):
            for content in blobs.blobs(data):
                self.opener(content, place, "", "", self.depth + 1)
        elif b"-----BEGIN PGP MESSAGE-----" in data:
            self.found.cannot_read(place, part.filename, "encrypted")

    def uuencoded(self, data: bytes, place: str) -> None:
        """Files written into the body itself, as mail programs did before MIME and some still show."""
        position = 0
        for _ in range(_MAX_UUENCODED):
            match = _UUENCODED.search(data, position)
            if match is None:
                return
            end = data.find(b"\nend", match.end())
            position = end if end >= 0 else len(data)
            content = transfer.uuencoded(data[match.end() : position])
            if content:
                self.opener(content, place, charsets.decode(match[1]), "", self.depth + 1)

    def nested(self, part: Part, place: str) -> None:
        """A mail in the mail: read where it stands when it is not encoded, else decoded."""
        found = self.found
        size = part.end - part.start
        found.file(place, part.filename, part.content_type, size)
        if self.depth + 1 >= found.budget.depth:
            found.cannot_read(place, part.filename, "limit")
            found.bytes_of_text("attachments", place, mime.decoded(self.raw, part))
        elif part.encoding in ("base64", "quoted-printable", *transfer.UUENCODINGS):
            read_mail(mime.decoded(self.raw, part), found, self.opener, prefix=place, depth=self.depth + 1)
        else:
            read_mail(self.raw, found, self.opener, prefix=place, depth=self.depth + 1, start=part.start, end=part.end)

    def smime(self, part: Part, place: str, data: bytes) -> bool:
        """A part that S/MIME wraps: what is signed is read where it stands; False for a signature by itself."""
        found = self.found
        try:
            envelope = cms.opened(data, found.budget)
        except ValueError:
            return False
        except Exceeded as exceeded:
            found.file(place, part.filename, part.content_type, len(data))
            found.cannot_read(place, part.filename, exceeded.kind)
            return True
        if envelope.kind != "encrypted" and not envelope.content:
            return False
        found.file(place, part.filename, "application/pkcs7-mime", len(data))
        found.text("attachments", place, strings(data[len(envelope.content) :]))
        if envelope.kind == "encrypted":
            found.cannot_read(place, part.filename, "encrypted")
        elif self.depth + 1 >= found.budget.depth:
            found.cannot_read(place, part.filename, "limit")
        elif _FIELD.match(envelope.content):
            inner = _Reading(envelope.content, found, self.opener, place, self.depth + 1, shown=self.shown)
            inner.whole()
        else:
            self.opener(envelope.content, below(place, "content"), "", "", self.depth + 1)
        return True

    def file(self, part: Part, place: str, data: bytes) -> None:
        """An attachment. Text is read here; signatures are only looked through; the rest goes to the opener."""
        found, kind = self.found, part.content_type
        if is_cms(data) and self.smime(part, place, data):
            return
        if kind.endswith(("pkcs7-signature", "pgp-signature", "pgp-keys")):
            found.file(place, part.filename, kind, len(data))
            found.text("attachments", place, strings(data))
        elif kind.startswith("text/") and kinds.is_text(data):
            found.file(place, part.filename, kind, len(data))
            charset = kinds.wide(data[:65_536]) or part.parameters.get("charset", "")
            keep(found, place, data, charset, kind)
        else:
            self.opener(data, place, part.filename, kind, self.depth + 1)
        if kind.endswith(("pkcs7-mime", "pgp-encrypted")) and "signed" not in part.parameters.get("smime-type", ""):
            found.cannot_read(place, part.filename, "encrypted")
