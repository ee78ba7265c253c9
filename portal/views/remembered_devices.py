"""Remembered devices: the way in without a password, and out of it, also by the link in the mail about a device."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from zegel_portal.http.visit import Removal, Visit
from zegel_portal.site.site import Site
from zegel_web.user_agent import kind_of

_DAY = 86_400


def days(site: Site) -> int:
    """For how many days a device can be remembered; 0 when none can."""
    return int(site.trust.devices.seconds // _DAY)


def known(site: Site, visit: Visit) -> bool:
    """Whether this browser is remembered for this delivery."""
    return site.trust.devices.knows(visit.browser.device, visit.delivery)


def arrive(site: Site, visit: Visit, cookie: str) -> Any:
    """On to what was unlocked just now, in a browser that is remembered when its owner ticked the box."""
    answer = site.arrive(visit, cookie)
    if days(site) and visit.form.get("remember") == "yes":
        asking = visit.browser
        new = site.trust.devices.remember(visit.delivery, asking.device, kind_of(asking.agent), asking.language)
        _keep(site, answer, new)
    return answer


def open_remembered(site: Site, visit: Visit) -> Any:
    """Opens the message in a remembered browser; another one goes back to the beginning."""
    let = site.trust.devices.let_in(visit.browser.device, visit.delivery, visit.browser.cookie)
    if let is None:
        return site.further(visit, "")
    answer = site.arrive(visit, let.cookie)
    if let.device:
        _keep(site, answer, let.device)
    return answer


def forget(site: Site, visit: Visit) -> Any:
    """Forgets this browser."""
    return _without_device(site, visit, site.further(visit, "?s=forgotten"))


def sign_out(site: Site, visit: Visit) -> Any:
    """Ends what this browser had open; it goes on with another secret. A remembered device is asked about there."""
    site.access.sign_out(visit.browser.cookie)
    return _cleared(site.go(visit, "?s=out", token_urlsafe(32)))


def sign_out_everywhere(site: Site, visit: Visit) -> Any:
    """Ends everything that is open for this recipient, on all devices, and forgets them."""
    site.trust.devices.sign_out_everywhere(visit.delivery)
    site.access.sign_out(visit.browser.cookie)
    return _cleared(_without_device(site, visit, site.go(visit, "?s=everywhere", token_urlsafe(32))))


def ask_remove(site: Site, removal: Removal) -> Any:
    """The page behind the link in the mail: which device, and what removing it does."""
    return _removal(site, removal)


def remove(site: Site, removal: Removal) -> Any:
    """Removes the device, when the box was ticked: a link scanner presses buttons, and ticks nothing."""
    if removal.form.get("sure") != "yes":
        return _removal(site, removal, 422)
    site.trust.devices.disown(removal.token)
    return site.go(removal, "?s=gone")


def _removal(site: Site, removal: Removal, status: int = 200) -> Any:
    found = site.trust.devices.by_link(removal.token)
    gone = removal.browser.query.get("s") == "gone"
    if found is None and not gone:
        return site.problem(removal.browser, 404, "link")
    return site.page("device", removal, status, device=found, gone=found is None, error=status == 422)


def _keep(site: Site, answer: Any, secret: str) -> None:
    site.pages.remember(answer, site.names.device, secret, days(site) * _DAY)


def _cleared(answer: Any) -> Any:
    """Has the browser forget pages that it could go back to. Not the cookies: those of the whole domain would go."""
    answer.set_header("Clear-Site-Data", '"cache", "storage"')
    return answer


def _without_device(site: Site, visit: Visit, answer: Any) -> Any:
    if visit.browser.device:
        site.trust.devices.forget(visit.browser.device)
        site.pages.remember(answer, site.names.device, "", 0)
    return answer
