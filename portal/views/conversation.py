"""All that a recipient and the organisation wrote each other in one thread, and his own replies to look at again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zegel.conversations.conversations import Entry
from zegel.message.mime.view import content, view
from zegel.vault.keyring import KeyGone
from zegel.vault.tables.records import Delivery
from zegel_portal.files.file_names import attachment_header
from zegel_portal.files.file_types import download_type
from zegel_portal.http.responses import BODY_POLICY, reply
from zegel_portal.http.visit import Visit
from zegel_portal.site.pages import ago
from zegel_portal.site.site import Site
from zegel_portal.views.message import body_document, letter, true_type


def conversation(site: Site, visit: Visit) -> Any:
    """Every message and every reply, oldest first, each with what became of it."""
    entries = site.conversations.entries(visit.delivery)
    key = site.conversations.key_delivery(visit.delivery)
    locked = not site.access.session(visit.browser.cookie, key)
    # Not what `key` lacks: a message that is locked or stopped opens nothing, and so hides what takes its level.
    opened = visit.delivery.level if locked else max(key.level, visit.delivery.level)
    return site.page(
        "conversation",
        visit,
        entries=[_as_shown(entry, opened) for entry in entries],
        subject=site.access.subject(visit.delivery),
        here_id=visit.delivery.id,
        opened=opened,
        key=f"{site.base}/m/{_token_of(key, entries)}?to=conversation",
        key_level=key.level,
        notice=visit.browser.query.get("s", ""),
        can_reply=bool(site.replies.addressees(visit.delivery)),
        masked=site.card(visit).recipient_masked,
        failures=failures,
        ago=lambda at: ago(site.clock() - at, visit.browser.language),
    )


def copy(site: Site, visit: Visit, reply_id: int) -> Any:
    """A reply of the recipient himself, as it was sent."""
    raw = _own(site, visit, reply_id)
    if raw is None:
        return _missing(site, visit)
    entries = site.conversations.entries(visit.delivery)
    entry = next((each for each in entries if each.own and each.id == reply_id), None)
    return site.page("copy", visit, entry=entry, failures=failures, at=f"/reply/{reply_id}", **letter(site, visit, raw))


def copy_body(site: Site, visit: Visit, reply_id: int) -> Any:
    """Its text, in the same frame as that of a message."""
    raw = _own(site, visit, reply_id)
    if raw is None:
        return _missing(site, visit)
    html = body_document(site, raw, view(raw), visit.browser.language)
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


def _as_shown(entry: Entry, opened: int) -> Entry:
    """Without the subject of what takes more than the level that this browser has `opened`."""
    return replace(entry, subject="") if entry.level > opened else entry


def _token_of(delivery: Delivery, entries: tuple[Entry, ...]) -> str:
    return next((each.link for each in entries if each.kind == "message" and each.id == delivery.id), "")


def _own(site: Site, visit: Visit, reply_id: int) -> bytes | None:
    try:
        return site.replies.original(visit.delivery, reply_id)
    except (LookupError, KeyGone):
        return None


def _missing(site: Site, visit: Visit) -> Any:
    return site.problem(visit.browser, 404, "copy", link=f"{site.base}/m/{visit.token}/conversation")
