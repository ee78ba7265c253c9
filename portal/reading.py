"""The message itself: the page around it, and the body in its frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zegel.language import format_size
from zegel.message.view import Attachment, View, content, view

from .body import body_of, frame_heights
from .kinds import badge, kind, previewable, type_of
from .pages import ago
from .reply import BODY_POLICY, reply
from .sanitise import has_remote_pictures
from .site import Site
from .visit import Visit

_BEGINNING = 4096
"""Encoded bytes of a file that tell what it is."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as the page shows it."""

    number: int
    name: str
    kind: str
    size: str
    badge: str
    preview: str


def message(site: Site, visit: Visit) -> Any:
    """Subject, sender, date, body and files."""
    raw = site.access.original(visit.delivery)
    return site.page(
        "message",
        visit,
        **letter(site, visit, raw, site.access.subject(visit.delivery)),
        expires_at=visit.delivery.expires_at,
        original_size=format_size(len(raw), visit.browser.language),
        can_reply=bool(site.replies.addressees(visit.delivery)),
        together=len(site.conversations.entries(visit.delivery)),
    )


def letter(site: Site, visit: Visit, raw: bytes, subject: str | None = None) -> dict[str, Any]:
    """What a page shows of the mail `raw`; `subject` when it is not to be the one that stands in it."""
    seen = view(raw)
    seen = seen if subject is None else replace(seen, subject=subject)
    written = seen.date.timestamp() if seen.date else None
    wide, narrow = frame_heights(seen)
    return {
        "seen": seen,
        "files": files_of(raw, seen, visit.browser.language),
        "written": written,
        "ago": ago(site.clock() - written, visit.browser.language) if written is not None else "",
        "has_body": bool(seen.html.strip() or seen.text.strip()),
        "remote_pictures": has_remote_pictures(seen.html),
        "wide": wide,
        "narrow": narrow,
    }


def body(site: Site, visit: Visit) -> Any:
    """The document in the frame: an origin of its own, without script, that can load nothing."""
    raw = site.access.original(visit.delivery)
    html = body_document(site, raw, view(raw), visit.browser.language)
    return reply(html, policy=BODY_POLICY, secure=site.settings.portal.secure)


def body_document(site: Site, raw: bytes, seen: View, language: str, alone: bool = False) -> str:
    """The body as a document; `alone` when it is to be saved, and has no headers to protect it."""
    policy = BODY_POLICY.partition("; sandbox")[0] if alone else ""
    return site.pages.render("body", language, body=body_of(raw, seen), policy=policy, subject=seen.subject)


def files_of(raw: bytes, seen: View, language: str) -> list[File]:
    """The attachments with their words."""
    return [_file(raw, each, language) for each in seen.attachments]


def true_type(raw: bytes, attachment: Attachment) -> str:
    """What the file is by its beginning and its name; what the mail says about it comes last."""
    part = attachment.part
    beginning = replace(attachment, part=replace(part, end=min(part.end, part.start + _BEGINNING)))
    return type_of(attachment.type, attachment.name, content(raw, beginning))


def _file(raw: bytes, attachment: Attachment, language: str) -> File:
    found = true_type(raw, attachment)
    return File(
        number=attachment.index,
        name=attachment.name,
        kind=kind(found),
        size=format_size(attachment.size, language),
        badge=badge(attachment.name),
        preview=previewable(found),
    )
