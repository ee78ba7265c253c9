"""What a notification takes over from the original: threading headers, the subject, and who wrote it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from zegel.message.mime.headers import decode_header_value
from zegel.message.mime.tree import Part
from zegel.notices.brand import Brand
from zegel.notices.mime_writer import field, mailbox, taken_over
from zegel.notices.speaker import Speaker, from_fields, marks, name_of_author, raw_field
from zegel.notices.subject import without_words

THREADING = ("Date", "Message-ID", "In-Reply-To", "References")
"""The fields that stay as they were, so that threads keep working."""


def notification_fields(
    root: Part,
    *,
    recipient: str,
    hide_subject: bool,
    hide_names: bool,
    removed_words: Sequence[str],
    neutral: str,
    speaker: Speaker,
    via: str,
    again: bool = False,
) -> list[bytes]:
    """The header of a notification about the message `root`, without its MIME fields.

    `neutral` is the subject that takes the place of a sensitive or missing one, `via` the organisation's name in From
    when it speaks for somebody else. A mail server may drop what has a Message-ID that it knows, and with it the only
    link that still works: a notification that comes `again` has neither the Message-ID nor the date of the original.
    """
    from_, *others = from_fields(root, speaker, via, hide_names=hide_names)
    subject = b"" if hide_subject else _subject(root, removed_words)
    threading = _following(root) if again else [taken_over(name, raw_field(root, name)) for name in THREADING]
    to = [mailbox("To", recipient), subject or field("Subject", neutral)]
    return [from_, *to, *others, *threading, *marks(root, hide_names=hide_names)]


def _following(root: Part) -> list[bytes]:
    """In-Reply-To and References of a mail that follows the original in its thread (RFC 5322, 3.6.4)."""
    own = raw_field(root, "Message-ID").strip()
    before = (raw_field(root, "References") or raw_field(root, "In-Reply-To")).rstrip()
    if not own:
        return [taken_over(name, raw_field(root, name)) for name in ("In-Reply-To", "References")]
    return [taken_over("In-Reply-To", b" " + own), taken_over("References", before + b"\r\n " + own)]


def sender_of(root: Part, speaker: Speaker, via: Callable[[str], str]) -> tuple[str, str]:
    """Name and address of who wrote, as it may be shown; "" for what the mail does not say."""
    name, address = name_of_author(root, speaker, via)
    return isolated(name), address


def isolated(text: str) -> str:
    """`text` such that right-to-left writing in it leaves the sentence around it in order (Unicode UAX 9)."""
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def wrote(_: Callable[[str], str], brand: Brand, sender: tuple[str, str]) -> str:
    """Who wrote, for use in a sentence: 'Anna de Vries of Clinic North'."""
    name = sender[0] or sender[1]
    if not name:
        return brand.name
    if brand.name.casefold() in name.casefold():
        return name
    return _("%(sender)s of %(organisation)s") % {"sender": name, "organisation": brand.name}


def _subject(root: Part, removed_words: Sequence[str]) -> bytes:
    raw = raw_field(root, "Subject")
    decoded = decode_header_value(raw)
    rest = without_words(decoded, removed_words)
    if not rest.strip():
        return b""
    return taken_over("Subject", raw) if rest == decoded else field("Subject", rest)
