"""From the link to the message by a code: send my code by SMS, enter it, and what to do when that cannot be."""

from __future__ import annotations

from typing import Any

from zegel.unlock.way import Opened
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_portal.views import feedback as feedback
from zegel_portal.views import password_entry as entry
from zegel_portal.views import remembered_devices as device

_SHORT = 60
"""Seconds of waiting that are counted down; a longer wait is told as a time of day."""


def landing(site: Site, visit: Visit) -> Any:
    """Who wrote, through whom, to which number the code goes; or why there is none."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    number = site.codes.number(visit.delivery)
    known = device.known(site, visit)
    if (why := _standstill(visit, number)) and not known:
        return feedback.standstill(site, visit, why)
    return site.page(
        "landing",
        visit,
        card=site.card(visit),
        notice=visit.browser.query.get("s", ""),
        number=number,
        called=site.codes.by_call(visit.delivery),
        known=known,
        has_one=site.codes.progress(visit.delivery, visit.browser.cookie).kind != "none",
    )


def send(site: Site, visit: Visit) -> Any:
    """Has a code sent, or the same one again, and goes on to the field for it."""
    asked = site.codes.ask(visit.delivery, visit.browser.cookie, visit.browser.language)
    if asked.kind == "ended":
        return feedback.ended(site, visit)
    if asked.kind == "off":
        return feedback.standstill(site, visit, "off", 503)
    if asked.kind in ("locked", "stopped", "no number"):
        return site.further(visit, "")
    until = int(site.clock()) + asked.wait_seconds
    return site.further(visit, f"/enter?s={asked.kind}" + (f"&u={until}" if asked.wait_seconds else ""))


def enter(site: Site, visit: Visit) -> Any:
    """The field for the code, and what is known of the SMS."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    if _standstill(visit, site.codes.number(visit.delivery)):
        return site.further(visit, "")
    return _enter(site, visit)


def unlock(site: Site, visit: Visit) -> Any:
    """Opens the message with the code that was typed, or says why not and what now."""
    answer = site.codes.enter(visit.token, visit.form.get("code", "")[:200], visit.browser.cookie)
    if isinstance(answer, Opened):
        return device.arrive(site, visit, answer.cookie)
    return feedback.closed(site, visit, answer.kind) or _enter(site, visit, answer.kind, answer.tries_left, 422)


def _standstill(visit: Visit, number: str) -> str:
    """Why no code can be sent for this delivery, "" when it can."""
    delivery = visit.delivery
    if delivery.stopped_at:
        return "person" if delivery.stopped_why == "person" else "number"
    if delivery.locked_at:
        return "locked"
    return "" if number else "no number"


def _enter(site: Site, visit: Visit, error: str = "", tries_left: int = 0, status: int = 200) -> Any:
    progress = site.codes.progress(visit.delivery, visit.browser.cookie)
    now, until = int(site.clock()), entry.until(site, visit)
    wait = max(progress.again_in, until - now if until else 0)
    return site.page(
        "code",
        visit,
        status,
        card=site.card(visit),
        number=site.codes.number(visit.delivery),
        called=site.codes.by_call(visit.delivery),
        progress=progress,
        notice="" if error else visit.browser.query.get("s", ""),
        until=until,
        wait=wait if wait <= _SHORT else 0,
        later=now + wait if wait > _SHORT else 0,
        error=error,
        tries_left=tries_left,
        days=device.days(site),
    )
