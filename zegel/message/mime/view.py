"""A mail as its recipient sees it: who, when, what it says, which files come with it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from zegel.message.mime import flowed, transfer
from zegel.message.mime import tree as mime
from zegel.message.mime.headers import Address, addresses
from zegel.message.mime.transfer import Raw
from zegel.message.mime.tree import Part
from zegel.message.text import markup
from zegel.message.text.safe_names import safe_name, safe_text

_SIMPLE = {"multipart/mixed", "multipart/alternative", "multipart/related", "multipart/report"}
_MOST_ATTACHMENTS = 1000
_MOST_ADDRESSES = 2000
_PGP_TEXT = ("-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP MESSAGE-----")
_CID = re.compile(r"""\bcid:([^\s"'<>)]{1,300})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail."""

    index: int
    """Counts from 1, over all files of the mail, inline pictures included."""
    part: Part
    name: str
    """Safe to show and to save: never a path, "file-1.pdf" when the mail gives none."""
    type: str
    """As the mail declares it; do not act on it without looking at the content."""
    size: int
    """Bytes, decoded."""


@dataclass(frozen=True, slots=True)
class View:
    """What a recipient sees; texts of the header are safe for display, `text` and `html` are the sender's own."""

    subject: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    """With a time zone (UTC where the mail names none)."""
    text: str
    """The plain text, or what the HTML says when there is no other."""
    html: str
    """The HTML, NOT sanitised; "" when the mail has none."""
    inline: dict[str, Attachment]
    """Pictures that the HTML shows, by content-id."""
    attachments: tuple[Attachment, ...]
    """All other files, in the order of the mail."""
    simple: bool
    """Whether body and files can be parted: not so when a signature covers both, or the shape is unknown."""
    sealed: bool
    """Whether the sender signed or encrypted it (S/MIME, OpenPGP); a signed file in it does not count."""


def view(raw: Raw) -> View:
    """The mail in `raw` as its recipient sees it; never raises."""
    root = mime.parse(raw)
    text, shown = _body(raw, root, 0)
    files = _files(raw, root)
    mentioned = {match[1].lower() for match in _CID.finditer(markup.entities(_bounded(shown)))}
    inline = {
        file.part.content_id: file
        for file in files
        if file.part.content_id.lower() in mentioned and file.type.startswith("image/")
    }
    pictures = {file.index for file in inline.values()}
    return View(
        subject=safe_text(root.header("subject")),
        sender=next(iter(_addresses(root, "from")), Address("", "")),
        to=_addresses(root, "to"),
        cc=_addresses(root, "cc"),
        date=_date(root.header("date")),
        text=text or markup.visible_text(shown),
        html=shown,
        inline=inline,
        attachments=tuple(file for file in files if file.index not in pictures),
        simple=_is_simple(root),
        sealed=_is_sealed(root) or text.lstrip().startswith(_PGP_TEXT),
    )


def content(raw: Raw, attachment: Attachment) -> bytes:
    """The file's bytes, exactly as its part decodes."""
    return mime.decoded(raw, attachment.part)


def _bounded(source: str) -> str:
    """Enough of the HTML to find its pictures; more would only cost time."""
    return source[:5_000_000]


def _body(raw: Raw, part: Part, depth: int) -> tuple[str, str]:
    """The body below `part` as plain text and as HTML, each "" when there is none."""
    if not part.children:
        if not part.is_body:
            return "", ""
        text = _clean(mime.part_text(raw, part))
        if part.content_type == "text/html":
            return "", text
        return (flowed.unflowed(text, part.parameters) if flowed.is_flowed(part.parameters) else text), ""
    bodies = [_body(raw, child, depth + 1) for child in part.children]
    if part.content_type == "multipart/alternative":
        plain = [text for text, shown in bodies if text and not shown] or [text for text, _ in bodies if text]
        rich = [shown for _, shown in bodies if shown]
        return (plain[0] if plain else ""), (rich[-1] if rich else "")
    bodies = [body for body in bodies if any(body)]
    if len(bodies) == 1:
        return bodies[0]
    plain = [text or markup.visible_text(shown) for text, shown in bodies]
    if not any(shown for _, shown in bodies):
        return "\n\n".join(plain), ""
    return "\n\n".join(plain), "\n".join(shown or _preformatted(text) for text, shown in bodies)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "")


def _preformatted(text: str) -> str:
    return f'<div style="white-space: pre-wrap">{html.escape(text)}</div>'


def _files(raw: Raw, root: Part) -> list[Attachment]:
    """Every leaf that is not body, in the order of the mail."""
    files: list[Attachment] = []
    for part in root.walk():
        if part.children or part.is_body or len(files) >= _MOST_ATTACHMENTS:
            continue
        index = len(files) + 1
        size = transfer.decoded_size(raw[part.start : part.end], part.encoding)
        name = safe_name(part.filename or _own_title(raw, part), index, part.content_type)
        files.append(Attachment(index, part, name, safe_text(part.content_type, 100), size))
    return files


def _own_title(raw: Raw, part: Part) -> str:
    """A nested mail without a file name goes by its subject."""
    if part.content_type != "message/rfc822" or part.encoding not in ("", "7bit", "8bit", "binary"):
        return ""
    subject = safe_text(mime.parse(raw, part.start, min(part.end, part.start + 20_000)).header("subject"), 100)
    return f"{subject}.eml" if subject else ""


def _addresses(root: Part, name: str) -> tuple[Address, ...]:
    found = addresses(root.raw_header(name))[:_MOST_ADDRESSES]
    return tuple(Address(safe_text(one.name, 200), safe_text(one.address, 320)) for one in found)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value[:200])
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        date.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
    return date


def _is_simple(root: Part) -> bool:
    """Only shapes whose body can stand without its files, of which something is body, and that hide nothing."""
    parts = list(root.walk())
    for part in parts:
        if part.beyond:
            return False
        if part.content_type.startswith("multipart/") and (part.content_type not in _SIMPLE or not part.children):
            return False
        if part.content_type.startswith("application/") and part.content_type.endswith(
            ("pkcs7-mime", "pkcs7-signature", "pgp-encrypted", "pgp-signature")
        ):
            return False
    return any(part.is_body for part in parts)


def _is_sealed(root: Part) -> bool:
    """By the shapes of RFC 8551 and RFC 3156, also when a mail server or a list wrapped something around them."""
    for part in root.walk():
        kind = part.content_type.replace("/x-", "/")
        if kind in ("multipart/signed", "multipart/encrypted", "application/pgp-encrypted"):
            return True
        named = part.filename.lower()
        if kind == "application/pkcs7-mime" and (part is root or named in ("", "smime.p7m")):
            return True
        if kind == "application/pkcs7-signature" and named in ("", "smime.p7s"):
            return True
    return False


__all__ = ["Address", "Attachment", "View", "content", "view"]
