"""Writing back: the form, what is kept of it while it is written, and where it goes when it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zegel.conversations.drafts import MOST_SUBJECT
from zegel.conversations.replies import Replied, ReplyRefused, Upload
from zegel.i18n.catalogues import format_size
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_web.responses import FILE_POLICY, reply

STATUS = {"large": 413, "often": 429, "full": 429, "busy": 503}
"""The answer to a form that was refused; the others are mistakes in a field."""


def page(site: Site, visit: Visit) -> Any:
    """The form, with what this browser has kept of a reply."""
    proved = visit.browser.query.get("s") == "proved"
    shown = {**kept_form(site, visit), "proved": proved}
    if visit.browser.query.get("all"):
        shown["ticked"] |= {each.address for each in (*shown["colleagues"], *shown["others"])}
    return site.page("reply", visit, subject=site.access.subject(visit.delivery), **shown)


def send(site: Site, visit: Visit) -> Any:
    """Sends the reply, or says at the field what is wrong, with all that was typed."""
    text, to, subject = _typed(visit.form)
    if visit.posted.refused:
        return _refused(site, visit, ReplyRefused("large") if visit.posted.refused == "large" else None)
    files = [Upload(part.filename or "", part.type, part.content) for part in visit.posted.files]
    answer = site.replies.send(visit.delivery, to, text, files, cookie=visit.browser.cookie, subject=subject)
    if isinstance(answer, Replied):
        return site.go(visit, "/conversation?s=sent")
    return _refused(site, visit, answer)


def set_aside(site: Site, visit: Visit) -> Any:
    """Keeps the text of a browser whose session is over, and leads through the unlocking back to it."""
    site.replies.keep_draft(visit.delivery, visit.browser.cookie, *_typed(visit.form))
    return site.go(visit, "?s=draft&to=reply")


def keep(site: Site, visit: Visit) -> Any:
    """Keeps what is being typed; asked by the script of the page, which also keeps the session going."""
    site.access.session(visit.browser.cookie, visit.delivery)
    site.replies.keep_draft(visit.delivery, visit.browser.cookie, *_typed(visit.form))
    return reply(status=204, policy=FILE_POLICY, secure=site.settings.portal.secure)


def _typed(form: Mapping[str, str]) -> tuple[str, tuple[str, ...], str]:
    """The text, the colleagues that were ticked, and the subject, where there is a field for it."""
    to = (value for name, value in form.items() if name.startswith("to-"))
    return form.get("text", "").replace("\r\n", "\n"), tuple(to), form.get("subject", "")


def _refused(site: Site, visit: Visit, why: ReplyRefused | None) -> Any:
    """The form again. What is typed is kept as well: a page that is left by its link or its back button loses it."""
    typed = _typed(visit.form)
    site.replies.keep_draft(visit.delivery, visit.browser.cookie, *typed)
    error = why.kind if why else "busy"
    if error == "ended":
        return site.go(visit)
    wait = why.wait_seconds if why else 0
    headers = {"Retry-After": str(wait or 30)} if error in ("often", "full", "busy") else {}
    had_files = bool(visit.posted.files) or bool(visit.posted.refused)
    return _form(
        site, visit, *typed, STATUS.get(error, 422), error=error, wait=wait, had_files=had_files, headers=headers
    )


def kept_form(site: Site, visit: Visit) -> dict[str, Any]:
    """What the form needs, with what this browser has kept of a reply."""
    kept = site.replies.draft(visit.delivery, visit.browser.cookie)
    if kept is None:
        return _facts(site, visit, "", (), "")
    return _facts(site, visit, kept.text, kept.to, kept.subject, kept=True)


def _form(
    site: Site, visit: Visit, text: str, to: tuple[str, ...], typed_subject: str, status: int = 200, **shown: Any
) -> Any:
    facts = _facts(site, visit, text, to, typed_subject, **shown)
    return site.page("reply", visit, status, subject=site.access.subject(visit.delivery), **facts)


def _facts(
    site: Site, visit: Visit, text: str, to: tuple[str, ...], typed_subject: str, **shown: Any
) -> dict[str, Any]:
    card = site.card(visit)
    people = site.replies.addressees(visit.delivery)
    limits, language = site.settings.replies, visit.browser.language
    facts = {"kept": False, "error": "", "wait": 0, "had_files": False, "proved": False, **shown}
    return {
        "writers": [each for each in people if each.always],
        "colleagues": [each for each in people if not each.always],
        "others": site.replies.others(visit.delivery) if people else (),
        "ticked": set(to),
        "written_first": card.written_first,
        "begins": card.written_first and site.replies.begins(visit.delivery),
        "writer": visit.delivery.recipient,
        "typed_subject": typed_subject[:MOST_SUBJECT],
        "most_subject": MOST_SUBJECT,
        "text": text,
        "over": len(text) - limits.text,
        "limits": limits,
        "most_size": format_size(limits.size, language),
        "after": site.pages.after(site.clock() + facts["wait"], language),
        **facts,
    }
