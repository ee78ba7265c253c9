"""The message and the mails in it: the page around each, its body in a frame, and both on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from zegel.i18n.catalogues import format_size
from zegel.i18n.spoken import language_of
from zegel.message.mime.transfer import Raw
from zegel.message.mime.view import Attachment, View, view
from zegel_portal.files.file_types import OFFICE, badge, kind, mail_in, previewable
from zegel_portal.http.visit import Visit
from zegel_portal.mail.appointments import card
from zegel_portal.mail.body import body_of
from zegel_portal.mail.fitting import fit
from zegel_portal.mail.opened_mails import Entry, Outline, entry_of, outline_of
from zegel_portal.mail.quotes import fold_quotes
from zegel_portal.site.pages import ago
from zegel_portal.site.site import Site
from zegel_web.responses import BODY_POLICY, PRINT_POLICY, reply


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as the page shows it."""

    number: str
    """Its place."""
    name: str
    kind: str
    size: str
    badge: str
    preview: str
    mail: bool
    """Whether it can be opened as a mail."""


def message(site: Site, visit: Visit) -> Any:
    """Subject, sender, date, body and files."""
    delivery = visit.delivery
    if site.card(visit).written_first:
        return site.go(visit, "/reply" if site.replies.begins(delivery) else "/conversation")
    return site.page(
        "message",
        visit,
        **_whole(site, visit, "", site.access.subject(delivery)),
        expires_at=delivery.expires_at,
        can_reply=bool(site.replies.addressees(delivery)),
        others=bool(site.replies.others(delivery)),
        together=site.conversations.count(delivery),
    )


def mail(site: Site, visit: Visit, place: str) -> Any:
    """A mail that is a file of another."""
    try:
        shown = _whole(site, visit, place)
        above = _above(site, visit, place)
    except LookupError:
        return _missing(site, visit)
    if visit.browser.method == "GET":
        site.access.opened_file(visit.delivery, f"preview {place}")
    return site.page("mail", visit, **shown, place=place, above=above)


def letter(site: Site, visit: Visit, raw: bytes) -> dict[str, Any]:
    """What a page shows of the mail `raw`, which is not a message that was sent here."""
    outline = outline_of(raw)
    files = [shown_file(site, each, visit.browser.language) for each in outline.entries]
    return {**_letter(site, visit, outline, outline), "files": files}


def body(site: Site, visit: Visit, place: str = "") -> Any:
    """The document in the frame: without script, and it can load nothing."""
    try:
        with site.mails.opened(visit.delivery, place) as raw:
            html = body_document(site, raw, view(raw), visit)
    except LookupError:
        return _missing(site, visit)
    return reply(html, policy=BODY_POLICY, secure=site.settings.portal.secure)


def printed(site: Site, visit: Visit, place: str = "") -> Any:
    """The whole mail as one document, for paper: what stands above the text, the text, the names of the files."""
    language = visit.browser.language
    try:
        shown = _whole(site, visit, place, None if place else site.access.subject(visit.delivery))
        with site.mails.opened(visit.delivery, shown["body_place"]) as raw:
            text = body_of(raw, view(raw), apart="mail")
    except LookupError:
        return _missing(site, visit)
    html = site.pages.render("print", language, body=text, policy="", **shown)
    return reply(html, policy=PRINT_POLICY, secure=site.settings.portal.secure)


def saved(site: Site, visit: Visit) -> str:
    """The whole mail as one document to keep, which has no headers to protect it and so says its policy itself."""
    shown = _whole(site, visit, "", site.access.subject(visit.delivery))
    with site.mails.opened(visit.delivery, shown["body_place"]) as raw:
        text = body_of(raw, view(raw), apart="mail")
    policy = BODY_POLICY.partition("; sandbox")[0]
    return site.pages.render("print", visit.browser.language, body=text, policy=policy, **shown)


def body_document(site: Site, raw: Raw, seen: View, visit: Visit) -> str:
    """The body as a document; `?fold=1` folds what it quotes."""
    made = body_of(raw, seen)
    fitted = fit(made.rich) if made.rich else None
    spoken = language_of(seen.text) or "und"
    facts = {"spoken": spoken, "fold": bool(visit.browser.query.get("fold")), "fold_quotes": fold_quotes}
    return site.pages.render("body", visit.browser.language, body=made, fitted=fitted, subject=seen.subject, **facts)


def shown_file(site: Site, entry: Entry, language: str) -> File:
    """A file with its words."""
    look = previewable(entry.type)
    return File(
        number=entry.place,
        name=entry.name,
        kind=kind(entry.type),
        size=format_size(entry.size, language),
        badge=badge(entry.name),
        preview="" if look == "office" and not site.converter.shows(OFFICE[entry.type]) else look,
        mail=mail_in(entry.type) in ("mail", "msg"),
    )


def true_type(raw: bytes, attachment: Attachment) -> str:
    """What the file is by its beginning and its name; what the mail says about it comes last."""
    return entry_of(raw, attachment).type


def _letter(site: Site, visit: Visit, outline: Outline, text: Outline, subject: str | None = None) -> dict[str, Any]:
    """What stands above and around the text, which may be that of another mail; `subject` when it is not its own."""
    seen = outline.seen if subject is None else replace(outline.seen, subject=subject)
    written = seen.date.timestamp() if seen.date else None
    wide, narrow = text.heights
    return {
        "seen": seen,
        "written": written,
        "ago": ago(site.clock() - written, visit.browser.language) if written is not None else "",
        "rich": text.rich,
        "has_body": text.has_body,
        "remote_pictures": text.remote_pictures,
        "wide": wide,
        "narrow": narrow,
    }


def _whole(site: Site, visit: Visit, place: str, subject: str | None = None) -> dict[str, Any]:
    """All that is shown of the mail at `place`. Raises LookupError."""
    language, zone = visit.browser.language, site.settings.organisation.timezone
    outline = site.mails.outline(visit.delivery, place)
    body_place, text = site.mails.with_text(visit.delivery, place)
    invites = outline.invites if text is outline else outline.invites + text.invites
    of_invites = {each for each, _ in invites}
    listed = site.mails.listed(visit.delivery, place)
    return {
        **_letter(site, visit, outline, text, subject),
        "files": [
            shown_file(site, each, language) for each in listed if not (each.unnamed and each.place in of_invites)
        ],
        "invites": [(each, card(invite, language, zone)) for each, invite in invites],
        "body_at": f"/mail/{body_place}" if body_place else "",
        "body_place": body_place,
    }


def _above(site: Site, visit: Visit, place: str) -> str:
    """The address of the mail that this one is a file of; of what is only a wrapping, the mail around it."""
    parent = place.rpartition(".")[0]
    while parent and mail_in(site.mails.entry(visit.delivery, parent).type) not in ("mail", "msg"):
        parent = parent.rpartition(".")[0]
    return f"/mail/{parent}" if parent else "/message"


def _missing(site: Site, visit: Visit) -> Any:
    return site.problem(visit.browser, 404, "file", link=f"{site.base}/m/{visit.token}/message")
