"""What a notification takes over from the original: threading headers, the subject, and who wrote it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from zegel.message.mime.headers import addresses, decode_header_value
from zegel.message.mime.tree import Part
from zegel.message.text.safe_names import safe_text
from zegel.notices.brand import Brand
from zegel.notices.mime_writer import field, mailbox, taken_over
from zegel.notices.subject import without_words

THREADING = ("From", "Reply-To", "Date", "Message-ID", "In-Reply-To", "References")
"""The fields that stay as they were, so that threads and replies keep working."""
NAMING = ("From", "Reply-To")
"""Those of them that hold names of people."""


def notification_fields(
    root: Part,
    *,
    recipient: str,
    hide_subject: bool,
    hide_names: bool,
    removed_words: Sequence[str],
    neutral: str,
) -> list[bytes]:
    """The header of a notification about the message `root`, without its MIME fields.

    `neutral` is the subject that takes the place of a sensitive or missing one.
    """
    fields = [
        _bare(name, _raw(root, name)) if hide_names and name in NAMING else taken_over(name, _raw(root, name))
        for name in THREADING
    ]
    subject = b"" if hide_subject else _subject(root, removed_words)
    fields[1:1] = [mailbox("To", recipient), subject or field("Subject", neutral)]
    return fields


def _bare(name: str, value: bytes) -> bytes:
    """The field with the first address of `value` and no name beside it; b"" when there is none."""
    found = addresses(value)
    return mailbox(name, found[0].address) if found else b""


def sender_of(root: Part) -> tuple[str, str]:
    """Name and address of who wrote, as it may be shown; "" for what the mail does not say."""
    for address in addresses(_raw(root, "From")):
        return isolated(safe_text(address.name, 120)), safe_text(address.address, 254)
    return "", ""


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
    raw = _raw(root, "Subject")
    decoded = decode_header_value(raw)
    rest = without_words(decoded, removed_words)
    if not rest.strip():
        return b""
    return taken_over("Subject", raw) if rest == decoded else field("Subject", rest)


def _raw(root: Part, name: str) -> bytes:
    """The raw value of the first field of that name that is not blank."""
    wanted = name.lower()
    for header in root.headers:
        if header.name.strip().lower() == wanted and header.value.strip():
            return header.value
    return b""
