"""From the link to the message by a code that was agreed on: one page, for there is nothing to send."""

from __future__ import annotations

from typing import Any

from zegel.unlock.way import Opened
from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site
from zegel_portal.views import feedback as feedback
from zegel_portal.views import remembered_devices as device

_STATUS = {"busy": 503}


def landing(site: Site, visit: Visit) -> Any:
    """Who wrote, and the field for the code or the answer; or why it cannot be typed now."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    known = device.known(site, visit)
    if known:
        notice = visit.browser.query.get("s", "")
        return site.page("landing", visit, card=site.card(visit), notice=notice, number="", known=True, has_one=False)
    if why := _standstill(site, visit):
        return feedback.standstill(site, visit, why)
    return _enter(site, visit)


def ask(site: Site, visit: Visit) -> Any:
    """Nothing is sent: back to the field."""
    return site.further(visit, "")


def enter(site: Site, visit: Visit) -> Any:
    """The same page: links to the field of the other ways lead here."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    if why := _standstill(site, visit):
        return feedback.standstill(site, visit, why)
    return _enter(site, visit)


def unlock(site: Site, visit: Visit) -> Any:
    """Opens the message with what was typed, or says why not and what now."""
    answer = site.agreed.enter(visit.token, visit.form.get("agreed", "")[:200], visit.browser.cookie)
    if isinstance(answer, Opened):
        return device.arrive(site, visit, answer.cookie)
    if answer.kind == "none":
        return site.further(visit, "")
    return feedback.closed(site, visit, answer.kind) or _enter(
        site, visit, answer.kind, answer.tries_left, _STATUS.get(answer.kind, 422)
    )


def _standstill(site: Site, visit: Visit) -> str:
    """Why no code opens this delivery now, "" when one does."""
    delivery = visit.delivery
    if delivery.stopped_at:
        return "person"
    if delivery.locked_at:
        return "locked"
    return "" if site.agreed.ready(delivery) else "no code"


def _enter(site: Site, visit: Visit, error: str = "", tries_left: int = 0, status: int = 200) -> Any:
    return site.page(
        "agreed",
        visit,
        status,
        card=site.card(visit),
        question=site.agreed.question(visit.delivery),
        notice="" if error else visit.browser.query.get("s", ""),
        error=error,
        tries_left=tries_left,
        days=device.days(site),
        headers={"Retry-After": "5"} if status == 503 else {},
    )
