"""Everything that a mail says: subject, headers, body, the text around the parts, and its files by way of `opener`.

Used by the milter for the mail itself, and in the workers for mails inside of files.
"""

from __future__ import annotations

import re
from dataclasses import replace

from zegel.message.base import file_types as kinds
from zegel.message.base.file_types import is_cms
from zegel.message.base.found import Exceeded, Found, Opener, Where
from zegel.message.encoded_texts import EncodedTexts
from zegel.message.formats import cms
from zegel.message.formats import embedded_text as blobs
from zegel.message.formats.archive import below
from zegel.message.formats.plain import keep, strings
from zegel.message.formats.undeclared import holds_files
from zegel.message.mime import second_reading, transfer
from zegel.message.mime import tree as mime
from zegel.message.mime.decoded_range import coding_of
from zegel.message.mime.header_texts import TRACE, looks_like_mail, other_names, unusual
from zegel.message.mime.headers import LONGEST_DECODED, decode_header_value
from zegel.message.mime.transfer import Raw
from zegel.message.mime.tree import Part
from zegel.message.text import charset as charsets
from zegel.message.text import markup
from zegel.message.text.body_readings import in_clear, other_texts

_FIELD = re.compile(rb"[A-Za-z][\w-]{0,60}:")
_RETURN = re.compile(rb"\r(?!\n)")
_MOST_LOOKED_AT = 20
_MAX_OTHER_READINGS = 200
_HEAD = 4000
_AS_IT_IS = ("7bit", "8bit", "binary")


def read_mail(
    raw: Raw,
    found: Found,
    opener: Opener,
    *,
    prefix: str | None = None,
    depth: int = 0,
    start: int = 0,
    end: int | None = None,
) -> Part:
    """Read the mail in raw[start:end] into `found`; `prefix` is the path of the part that holds a nested mail.

    "" is the part that the mail itself is: a mail may stand between its parts.
    """
    return _Reading(raw, found, opener, prefix, depth).whole(start, end)


class _Reading:
    """One mail being read."""

    def __init__(
        self, raw: Raw, found: Found, opener: Opener, prefix: str | None, depth: int, *, shown: bool = False
    ) -> None:
        """`shown`: what is nested at `prefix` is shown as the mail itself."""
        self.raw = raw
        self.found = found
        self.opener = opener
        self.prefix = prefix or ""
        self.nested_mail = prefix is not None
        self.depth = depth
        self.shown = shown or prefix is None
        self.other_readings_left = _MAX_OTHER_READINGS
        self.other_parser = mime.Parser(raw)
        self.seen: set[tuple[int, int, str, str, str]] = set()
        self.encoded = EncodedTexts(found, opener, self.where("body"), depth)
        self.of_returns = False
        """Whether this is a reading in which a carriage return by itself ends a line."""

    def whole(self, start: int = 0, end: int | None = None) -> Part:
        """Read all of the mail in raw[start:end]; its tree of parts."""
        root = mime.parse(self.raw, start, end)
        self.headers_of_mail(root)
        self.tree(root)
        if not self.of_returns and any(_RETURN.search(header.value) for header in root.headers[:_MOST_LOOKED_AT]):
            lines = self.raw[root.headers[0].start : root.end].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            prefix = self.prefix if self.nested_mail else None
            other = _Reading(lines, self.found, self.opener, prefix, self.depth, shown=self.shown)
            other.of_returns = True
            other.whole()
        return root

    def place(self, part: Part) -> str:
        return below(self.prefix, part.path) if self.nested_mail else part.path

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
            elif name not in TRACE:
                lines.append(f"{header.name}: {decode_header_value(header.value)}")
        self.found.text(self.where("subject"), self.prefix, "\n".join(subjects))
        self.found.text(self.where("headers"), self.prefix, "\n".join(lines))

    def tree(self, root: Part) -> None:
        """All parts; and where fields contradict each other, the parts as others read them."""
        for part in root.walk():
            self.part(part, root)
            before = len(self.found.texts)
            self.other_readings(part, root)
            if part.is_body or part.content_type.startswith("multipart/"):
                self.belongs_to_the_body(before)

    def other_readings(self, part: Part, root: Part) -> None:
        """The part as others read it, and what is in it then."""
        for other in second_reading.other_readings(self.other_parser, part, root.end):
            self.other_readings_left -= 1
            if self.other_readings_left < 0:
                self.found.cannot_read(self.place(part), part.filename, "limit")
                return
            for reread in other.walk():
                if self.part(reread, root):
                    self.other_readings(reread, root)

    def belongs_to_the_body(self, before: int) -> None:
        """Say of the texts since `before` that they stand in the body: holding a file back would not hold them back."""
        if self.shown:
            texts = self.found.texts
            texts[before:] = [
                replace(text, where="body") if text.where == "attachments" else text for text in texts[before:]
            ]

    def part(self, part: Part, root: Part) -> bool:
        """One part without its children; False when it was read before."""
        key = (part.start, part.end, part.encoding, part.content_type, part.parameters.get("charset", ""))
        if key in self.seen:
            return False
        self.seen.add(key)
        extra = list(unusual(part, is_root=part is root))
        if extra:
            self.found.text(self.where("headers"), self.place(part), "\n".join(extra))
        for start, end in part.outside:
            self.found.bytes_of_text(self.where("body"), self.place(part), self.raw[start:end])
            self.undeclared(part, self.place(part), self.raw[start:end])
        if not part.children:
            before = len(self.found.texts)
            self.leaf(part)
            if part.is_body:
                self.belongs_to_the_body(before)
        return True

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
        if part.encoding and part.encoding not in _AS_IT_IS:
            self.wrongly_declared(part, place)
        for name in other_names(part):
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
        if not kinds.is_text(data):
            self.file(replace(part, content_type="application/octet-stream"), place, data)
            return
        self.body(part, place, data)
        if part.encoding in ("base64", "quoted-printable") and self.depth + 1 < self.found.budget.depth:
            whole = b"Content-Type:" + part.raw_header("content-type") + b"\r\n\r\n" + data
            _Reading(whole, self.found, self.opener, place or None, self.depth + 1, shown=self.shown).whole()

    def body(self, part: Part, place: str, data: bytes) -> None:
        """The text of a body part, in each charset that somebody may show it in."""
        charset = (kinds.wide(data[:_HEAD]) if b"\0\0" in data[:_HEAD] else "") or part.parameters.get("charset", "")
        if charsets.is_foreign(data, charset):
            self.found.cannot_read(place, part.filename, "unsupported")
        if b"\0" in data[:_HEAD] and not kinds.is_text(data) and charsets.covers_ascii(charset):
            if data.count(b"\0") * 4 > len(data):
                self.found.text(self.where("body"), place, strings(data))
                return
            data = data.replace(b"\0", b"")  # nobody sees them
        if part.content_type == "text/html":
            for text in charsets.readings(data, charset):
                self.found.text(self.where("body"), place, markup.html_text(text))
        else:
            self.found.bytes_of_text(self.where("body"), place, data, charset)
            for text in other_texts(data, charset):
                self.found.text(self.where("body"), place, text)
        self.undeclared(part, place, data)
        if part.content_type == "text/html" and blobs.html_holds_blobs(data):
            for content in blobs.blobs(data):
                self.opener(content, place, "", "", self.depth + 1)

    def wrongly_declared(self, part: Part, place: str) -> None:
        """What else the encoded body of a part can be: something stands before, between or instead of the encoding."""
        raw = self.raw[part.start : part.end]
        is_base64 = part.encoding == "base64"
        wrong = coding_of(raw, 0, "base64").how != "lines" if is_base64 else holds_files(raw)
        if wrong:
            self.undeclared(part, place, raw)
            if is_base64:
                self.found.bytes_of_text(self.where("body" if part.is_body else "attachments"), place, in_clear(raw))

    def undeclared(self, part: Part, place: str, data: bytes) -> None:
        """What is encoded in a text though nothing says so."""
        self.encoded.read(part, place, data)

    def nested(self, part: Part, place: str) -> None:
        """A mail in the mail: read where it stands when it is not encoded, else decoded."""
        found = self.found
        size = part.end - part.start
        found.file(place, part.filename, part.content_type, size)
        if part.content_type == "message/partial":  # the rest is in other mails
            found.cannot_read(place, part.filename, "unsupported")
            self.undeclared(part, place, mime.decoded(self.raw, part))
        if self.depth + 1 >= found.budget.depth:
            found.cannot_read(place, part.filename, "limit")
            found.bytes_of_text("attachments", place, mime.decoded(self.raw, part))
        elif part.encoding in ("base64", "quoted-printable", *transfer.UUENCODINGS):
            data = mime.decoded(self.raw, part)
            if kinds.container(data):
                self.opener(data, place, part.filename, "", self.depth + 1)
            read_mail(data, found, self.opener, prefix=place, depth=self.depth + 1)
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
            if charsets.is_foreign(data, charset):
                found.cannot_read(place, part.filename, "unsupported")
            keep(found, place, data, charset, kind)
            self.undeclared(part, place, data)
        else:
            self.opener(data, place, part.filename, kind, self.depth + 1)
            if (kinds.is_text(data) and not looks_like_mail(data)) or holds_files(data[:_HEAD]):
                self.undeclared(part, place, data)
        if kind.endswith(("pkcs7-mime", "pgp-encrypted")) and "signed" not in part.parameters.get("smime-type", ""):
            found.cannot_read(place, part.filename, "encrypted")
