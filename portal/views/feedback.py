"""What somebody can say with the link alone: not for me, not my number, not asked, please again.

Link scanners follow links and press buttons. So what would stop a message or end a password asks for a tick that
they do not set, and a form without it changes nothing.
"""

from __future__ import annotations

from typing import Any

from zegel_portal.http.visit import Visit
from zegel_portal.site.site import Site


def ask_not_mine(site: Site, visit: Visit) -> Any:
    """Asks what is not right, and says what follows."""
    return standstill(site, visit, visit.delivery.stopped_why) if visit.delivery.stopped_at else _not_mine(site, visit)


def not_mine(site: Site, visit: Visit) -> Any:
    """Nobody opens this message until the sender has looked; they get a mail."""
    why = visit.form.get("why", "")
    if why == "person" or (why == "number" and visit.delivery.way == "sms"):
        site.trust.feedback.not_mine(visit.delivery, "person" if why == "person" else "number")
        return site.go(visit)
    return _not_mine(site, visit, 422)


def ask_not_asked(site: Site, visit: Visit) -> Any:
    """What a password means that nobody here asked for."""
    if visit.delivery.way == "agreed":
        return site.go(visit)  # nothing is sent, so nothing comes unasked
    return _not_asked(site, visit)


def not_asked(site: Site, visit: Visit) -> Any:
    """Ends the passwords or codes of this message."""
    if visit.delivery.way == "agreed":
        return site.go(visit)
    if visit.form.get("sure") != "yes":
        return _not_asked(site, visit, 422)
    site.trust.feedback.not_asked(visit.delivery)
    return site.go(visit, "/not-asked?s=done")


def closed(site: Site, visit: Visit, kind: str) -> Any:
    """The answer when the link itself opens nothing now, whatever was typed; None when something else is the matter."""
    if kind == "unknown":
        return site.problem(visit.browser, 404, "link")
    if kind == "ended":
        return ended(site, visit)
    return site.further(visit, "") if kind in ("locked", "stopped") else None


def ended(site: Site, visit: Visit) -> Any:
    """Recalled by the sender, or expired; the sender can be asked for it."""
    return site.page(
        "ended",
        visit,
        410,
        card=site.card(visit),
        state=visit.delivery.state,
        destroyed=site.access.destroyed(visit.delivery.message_id),
        asking=site.trust.feedback.asking(visit.delivery),
        writing=bool(site.settings.write.addresses),
    )


def ask_sender(site: Site, visit: Visit) -> Any:
    """Asks the sender for a message that has ended, as often as that can be."""
    if site.access.ended(visit.delivery):
        site.trust.feedback.ask_sender(visit.delivery)
    return site.go(visit)


def standstill(site: Site, visit: Visit, why: str, status: int = 200) -> Any:
    """Nothing can be opened for now: `why`, and who does what about it."""
    return site.page("standstill", visit, status, card=site.card(visit), why=why)


def _not_mine(site: Site, visit: Visit, status: int = 200) -> Any:
    by_sms = visit.delivery.way == "sms"
    number = site.codes.number(visit.delivery) if by_sms else ""
    called = by_sms and site.codes.by_call(visit.delivery)
    shown = {"card": site.card(visit), "number": number, "called": called, "error": status == 422}
    return site.page("not_mine", visit, status, **shown)


def _not_asked(site: Site, visit: Visit, status: int = 200) -> Any:
    done = visit.browser.query.get("s") == "done"
    return site.page(
        "not_asked",
        visit,
        status,
        card=site.card(visit),
        by_sms=visit.delivery.way == "sms",
        done=done,
        seen=site.trust.feedback.seen(visit.delivery) if done else None,
        quiet=site.trust.feedback.quiet_until(visit.delivery),
        error=status == 422,
    )
