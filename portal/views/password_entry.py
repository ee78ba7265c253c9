"""From the link to the message: who wrote, send my password, enter it, and out again."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from zegel.unlock.passwords import Busy
from zegel.unlock.way import Opened, Refused
from zegel_portal.http.visit import Browser, Visit
from zegel_portal.site.site import Site
from zegel_portal.views import feedback as feedback
from zegel_portal.views import remembered_devices as device

_STATUS = {"busy": 503}
_A_DAY = 24 * 3600


def landing(site: Site, visit: Visit) -> Any:
    """Who wrote, through whom, and what happens next."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    if visit.delivery.stopped_at:
        return feedback.standstill(site, visit, "person")
    known = device.known(site, visit)
    if (wait := _pause(site, visit)) and not known:
        return paused(site, visit, wait)
    card, notice = site.card(visit), visit.browser.query.get("s", "")
    return site.page("landing", visit, card=card, notice=notice, number="", has_one=True, known=known)


def send_password(site: Site, visit: Visit) -> Any:
    """Has a password sent, at most one a minute, and goes on to the field for it."""
    try:
        asked = site.passwords.ask(visit.delivery, visit.browser.cookie, visit.browser.language)
    except Busy:
        return _enter(site, visit, "busy", status=503)
    if asked.kind in ("stopped", "other way"):
        return site.further(visit, "")
    if asked.kind == "paused":
        return paused(site, visit, asked.wait_seconds)
    until = int(site.clock()) + asked.wait_seconds
    return site.further(visit, f"/enter?s={asked.kind}" + (f"&u={until}" if asked.wait_seconds else ""))


def enter(site: Site, visit: Visit) -> Any:
    """The field for the password."""
    if site.access.session(visit.browser.cookie, visit.delivery):
        return site.arrive(visit)
    if visit.delivery.stopped_at:
        return site.further(visit, "")
    if wait := _pause(site, visit):
        return paused(site, visit, wait)
    return _enter(site, visit)


def unlock(site: Site, visit: Visit) -> Any:
    """Opens the message with the password that was typed, or says why not."""
    answer = site.passwords.enter(visit.token, visit.form.get("password", "")[:200], visit.browser.cookie)
    if isinstance(answer, Opened):
        return device.arrive(site, visit, answer.cookie)
    return _refused(site, visit, answer)


def unknown(site: Site, asking: Browser, token: str, form: Mapping[str, str]) -> Any:
    """A link that nobody was given. A password or code tried at it takes as long as at a real one."""
    if "password" in form:
        site.passwords.enter(token, form["password"][:200], None)
    elif "agreed" in form:
        site.agreed.enter(token, form["agreed"][:200], "")
    return site.problem(asking, 404, "link")


def until(site: Site, visit: Visit) -> int:
    """The moment in the address, until which asking again does nothing; 0 when there is none to wait for."""
    now, given = site.clock(), visit.browser.query.get("u", "")
    moment = int(given) if given.isascii() and given.isdigit() and len(given) < 12 else 0
    return moment if now < moment <= now + _A_DAY else 0


def paused(site: Site, visit: Visit, seconds: int) -> Any:
    """Too many tries: until when, and what then."""
    return site.problem(
        visit.browser,
        429,
        "paused",
        until=site.clock() + seconds,
        sender=site.access.card(visit.delivery).sender_address,
        link=f"{site.base}/m/{visit.token}/enter",
        passkey=f"{site.base}/m/{visit.token}/passkey" if site.passkeys.usable(visit.delivery) else "",
        headers={"Retry-After": str(seconds)},
    )


def _pause(site: Site, visit: Visit) -> int:
    """Seconds that the link still rests after too many wrong passwords."""
    return max(0, ceil(visit.delivery.paused_until - site.clock()))


def _refused(site: Site, visit: Visit, why: Refused) -> Any:
    if why.kind == "paused":
        return paused(site, visit, why.wait_seconds)
    return feedback.closed(site, visit, why.kind) or _enter(
        site, visit, why.kind, why.tries_left, _STATUS.get(why.kind, 422)
    )


def _enter(site: Site, visit: Visit, error: str = "", tries_left: int = 0, status: int = 200) -> Any:
    later = until(site, visit)
    wait = later - int(site.clock()) if later else 0
    return site.page(
        "enter",
        visit,
        status,
        card=site.card(visit),
        notice=visit.browser.query.get("s", ""),
        until=later,
        wait=wait if wait <= 60 else 0,
        error=error,
        tries_left=tries_left,
        days=device.days(site),
        headers={"Retry-After": "5"} if status == 503 else {},
    )
