"""All that a recipient and the organisation wrote each other in one thread, and their own replies to look at again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zegel.conversations.conversations import Entry
from zegel.message.mime.view import content, view
from zegel.vault.keyring import KeyGone
from zegel_portal.files.file_names import attachment_header
from zegel_portal.files.file_types import download_type
from zegel_portal.http.visit import Visit
from zegel_portal.mail.opened_mails import Outline
from zegel_portal.site.pages import ago
from zegel_portal.site.site import Site
from zegel_portal.views.message import File, body_document, letter, shown_file, true_type
from zegel_portal.views.reply import kept_form
from zegel_web.numbers import row_number
from zegel_web.responses import BODY_POLICY, reply

LARGEST_LOOKED_AT = 4_000_000
"""Bytes of a message whose first words and files a list tells."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A message or reply as the page shows it."""

    entry: Entry
    closed: bool
    """Whether it takes more than this browser has opened."""
    at: str
    """The address below which its text and files are, "" when they are not shown."""
    page: str
    """Where it has a page of its own."""
    outline: Outline | None
    """What is in it; None for what was not opened yet, or is too large to be looked at for a list."""
    files: tuple[File, ...] = ()


def conversation(site: Site, visit: Visit) -> Any:
    """The messages and replies of a thread with their texts, oldest first, some twenty at a time."""
    query = visit.browser.query
    page = site.conversations.page(
        visit.delivery, before=row_number(query.get("before", "")) or 0, after=row_number(query.get("after", "")) or 0
    )
    key = site.conversations.key_delivery(visit.delivery)
    locked = not site.access.session(visit.browser.cookie, key)
    # Not what `key` lacks: a message that is locked or stopped opens nothing, and so hides what takes its level.
    opened = visit.delivery.level if locked else max(key.level, visit.delivery.level)
    shown = [_shown(site, visit, entry, opened) for entry in page.entries]
    can_reply = bool(site.replies.addressees(visit.delivery))
    return site.page(
        "conversation",
        visit,
        entries=shown,
        newest=None if page.later else next((each for each in reversed(shown) if each.at), None),
        earlier=page.earlier,
        later=page.later,
        subject=site.access.subject(visit.delivery),
        opened=opened,
        key_page=f"{site.base}/m/{site.conversations.link(key)}?to=conversation" if key.level > opened else "",
        notice=query.get("s", ""),
        can_reply=can_reply and not page.later,
        masked=site.card(visit).recipient_masked,
        failures=failures,
        ago=lambda at: ago(site.clock() - at, visit.browser.language),
        **kept_form(site, visit),
    )


def _shown(site: Site, visit: Visit, entry: Entry, opened: int) -> Shown:
    """Without anything of what takes more than the level that this browser has `opened`."""
    closed = entry.level > opened
    if closed or entry.state in ("expired", "recalled", "clear"):
        return Shown(replace(entry, subject="") if closed else entry, closed, "", "", None)
    here = f"{site.base}/m/{visit.token}"
    above = f"{site.base}/m/{entry.link}" if entry.link else here
    outline = _outline(site, visit, entry)
    files = tuple(shown_file(site, each, visit.browser.language) for each in outline.entries) if outline else ()
    if entry.own:
        at = f"{above}/reply/{entry.id}" if outline else ""
        return Shown(entry, False, at, at, outline, files)
    at = here if entry.id == visit.delivery.id else above
    return Shown(entry, False, at, f"{at}/message", outline, files)


def _outline(site: Site, visit: Visit, entry: Entry) -> Outline | None:
    """What is in an entry that was read before. What was not is opened when its text is, not by a list."""
    try:
        if entry.own:
            return site.mails.of_reply(entry.id, lambda: site.replies.original(visit.delivery, entry.id))
        mine = entry.id == visit.delivery.id
        delivery = visit.delivery if mine else site.access.delivery(entry.link) if entry.state == "opened" else None
        if delivery is None or site.access.original_size(delivery) > LARGEST_LOOKED_AT:
            return None
        return site.mails.outline(delivery)
    except (LookupError, KeyGone):
        return None


def copy(site: Site, visit: Visit, reply_id: int) -> Any:
    """The recipient's own reply, as it was sent."""
    raw = _own(site, visit, reply_id)
    if raw is None:
        return _missing(site, visit)
    entry = site.conversations.reply(visit.delivery, reply_id)
    return site.page("copy", visit, entry=entry, failures=failures, at=f"/reply/{reply_id}", **letter(site, visit, raw))


def copy_body(site: Site, visit: Visit, reply_id: int) -> Any:
    """Its text, in the same frame as that of a message."""
    raw = _own(site, visit, reply_id)
    if raw is None:
        return _missing(site, visit)
    html = body_document(site, raw, view(raw), visit)
    return reply(html, policy=BODY_POLICY, secure=site.settings.portal.secure)


def copy_file(site: Site, visit: Visit, reply_id: int, number: int) -> Any:
    """A file that went with it."""
    raw = _own(site, visit, reply_id) or b""
    found = next((each for each in view(raw).attachments if each.index == number), None)
    if found is None:
        return _missing(site, visit)
    kind = download_type(true_type(raw, found))
    return site.file(content(raw, found), kind, {"Content-Disposition": attachment_header(found.name)})


def failures(entry: Entry) -> list[tuple[str, str]]:
    """Why a reply did not arrive, and at whom."""
    pairs = (line.partition(" ") for line in entry.why.splitlines())
    return [(why, address) for why, _, address in pairs]


def _own(site: Site, visit: Visit, reply_id: int) -> bytes | None:
    try:
        return site.replies.original(visit.delivery, reply_id)
    except (LookupError, KeyGone):
        return None


def _missing(site: Site, visit: Visit) -> Any:
    return site.problem(visit.browser, 404, "copy", link=f"{site.base}/m/{visit.token}/conversation")
