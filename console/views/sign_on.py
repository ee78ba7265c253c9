"""To the organisation's provider, and back from it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from zegel.officers.sign_on import WAY_SECONDS, NotOn
from zegel_console.site import Site
from zegel_console.views.entry import SIGN_ON, confirmed, first
from zegel_console.visit import Visit, ours

_STATUS = {"away": 503, "busy": 503, "often": 429}


def begin(site: Site, visit: Visit) -> Any:
    """Sends the browser there."""
    if not site.settings.console.sign_on.in_use:
        return site.problem(visit, 404, "page")
    begun = site.sign_on.begin(visit.cookie, visit.who)
    if isinstance(begun, NotOn):
        show = confirmed if visit.who else first
        return show(site, visit, _STATUS.get(begun.kind, 422), error=SIGN_ON + begun.kind)
    answer = site.sent_on(visit, begun.url)
    onward = urlsafe_b64encode(visit.onward.encode()).rstrip(b"=").decode("ascii")
    site.pages.keep_way(answer, f"{begun.cookie}.{onward}", WAY_SECONDS)
    return answer


def back(site: Site, visit: Visit) -> Any:
    """Where the provider sends it back to. What it shows it shows on the next page: here its own cookie is missing."""
    if not site.settings.console.sign_on.in_use:
        return site.problem(visit, 404, "page")
    secret, _, packed = visit.way.partition(".")
    onward = _unpacked(packed)
    found = site.sign_on.finish(secret, visit.query)
    if isinstance(found, NotOn):
        told = urlencode({"s": SIGN_ON + found.kind, "to": onward})
        answer = site.sent_on(visit, f"/{'confirm' if found.again else 'sign-in'}?{told}")
    else:
        answer = site.sent_on(visit, onward)
        site.pages.keep(answer, found.cookie)
    site.pages.keep_way(answer, "", 0)
    return answer


def out(site: Site, visit: Visit) -> Any:
    """Back from signing out of the provider."""
    return site.go("/sign-in?s=out")


def _unpacked(packed: str) -> str:
    try:
        return ours(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode("ascii"))
    except ValueError:
        return "/"
