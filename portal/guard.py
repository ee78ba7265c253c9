"""What stands between the internet and the views: hosts, sizes, forged forms, and errors that tell nobody anything."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bottle

from zegel_portal.budgets import AWAY, working
from zegel_portal.http.visit import Browser, Removal, Sent, Visit, Writer, browser
from zegel_portal.site.site import Site
from zegel_web.fields import LARGEST_FORM
from zegel_web.hosts import same_host

_log = logging.getLogger("zegel.portal")

View = Callable[..., Any]

REPORT = "/sms-report"
"""Where SMS gateways call; by whatever name they know this machine."""
_SHOWN_SECONDS = 60
"""The page tells a time of day, in minutes."""
_LARGE = 64_000
"""Bytes of an answer that are held once for all."""
_PERSONAL = re.compile(r"(/[msd]/[A-Za-z0-9_-]+(?:/[a-z-]+)*)")
"""The beginning of an address that stands in a mail: a link, and a page behind it."""
_AROUND = frozenset(
    " /.,;:!?)]}>*'\"|\u00a0\u2026\u2018\u2019\u201a\u201c\u201d\u201e\u00bb\u203a\u200b\u3002\uff0c\uff09"
)
"""What stands behind an address in running text, and is taken for a part of it when somebody or a mail program copies
the address. None of these signs occurs in a link."""


def proven(site: Site, visit: Visit | Sent | Removal | Writer) -> bool:
    """Whether this may change something: a form of these pages, in the browser that they were shown in."""
    asking = visit.browser
    if asking.method != "POST":
        return True
    # A site on a neighbouring name has our cookies sent along, SameSite or not; browsers say where a form stood.
    if bottle.request.get_header("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    return not asking.fresh and site.access.csrf_ok(asking.cookie, visit.token, visit.form.get("csrf", ""))


def tidy(site: Site, request: Any) -> None:
    """Takes what stands behind a link in running text off an address that is looked at."""
    path = request.path
    if request.method in ("GET", "HEAD") and path.startswith(site.base) and path[-1] in _AROUND:
        found = _PERSONAL.match(path, len(site.base))
        if found and _AROUND.issuperset(path[found.end() :]):
            request.environ["PATH_INFO"] = site.base + found[1]


def turn_away(site: Site, request: Any) -> None:
    """Answers what the server has no room for, see portal/http/server.py."""
    seconds = request.environ.get(AWAY)
    if seconds:
        raise busy(site, seconds)


def busy(site: Site, seconds: int) -> Any:
    """The page that says when to try again."""
    asking = browser_of(site)
    until, headers = site.clock() + max(seconds, _SHOWN_SECONDS), {"Retry-After": str(seconds)}
    return site.problem(asking, 503, "busy", until=until, link=f"{site.base}{asking.path}", headers=headers)


def check(site: Site, request: Any) -> None:
    """Refuses what is not meant for this portal before anything is looked up."""
    machine = request.path == "/health" or f"{request.path}/".startswith(f"{site.base}{REPORT}/")
    if not machine and not same_host(request.environ.get("HTTP_HOST", ""), site.settings.portal.url):
        raise site.problem(browser_of(site), 400, "host")
    if request.content_length > LARGEST_FORM and not site.uploads.link(request.path):
        raise site.problem(browser_of(site), 413, "large")


def guard(site: Site) -> Callable[[View], View]:
    """A plugin that turns an unexpected error into a page, and into a log line without content."""

    def around(view: View) -> View:
        def show(**place: Any) -> Any:
            try:
                return _held(site, view(**place))
            except bottle.HTTPResponse:
                raise
            except Exception as error:
                return _unexpected(site, error)

        return show

    return around


def _held(site: Site, answer: Any) -> Any:
    """A large answer as a file that all who read it share: waitress would copy it for each."""
    body = getattr(answer, "body", None)
    if not isinstance(body, bytes) or len(body) <= _LARGE or bottle.request.method == "HEAD":
        return answer
    reading = site.budgets.memory.hold(working.key, body)
    if reading is None:
        return busy(site, _SHOWN_SECONDS)
    answer.body = reading
    return answer


def _unexpected(site: Site, error: Exception) -> Any:
    """What went wrong stays here: the type and the place in the code, found again by a random reference."""
    reference = secrets.token_hex(4)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("reference %s: %s at %s:%s", reference, type(error).__name__, Path(frame.filename).name, frame.lineno)
    return site.problem(browser_of(site), 500, "unexpected", reference=reference)


def on_error(site: Site, request: Any, error: Any) -> Any:
    """Bottle's own errors: no such address, no such method, a path that is no text."""
    status = error.status_code
    problem = {404: "page", 405: "method"}.get(status, "request" if status < 500 else "unexpected")
    return site.problem(browser_of(site), status, problem, reference="")


def browser_of(site: Site, language: str | None = None, person: str | None = None) -> Browser:
    return browser(bottle.request, site.settings, site.names, language, person)
